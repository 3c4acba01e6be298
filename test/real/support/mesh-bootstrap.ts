import { listenerOf, type PollForm } from '../../../functions/traffic/xds/listener.ts';
import { PASSTHROUGH, PASSTHROUGH_HTTP } from '../../../functions/traffic/xds/names.ts';
import { extension, typed, type XdsMessage } from '../../../functions/traffic/xds/xds.ts';
import { bootstrapOf, envoyArgs, meshed } from '../../support/mesh-pod.ts';
import { at, recordOf } from '../../support/values.ts';

/** Where the parts of a mesh on loopback are. */
export interface MeshPorts {
  /** The gateway of the control plane. */
  readonly xds: number;
  readonly dns: number;
  /** What stands in for every Service's own address. */
  readonly main: number;
  /** What stands in for what is no HTTP. */
  readonly token: string;
  /** Seconds between polls; default: `REFRESH_SECONDS`. */
  readonly refresh?: number;
  /** Seconds between polls for routes of the listeners from LDS: with another one the bound listener's would be a subscription of its own. */
  readonly routesTick?: number;
}

/** The control plane's Envoy cluster: its name is the Host of every poll. */
export const XDS_CLUSTER = 'xds.outrigger.test';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
/** Names the statistics of the bound listener: `outbound_{BOUND}`. */
const BOUND = 15_001;
/** Seconds between polls: as fast as tests can wait for. */
export const REFRESH_SECONDS = 0.2;

/**
 * A bootstrap like that of the mesh template, on loopback: polls with a token and through its script, a bound listener that asks for the same
 * routes as those from LDS, and a server in the place of the original destinations, since nothing is redirected here.
 *
 * @param form `direct`: as templates before there was a pace, of which Envoy itself polls the control plane
 */
export async function meshBootstrap(ports: MeshPorts, form: PollForm = 'paced'): Promise<XdsMessage> {
  const source = {
    resource_api_version: 'V3',
    initial_fetch_timeout: '1s',
    api_config_source: {
      api_type: 'REST',
      transport_api_version: 'V3',
      cluster_names: [form === 'paced' ? 'loop' : XDS_CLUSTER],
      refresh_delay: `${ports.refresh ?? REFRESH_SECONDS}s`,
      request_timeout: '6s',
    },
  };
  const script = form === 'direct' ? [] : await shippedScript(`${(ports.refresh ?? REFRESH_SECONDS) * 1_000}ms`);
  return {
    node: { id: 'web-1.shop', cluster: 'shop/default' },
    dynamic_resources: { cds_config: source, lds_config: source },
    typed_dns_resolver_config: resolverAt(ports.dns),
    static_resources: {
      listeners: [boundListener(form === 'paced' ? (ports.routesTick ?? REFRESH_SECONDS) : REFRESH_SECONDS, form)],
      clusters: [
        staticCluster(PASSTHROUGH, ports.main),
        staticCluster(PASSTHROUGH_HTTP, ports.main),
        { ...staticCluster(XDS_CLUSTER, ports.xds), alt_stat_name: 'xds', ...withToken(ports.token) },
        ...script,
      ],
    },
  };
}

/** An Envoy's own DNS. */
export function resolverAt(port: number): XdsMessage {
  return extension(
    'envoy.network.dns_resolver.cares',
    'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    { resolvers: [{ socket_address: { address: '127.0.0.1', port_value: port } }] },
  );
}

/** A listener as discovery serves them, but one that connections can be made to. */
export function boundListener(routesRefreshSeconds: number, form: PollForm = 'paced'): XdsMessage {
  const xdsCluster = form === 'paced' ? 'loop' : XDS_CLUSTER;
  const { bind_to_port: _unbound, ...listener } = listenerOf(BOUND, { form, xdsCluster, routesRefreshSeconds });
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  return { ...withoutType(listener), name: 'bound', address };
}

/** In a bootstrap a message's type follows from where it stands. */
function withoutType({ '@type': _type, ...fields }: XdsMessage): XdsMessage {
  return fields;
}

/** An Envoy cluster of one server of loopback. */
export function staticCluster(name: string, port: number): XdsMessage {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

/** The script of the shipped template, as the Envoy cluster that its subscriptions lead to, and the admin interface that it reads. */
async function shippedScript(refresh: string): Promise<readonly XdsMessage[]> {
  const pod = await meshed({
    record: { discovery: { host: XDS_CLUSTER, refresh, routesRefresh: refresh } },
    parameters: {},
  });
  const { static_resources: resources } = bootstrapOf(envoyArgs(pod));
  const clusters: unknown = at(resources, 'clusters');
  const wanted = (Array.isArray(clusters) ? clusters : []).filter((one) =>
    ['loop', 'admin'].includes(String(at(one, 'name'))),
  );
  return wanted.map((cluster) => recordOf(cluster) as XdsMessage);
}

/** As the mesh template has it, but with the token in the bootstrap instead of a file. */
function withToken(token: string): XdsMessage {
  const header = { header: { key: 'authorization', value: `Bearer ${token}` } };
  return {
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
        explicit_http_config: { http_protocol_options: {} },
        http_filters: [
          extension('mutation', 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', {
            mutations: { request_mutations: [{ append: { ...header, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } }] },
          }),
          extension('codec', 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'),
        ],
      }),
    },
  };
}
