import { PACED_TIMEOUT_SECONDS, POLL_TIMEOUT_SECONDS } from '../../limits.ts';
import { KEEP_FORWARDED_PROTO, RESTORE_FORWARDED_PROTO } from './forwarded-proto.ts';
import { PASSTHROUGH, ROUTE_CONFIGURATION } from './names.ts';
import { extension, HEADERS_COUNT_MAX, HEADERS_KB_MAX, HTTP1_OPTIONS, RESOURCE_TYPES, type XdsMessage } from './xds.ts';

/**
 * How a sidecar asks: `direct` where its subscriptions lead to the control plane, as in templates before there was a pace,
 * `paced` where they lead to a script in the Pod that asks when it is time. Each knows Envoy clusters that the other does not.
 */
export type PollForm = 'direct' | 'paced';

/** Where and how often a proxy asks for routes. */
export interface RoutesSource {
  readonly form: PollForm;
  /**
   * An Envoy cluster of the bootstrap: the control plane's, named after its host, because Envoy sends the name as Host, or
   * the script's.
   */
  readonly xdsCluster: string;
  /** Seconds between two polls, before Envoy's own jitter. */
  readonly routesRefreshSeconds: number;
}

/** Who speaks first is unknown for that long; Envoy's 15 s would make server-first protocols wait for all of them. */
const INSPECTION_TIMEOUT = '0.2s';
/** Upgrades that are let through (Envoy has no word for all): WebSocket, kubectl's streams, Docker's, and CONNECT. */
const UPGRADES = ['websocket', 'SPDY/3.1', 'tcp', 'CONNECT'];
/** HTTP/1.0 needs no Host, Envoy does. No server has this name (RFC 2606), so its default one answers, as without. */
const HOST_OF_HTTP_10 = 'unnamed.invalid';

/** Upgrades that a client offers and does not need (RFC 2817, RFC 7540): without them a request is answered as it is. */
const OPTIONAL_UPGRADES = [{ prefix: 'TLS/', ignore_case: true }];

/**
 * The listener of a port that some canary is on, for connections that the virtual listener was handed with their
 * original destination. HTTP goes by the routes, every other protocol to where it was going. What it does to a request
 * that no canary is for must not be noticed: the options of the connection manager keep it byte for byte.
 */
export function listenerOf(port: number, source: RoutesSource): XdsMessage {
  return {
    '@type': RESOURCE_TYPES.listeners,
    name: `0.0.0.0_${port}`,
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    bind_to_port: false,
    traffic_direction: 'OUTBOUND',
    listener_filters: [
      extension('http_inspector', 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'),
    ],
    listener_filters_timeout: INSPECTION_TIMEOUT,
    continue_on_listener_filters_timeout: true,
    filter_chains: [
      {
        filter_chain_match: { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] },
        filters: [connectionManager(port, source)],
      },
    ],
    default_filter_chain: {
      filters: [
        extension('tcp', 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
          stat_prefix: `outbound_${port}_tcp`,
          cluster: PASSTHROUGH,
          idle_timeout: '0s',
        }),
      ],
    },
  };
}

function connectionManager(port: number, source: RoutesSource): XdsMessage {
  return extension('http', 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: `outbound_${port}`,
    rds: { route_config_name: ROUTE_CONFIGURATION, config_source: restSource(source) },
    http_protocol_options: {
      ...HTTP1_OPTIONS,
      accept_http_10: true,
      allow_custom_methods: true,
      default_host_for_http_10: HOST_OF_HTTP_10,
      ignore_http_11_upgrade: OPTIONAL_UPGRADES,
    },
    common_http_protocol_options: { max_headers_count: HEADERS_COUNT_MAX },
    early_header_mutation_extensions: [KEEP_FORWARDED_PROTO],
    server_header_transformation: 'PASS_THROUGH',
    generate_request_id: false,
    preserve_external_request_id: true,
    skip_xff_append: true,
    stream_idle_timeout: '0s',
    proxy_100_continue: true,
    max_request_headers_kb: HEADERS_KB_MAX,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    upgrade_configs: UPGRADES.map((upgrade) => ({ upgrade_type: upgrade })),
    http_filters: [
      RESTORE_FORWARDED_PROTO,
      // A filter more is another listener, so sidecars from before keep theirs.
      ...(source.form === 'paced' ? [GRPC_STATS] : []),
      extension('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
        suppress_envoy_headers: true,
      }),
    ],
  });
}

/** gRPC failures stand in trailers: without it all are 2xx. */
const GRPC_STATS = extension(
  'envoy.filters.http.grpc_stats',
  'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig',
  { stats_for_all_methods: false },
);

function restSource({ form, xdsCluster, routesRefreshSeconds }: RoutesSource): XdsMessage {
  return {
    resource_api_version: 'V3',
    // A listener without routes stays warming, and its connections pass; any other value would answer 404 instead.
    initial_fetch_timeout: '0s',
    api_config_source: {
      api_type: 'REST',
      transport_api_version: 'V3',
      cluster_names: [xdsCluster],
      refresh_delay: `${routesRefreshSeconds}s`,
      request_timeout: `${form === 'paced' ? PACED_TIMEOUT_SECONDS : POLL_TIMEOUT_SECONDS}s`,
    },
  };
}
