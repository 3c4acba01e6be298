import { routesTickMs } from '../../../functions/canary/times.ts';
import type { Json } from '../../../functions/json/json.ts';
import { listenerOf } from '../../../functions/traffic/xds/listener.ts';
import { PASSTHROUGH, PASSTHROUGH_HTTP } from '../../../functions/traffic/xds/names.ts';
import { extension, type XdsMessage } from '../../../functions/traffic/xds/xds.ts';
import { SERVICE_PORT } from './canary.ts';
import { at, objectsOf } from './json-path.ts';
import { ROUTES_REFRESH_SECONDS } from './shop.ts';

/** What a machine without a cluster has in the place of one. */
export interface Surroundings {
  /** Port of the DNS server on loopback. */
  readonly dns: number;
  /** Port of what answers at the Service's own address. */
  readonly main: number;
}

/** The listener in the place of the redirect. */
export const BOUND_LISTENER = 'bound';

/**
 * Adapts the bootstrap of an injected Pod to a machine without iptables. Nothing is redirected here, so a bound listener
 * with the same routes takes the place of the virtual one, and connections that would go to their original destination
 * go to a fixed one; the names of Services are answered by a DNS server of ours. Everything else stays as injected.
 */
export function adaptBootstrap(bootstrap: Json, { dns, main }: Surroundings): Json {
  const resources = bootstrap['static_resources'];
  const xdsCluster = String(at(bootstrap, 'dynamic_resources', 'lds_config', 'api_config_source', 'cluster_names', 0));
  return {
    ...bootstrap,
    typed_dns_resolver_config: extension(
      'envoy.network.dns_resolver.cares',
      'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      { resolvers: [loopback(dns)] },
    ),
    static_resources: {
      listeners: objectsOf(at(resources, 'listeners')).map((listener) =>
        listener['name'] === 'virtual-outbound' ? boundListener(xdsCluster) : { ...listener, address: loopback(0) },
      ),
      clusters: objectsOf(at(resources, 'clusters')).map((cluster) => {
        const { name } = cluster;
        return name === PASSTHROUGH || name === PASSTHROUGH_HTTP ? fixedCluster(cluster, name, main) : cluster;
      }),
    },
  };
}

/**
 * What discovery gives for the port, bound. It asks for routes exactly as that one: Envoy has one subscription for both then, and
 * what the proxy is found to run, and counts, is what requests meet.
 */
function boundListener(xdsCluster: string): Json {
  const routesRefreshSeconds = routesTickMs({ movingRefresh: `${ROUTES_REFRESH_SECONDS}s` }) / 1_000;
  const source = { form: 'paced', xdsCluster, routesRefreshSeconds } as const;
  const { '@type': _, bind_to_port: __, ...listener } = listenerOf(SERVICE_PORT, source);
  return { ...listener, name: BOUND_LISTENER, address: loopback(0) };
}

function fixedCluster(cluster: Json, name: string, port: number): Json {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }];
  return { ...cluster, type: 'STATIC', lb_policy: 'ROUND_ROBIN', load_assignment: { cluster_name: name, endpoints } };
}

function loopback(port: number): XdsMessage {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
