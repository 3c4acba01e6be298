import type { CanaryTarget } from '../../canary/canary.ts';
import { clusterNames, firstClusterNames, serviceAddress } from './names.ts';
import {
  extension,
  FIRST_HTTP1_OPTIONS,
  HEADERS_COUNT_MAX,
  HEADERS_KB_MAX,
  HTTP1_OPTIONS,
  RESOURCE_TYPES,
  typed,
  type XdsMessage,
} from './xds.ts';

/** Envoy's own bound is 1,024 of each: of 1,500 connections at once 476 failed. The application sets the bounds. */
const UNLIMITED = 4_294_967_295;
const OPEN_CIRCUIT_BREAKERS: XdsMessage = {
  thresholds: [
    {
      max_connections: UNLIMITED,
      max_pending_requests: UNLIMITED,
      max_requests: UNLIMITED,
      max_retries: UNLIMITED,
    },
  ],
};

/** A lost SYN is repeated after 1 s and 3 s; before that nothing is wrong with a Pod. */
const CONNECT_TIMEOUT = '5s';

/**
 * A connection that no request uses is closed before the application closes it: a request that meets that close gets 503.
 * Servers keep idle ones for 2 s (gunicorn), 5 s (Node, uvicorn, Apache) or longer, and a canary's carry few requests.
 * The template has the same for its own clusters.
 */
const IDLE_TIMEOUT = '1.5s';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
/** The protocol of the request goes on to the Pod. */
const SAME_PROTOCOL = sameProtocol(HTTP1_OPTIONS, { idle_timeout: IDLE_TIMEOUT });
const FIRST_SAME_PROTOCOL = sameProtocol(FIRST_HTTP1_OPTIONS, {});

/**
 * Pods that cannot be connected to are left out for some seconds. What an application answers never counts: a 503 of
 * its own is its own.
 */
const OUTLIER_DETECTION: XdsMessage = {
  split_external_local_origin_errors: true,
  consecutive_local_origin_failure: 2,
  consecutive_5xx: 0,
  enforcing_consecutive_5xx: 0,
  enforcing_success_rate: 0,
  enforcing_local_origin_success_rate: 0,
  interval: '1s',
  base_ejection_time: '5s',
  max_ejection_percent: 100,
};

/**
 * The Envoy clusters of a target: those of the first form, for functions of an older version that answer in turn with these,
 * and those that fall back to the main Service where the target has them. That for mirrored requests is always there: one
 * that came with the first mirror would be unknown to the proxies that get the routes before it, and these would refuse
 * them all.
 */
export function envoyClusters(target: CanaryTarget, namespace: string, clusterDomain: string): readonly XdsMessage[] {
  const addressOf = (service: string, port: number): XdsMessage => ({
    address: serviceAddress(service, namespace, clusterDomain),
    port_value: port,
  });
  const [stable, canary] = target.backends;
  const stableAddress = addressOf(stable.service, stable.port);
  const canaryAddress = addressOf(canary.service, canary.port);
  const mainAddress = addressOf(target.service.name, target.service.port);
  const [first, names] = [firstClusterNames(namespace, target), clusterNames(namespace, target)];
  const inFirstForm = [
    aggregateCluster(first.canary, [first.canaryOnly, first.stable]),
    dnsCluster(first.canaryOnly, canaryAddress, FIRST_SAME_PROTOCOL),
    dnsCluster(first.mirror, canaryAddress, FIRST_SAME_PROTOCOL),
    dnsCluster(first.stable, stableAddress, FIRST_SAME_PROTOCOL),
  ];
  if (target.fallbackFrom === undefined) return inFirstForm;
  return [
    ...inFirstForm,
    aggregateCluster(names.canary, [names.canaryOnly, names.stableOnly, names.main]),
    dnsCluster(names.canaryOnly, canaryAddress),
    serviceCluster(names.main, mainAddress),
    dnsCluster(names.mirror, canaryAddress),
    aggregateCluster(names.stable, [names.stableOnly, names.main]),
    dnsCluster(names.stableOnly, stableAddress),
  ];
}

/** A Service by its own address. It stands for all its Pods, so it is never left out: nothing would be left. */
function serviceCluster(name: string, socketAddress: XdsMessage): XdsMessage {
  const { outlier_detection: _none, ...cluster } = dnsCluster(name, socketAddress);
  return cluster;
}

/** One host for every Pod behind a headless Service. */
function dnsCluster(name: string, socketAddress: XdsMessage, protocol = SAME_PROTOCOL): XdsMessage {
  return {
    '@type': RESOURCE_TYPES.clusters,
    name,
    type: 'STRICT_DNS',
    connect_timeout: CONNECT_TIMEOUT,
    dns_lookup_family: 'V4_PREFERRED',
    typed_extension_protocol_options: protocol,
    circuit_breakers: OPEN_CIRCUIT_BREAKERS,
    outlier_detection: OUTLIER_DETECTION,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: socketAddress } } }] }],
    },
  };
}

/** The first of the Envoy clusters that has a healthy host. */
function aggregateCluster(name: string, clusters: readonly string[]): XdsMessage {
  return {
    '@type': RESOURCE_TYPES.clusters,
    name,
    connect_timeout: CONNECT_TIMEOUT,
    lb_policy: 'CLUSTER_PROVIDED',
    circuit_breakers: OPEN_CIRCUIT_BREAKERS,
    cluster_type: extension('envoy.clusters.aggregate', 'envoy.extensions.clusters.aggregate.v3.ClusterConfig', {
      clusters,
    }),
  };
}

function sameProtocol(http1: XdsMessage, common: XdsMessage): XdsMessage {
  return {
    [HTTP_OPTIONS]: typed(HTTP_OPTIONS, {
      common_http_protocol_options: {
        max_headers_count: HEADERS_COUNT_MAX,
        max_response_headers_kb: HEADERS_KB_MAX,
        ...common,
      },
      use_downstream_protocol_config: { http_protocol_options: http1, http2_protocol_options: {} },
    }),
  };
}
