import { PASSTHROUGH_HTTP, ROUTE_CONFIGURATION } from './names.ts';
import { RESOURCE_TYPES, type XdsMessage } from './xds.ts';

/** Every request that no canary is for goes to where it was going. */
const CATCH_ALL: XdsMessage = {
  name: 'any',
  domains: ['*'],
  routes: [{ match: { prefix: '/' }, route: { cluster: PASSTHROUGH_HTTP, timeout: '0s' } }],
};

/** The one route configuration of a proxy: the virtual hosts of the canaries, then everything else. */
export function routeConfiguration(virtualHosts: readonly XdsMessage[]): XdsMessage {
  return {
    '@type': RESOURCE_TYPES.routes,
    name: ROUTE_CONFIGURATION,
    // A route to an Envoy cluster that the proxy does not know is refused as a whole, instead of answering 503.
    validate_clusters: true,
    // Envoy adds it to every request; the server must see what the client sent.
    request_headers_to_remove: ['x-forwarded-proto'],
    virtual_hosts: [...virtualHosts, CATCH_ALL],
  };
}
