import { DNS_LABEL } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { integer, list, object, pair, text, words } from '../../json/schema/build.ts';
import type { Place } from '../../json/schema/schema.ts';
import { EXPORT } from '../match-texts.ts';
import { CLUSTERS } from './clusters.ts';
import { MATCHES } from './match.ts';
import { STRATEGY } from './strategy/strategy.ts';
import { AFFINITY, MIRROR } from './traffic.ts';

const PORT = { min: 1, max: 65_535 };
const SERVICE_NAME = {
  pattern: DNS_LABEL,
  message: 'must be the name of a Service: lower-case letters, digits and -, at most 63 characters',
} as const;
/** Namespaces named one by one; more is what `*` is for. */
const NAMESPACES_MAX = 64;
const NAMESPACE = 'must be * (every namespace), . (its own) or the name of a namespace';

/** The Service that callers name. */
export const SERVICE = object(
  {
    /** Its name. */
    name: text(SERVICE_NAME),
    /** The port that callers name. */
    port: integer(PORT),
  },
  { missing: 'is missing: the Service that callers name, as {name, port}' },
);

/** Where one track's Pods are found: a headless Service of the canary's own namespace, and the port of its Pods. */
export const BACKEND = object(
  {
    /** The track. */
    name: words(['stable', 'canary'], {}),
    /** A headless Service of the same namespace, another for each track. */
    service: text({ ...SERVICE_NAME, rule: isHeadless }),
    /** The Pods' own port: a headless Service's addresses are theirs. Default: the port of `spec.service`. */
    port: integer({ ...PORT, fallback: portOfService, absentAs: [null] }),
  },
  {},
);

/** Both tracks, stable first, canary last. */
export const BACKENDS = pair(BACKEND, {
  message: 'must be a list of two: {name: stable, service: …} and {name: canary, service: …}',
  lengthFault: 'before',
  absentAs: [null],
  rule: bothTracks,
});

/** `spec` of a canary: what the people who release write. Fields that it does not know are refused: they would do nothing. */
export const SPEC = object(
  {
    /** The Service that callers name; it selects the stable Pods only. */
    service: SERVICE,
    /** Where the Pods of the two tracks are found. Kept with stable first. */
    backends: BACKENDS,
    /** What weights are counted in, fixed at creation: 100, or 10000 for hundredths of a percent. */
    totalWeight: words([100, 10_000], {
      message: 'must be 100, or 10000 for hundredths of a percent',
      fallback: 100,
      absentAs: [null],
      // The sum of the weights says it.
      stored: 'any',
    }),
    /** Namespaces whose proxies see it: `*` all, `.` its own, or names. 1 to 64. */
    exportTo: list(text({ pattern: EXPORT, message: NAMESPACE, wrongType: NAMESPACE }), {
      min: 1,
      max: NAMESPACES_MAX,
      message: `must have 1 to ${NAMESPACES_MAX} entries; to hide the canary, delete it`,
      wrongType: 'must be a list',
      lengthFault: 'after',
      fallback: ['*'],
      rule: inOrder,
      stored: Array.isArray,
    }),
    /** Requests that meet everything in one entry go to the canary, at weight 0 too. At most 16 entries. */
    match: MATCHES,
    /** What keeps a caller on its track. Without it the choice is random for each request. */
    sessionAffinity: AFFINITY,
    /** A copy of this share of the requests goes to the canary; its answers are thrown away. */
    mirror: MIRROR,
    /** Canaries of the namespace that have the same are released together: they advance, and are aborted, in one write. At most 20. */
    group: text({
      pattern: DNS_LABEL,
      message: 'must be the name of a group: lower-case letters, digits and -, at most 63 characters',
      optional: true,
    }),
    /** Kubernetes clusters whose canaries of this namespace and name are one release: one that is aborted takes all back. */
    clusters: CLUSTERS,
    /** How a release advances by itself once it is started. Without it weights are set by hand. Edits hold from the next release. */
    strategy: STRATEGY,
  },
  { readFirst: ['service', 'sessionAffinity', 'mirror'], rule: isTakenBackTogether },
);

function isTakenBackTogether(spec: unknown, { check, path }: Place): unknown {
  const { group, strategy } = isRecord(spec) ? spec : {};
  const rollback = isRecord(strategy) ? strategy['rollback'] : undefined;
  if (group !== undefined && isRecord(rollback) && rollback['mode'] === 'Stepwise') {
    check.fault(
      `${path}.strategy.rollback.mode`,
      'must be Immediate in a group: its members are taken back in one write',
    );
  }
  return spec;
}

/** `spec.service` as far as it was read; around a backend's field stand the backend and the spec. */
function serviceAround(around: readonly Json[]): Json {
  const service = around.at(-2)?.['service'];
  return isRecord(service) ? service : {};
}

function portOfService(around: readonly Json[]): unknown {
  return serviceAround(around)['port'] ?? PORT.min;
}

function isHeadless(service: unknown, { check, path, around }: Place): unknown {
  if (service === serviceAround(around)['name']) {
    const why = 'must be a headless Service of its own, because the addresses of its Pods are looked up';
    check.fault(path, `${why}; ${String(service)} is the one that callers name`);
  }
  return service;
}

function bothTracks(backends: unknown, { check, path }: Place): unknown {
  const found = new Map<unknown, Json>();
  for (const [i, backend] of (Array.isArray(backends) ? backends : []).entries()) {
    const name: unknown = isRecord(backend) ? backend['name'] : undefined;
    if (name === undefined || !isRecord(backend)) continue;
    if (found.has(name)) check.fault(`${path}[${i}].name`, `there is another ${String(name)}`);
    found.set(name, backend);
  }
  const [stable, canary] = [found.get('stable'), found.get('canary')];
  const service = stable?.['service'];
  if (service !== undefined && service === canary?.['service']) {
    check.fault(path, 'stable and canary must be two Services: one alone cannot be split');
  }
  return [stable, canary];
}

/** In order, because another order is no other set of readers. */
function inOrder(names: unknown): unknown {
  return [...new Set(Array.isArray(names) ? names : [])].sort();
}
