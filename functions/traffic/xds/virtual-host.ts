import type {
  CanaryMatch,
  CanarySpec,
  CanaryTarget,
  CanaryWeights,
  HashKey,
  StringMatch,
} from '../../canary/canary.ts';
import type { ManagedRoutes } from '../../canary/document/strategy/managed-routes.ts';
import { mirrorMatchers } from './managed-routes.ts';
import { clusterNames, firstClusterNames, hostNames, PASSTHROUGH_HTTP, targetName } from './names.ts';
import { RETRY_LIMIT, RETRY_POLICY } from './retry.ts';
import type { XdsMessage } from './xds.ts';

/** Who looks: a proxy in a namespace of a Kubernetes cluster. */
export interface Viewer {
  readonly namespace: string;
  readonly clusterDomain: string;
}

/** What routes are made of. */
export interface Release {
  readonly namespace: string;
  readonly target: CanaryTarget;
  readonly weights: CanaryWeights;
  readonly spec: Pick<CanarySpec, 'match' | 'sessionAffinity' | 'mirror'>;
  /** What steps of a release have put into its routes. */
  readonly managed: ManagedRoutes;
  /** See CanaryStatus. */
  readonly atRest: boolean;
  /** Whether every proxy knows the Envoy clusters that fall back to the main Service. */
  readonly hasFallback: boolean;
}

/** A CONNECT asks the proxy that it was sent to, whatever it names, so it goes there; no path matches it. */
const CONNECT_ROUTE: XdsMessage = {
  match: { connect_matcher: {} },
  route: { cluster: PASSTHROUGH_HTTP, timeout: '0s' },
};

/** The application's own timeouts are the only ones. */
const NO_TIMEOUT = '0s';
/** A mirrored share is counted in millionths; a percentage has at most two decimals. */
const MILLIONTHS_OF_A_PERCENT = 10_000;

/** Every request goes where its caller sent it. */
export const UNCHANGED_ROUTES: readonly XdsMessage[] = [
  CONNECT_ROUTE,
  { match: { prefix: '/' }, route: { cluster: PASSTHROUGH_HTTP, timeout: NO_TIMEOUT } },
];

/**
 * The virtual host of a canary. At rest it changes nothing: a track's Service that is misspelt or gone does no harm then.
 * Otherwise requests that match go to the canary at any weight, all others by weight.
 */
export function virtualHost(release: Release, viewer: Viewer): XdsMessage {
  const { namespace, target, atRest } = release;
  return {
    name: targetName(namespace, target),
    domains: hostNames(target.service, namespace, viewer),
    routes: atRest ? UNCHANGED_ROUTES : [CONNECT_ROUTE, ...splitRoutes(release)],
  };
}

/**
 * Stable stands first and the sum never changes, so that with a hash policy a raised weight moves no user back. Requests
 * that a step sends to the canary by a header go where copies go: to its Pods alone, which have no fallback there, and
 * whose figures are no evidence, because these requests are not chosen at random.
 */
function splitRoutes({ namespace, target, weights, spec, managed, hasFallback }: Release): readonly XdsMessage[] {
  const clusters = (hasFallback ? clusterNames : firstClusterNames)(namespace, target);
  const toCanary = (cluster: string, matchers: XdsMessage): XdsMessage => ({
    match: { prefix: '/', ...matchers },
    ...RETRY_LIMIT,
    route: { cluster, timeout: NO_TIMEOUT, retry_policy: RETRY_POLICY },
  });
  const always = spec.mirror === undefined ? [] : [mirror(clusters.mirror, spec.mirror)];
  const ofAll = managed.mirrors.filter(({ match }) => match === undefined);
  const mirrors = [...always, ...ofAll.map((one) => mirror(clusters.mirror, one))];
  const byWeight = (matchers: XdsMessage, more: readonly XdsMessage[]): XdsMessage => ({
    match: { prefix: '/', ...matchers },
    ...RETRY_LIMIT,
    route: {
      timeout: NO_TIMEOUT,
      retry_policy: RETRY_POLICY,
      weighted_clusters: {
        ...(spec.sessionAffinity === undefined ? {} : { use_hash_policy: true }),
        clusters: [
          { name: clusters.stable, weight: weights.stable },
          { name: clusters.canary, weight: weights.canary },
        ],
      },
      ...(spec.sessionAffinity === undefined
        ? {}
        : { hash_policy: spec.sessionAffinity.hashOn.map((key) => ({ ...hashPolicy(key), terminal: true })) }),
      ...(mirrors.length + more.length === 0 ? {} : { request_mirror_policies: [...mirrors, ...more] }),
    },
  });
  return [
    ...managed.headers.map(({ headerName: name, headerValue }) =>
      toCanary(clusters.mirror, { headers: [{ name, string_match: { ...headerValue } }] }),
    ),
    ...spec.match.map((match) => toCanary(clusters.canary, requestMatchers(match))),
    ...managed.mirrors.flatMap((one) =>
      (one.match ?? []).map((match) => byWeight(mirrorMatchers(match), [mirror(clusters.mirror, one)])),
    ),
    byWeight({}, []),
  ];
}

function hashPolicy(key: HashKey): XdsMessage {
  if ('header' in key) return { header: { header_name: key.header } };
  // Without a ttl Envoy makes no cookie of its own.
  if ('cookie' in key) return { cookie: { name: key.cookie } };
  return { connection_properties: { source_ip: true } };
}

/** Its Host is the original's: a copy is to be what the canary would have got. */
function mirror(cluster: string, { percentage }: { readonly percentage: number }): XdsMessage {
  const numerator = Math.round(percentage * MILLIONTHS_OF_A_PERCENT);
  return {
    cluster,
    runtime_fraction: { default_value: { numerator, denominator: 'MILLION' } },
    disable_shadow_host_suffix_append: true,
  };
}

/** Everything in an entry has to be met. Cookies have matchers of their own since Envoy 1.37. */
function requestMatchers({ headers = {}, cookies = {} }: CanaryMatch): XdsMessage {
  return {
    headers: Object.entries(headers).map(([name, match]) =>
      'present' in match ? { name, present_match: true } : { name, string_match: stringMatcher(match) },
    ),
    cookies: Object.entries(cookies).map(([name, match]) => ({ name, string_match: stringMatcher(match) })),
  };
}

function stringMatcher(match: StringMatch): XdsMessage {
  if ('exact' in match) return { exact: match.exact };
  return 'prefix' in match ? { prefix: match.prefix } : { safe_regex: { regex: '.*' } };
}
