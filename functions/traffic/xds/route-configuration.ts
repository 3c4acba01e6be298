import { ROUTE_CONFIGURATION } from './names.ts';
import { UNCHANGED_ROUTES } from './virtual-host.ts';
import { RESOURCE_TYPES, type XdsMessage } from './xds.ts';

/** Every request that no canary is for goes to where it was going. */
const CATCH_ALL: XdsMessage = {
  name: 'any',
  domains: ['*'],
  routes: UNCHANGED_ROUTES,
};

/** The one route configuration of a proxy: the virtual hosts of the canaries, then everything else. */
export function routeConfiguration(virtualHosts: readonly XdsMessage[]): XdsMessage {
  return {
    '@type': RESOURCE_TYPES.routes,
    name: ROUTE_CONFIGURATION,
    // A route to an Envoy cluster that the proxy does not know is refused as a whole, instead of answering 503.
    validate_clusters: true,
    virtual_hosts: [...virtualHosts, CATCH_ALL],
  };
}
