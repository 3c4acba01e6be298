import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { flag, integer, list, object, text, words } from '../../json/schema/build.ts';
import { RELEASE_STATUS } from './release-status.ts';
import { BACKENDS, SERVICE } from './spec.ts';

const COUNT = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const WEIGHT = integer({ min: 0, max: 10_000 });
const TIME = text({});
const ANY_LENGTH = { min: 0, max: Number.MAX_SAFE_INTEGER, message: 'must be a list' };

/** Whole numbers whose sum is `totalWeight`. */
export const WEIGHTS = object({ stable: WEIGHT, canary: WEIGHT }, { stored: addUp });

/**
 * One set of Envoy clusters and a listener. A changed port or backend is a new target: proxies learn it first, and
 * routes move to it at `routesFrom` (make before break); the one before stays until `keepUntil`. All derived from time,
 * so that no function has to run at the moment itself.
 */
const TARGET = object(
  {
    /** 1 for the first; part of the Envoy clusters' names from the second on. */
    revision: integer({ min: 1, max: 1_000_000 }),
    service: SERVICE,
    backends: BACKENDS,
    /**
     * Namespaces whose proxies see this target; absent: `spec.exportTo`. A wider one is a new target too: proxies that
     * have not seen the Envoy clusters yet would refuse routes to them.
     */
    exportTo: list(text({}), { ...ANY_LENGTH, optional: true }),
    /** RFC 3339. From then on routes may lead to it. */
    routesFrom: TIME,
    /**
     * RFC 3339. From then on routes may lead to its Envoy clusters that fall back to the main Service. Absent in a target of
     * an older version, which has no such Envoy clusters; the next write but an abort or a deletion sets it.
     */
    fallbackFrom: text({ optional: true }),
    /**
     * While proxies learn it: since when, and when each that lives has asked for its configuration since. From then on
     * routes lead to it as soon as all of them hold its Envoy clusters, at `routesFrom` at the latest. Absent: only then.
     */
    learning: object({ since: TIME, askedBy: TIME }, { optional: true }),
    /** RFC 3339. Set when the next target, or the deletion, takes its routes away. */
    keepUntil: text({ optional: true }),
  },
  {},
);

/** Kubernetes' condition, as `kubectl wait` and `kubectl describe` know it. */
const CONDITION = object(
  {
    type: text({}),
    status: words(['True', 'False', 'Unknown'], {}),
    reason: text({}),
    message: text({}),
    lastTransitionTime: TIME,
    observedGeneration: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, stored: 'any' }),
  },
  {},
);

/** `status` of a canary: what Outrigger writes. */
export const STATUS = object(
  {
    weights: WEIGHTS,
    /**
     * - `Initializing`: the proxies are learning its listener and Envoy clusters; every request goes to stable.
     * - `Initialized`: at 100/0, ready for a weight.
     * - `Progressing`: the canary has a share.
     * - `WaitingPromotion`: the canary has everything; the stable Service is to get the new version.
     * - `Succeeded`: back at 100/0 after that.
     * - `Failed`: aborted, at 100/0; `retry` or a new spec starts the release again.
     * - `Terminating`: deleted; its Envoy clusters stay until the proxies have forgotten its routes.
     */
    phase: words(
      ['Initializing', 'Initialized', 'Progressing', 'WaitingPromotion', 'Succeeded', 'Failed', 'Terminating'],
      {},
    ),
    lastTransitionTime: TIME,
    /**
     * Whether it changes nothing: requests go where their callers sent them, whatever the tracks' Services are. True at
     * 100/0 with neither match nor mirror, while no release goes on or has failed. A release that begins sets it to false.
     */
    // Older versions wrote none.
    atRest: flag({ stored: (value: unknown) => value === undefined || typeof value === 'boolean' }),
    /** RFC 3339. When a release gave way to the rest that it is at; absent where none ever did, and off rest. */
    restSince: text({ optional: true }),
    /** Oldest first; at most the served one, the one before and the one being staged. */
    targets: list(TARGET, ANY_LENGTH),
    conditions: list(CONDITION, ANY_LENGTH),
    /**
     * The last write that moves routes. Proxies are watched for it from `since`, when all of it is served, to
     * `until`; after that no proxy reports for it.
     */
    awaiting: object({ resourceVersion: text({}), since: TIME, until: TIME }, { optional: true, stored: 'types' }),
    /** The release that advances by itself, or the last one; absent where none was ever started. */
    release: RELEASE_STATUS,
    /**
     * Of several Kubernetes clusters (`spec.clusters`): RFC 3339. When an abort was left behind that began here; absent where none
     * was. While the phase is `Failed`, `lastTransitionTime` is the time of the last one.
     */
    abortedAt: text({ optional: true, stored: 'types' }),
    /** While the phase is `Failed`: the Kubernetes cluster whose abort took it back; absent where the abort began here. */
    abortedWith: text({ optional: true, stored: 'types' }),
    /** The canary's workload as it was last seen: another Pod template of it begins a release. Absent until it was seen. */
    workload: object(
      { kind: text({}), name: text({}), uid: text({}), revision: text({}), template: text({}) },
      { optional: true, stored: 'types' },
    ),
    /** The `generation` that this status is of. */
    observedGeneration: { ...COUNT, stored: 'any' },
  },
  {},
);

function addUp(weights: unknown, { spec }: Json): boolean {
  if (!isRecord(weights) || !isRecord(spec)) return false;
  const shares = [weights['stable'], weights['canary']];
  const isGood = shares.every((share) => typeof share === 'number' && Number.isSafeInteger(share) && share >= 0);
  return isGood && Number(shares[0]) + Number(shares[1]) === spec['totalWeight'];
}
