import type { Canary } from '../canary/canary.ts';
import { paceOf, quickestPace, type TimedPace } from '../canary/release-pace.ts';
import { stagingTarget } from '../canary/staging/staging-target.ts';
import { callersOf } from '../canary/steps/callers.ts';
import { routesTickMs } from '../canary/times.ts';
import type { ClusterRecord, NamedRecord } from '../cluster-record/cluster-record.ts';
import { putNewest } from '../http/bounded-map.ts';
import { authorityOf, MOVING_REFRESH_DEFAULT, ROUTES_REFRESH_DEFAULT } from '../template/discovery-endpoint.ts';
import { durationMs } from '../template/parameter/types.ts';
import { type Answers, answersOf } from './answers.ts';
import type { CanaryState } from './canary-cache.ts';
import { pauseOf } from './pace.ts';
import { canaryId } from './quarantine.ts';
import { isVisible, type Snapshot, type SnapshotView, snapshotFor } from './snapshot.ts';

/** What a namespace is answered at the moment. */
export interface Served {
  readonly answers: Answers;
  readonly snapshot: Snapshot;
  /** How soon something may happen to what the namespace sees. */
  readonly pace: TimedPace;
  /** See `pauseOf`; worked out here, because its durations are texts of the record. */
  readonly pauseMs: number;
  /** Targets that the namespace is learning, by their ids; almost always none. */
  readonly staging: readonly string[];
  /** Undefined where all its proxies ask alike. */
  readonly quiet: QuietPace | undefined;
}

/** The pace of proxies that send no requests to the canaries of the namespace which are off rest. */
export interface QuietPace {
  readonly pauseMs: number;
  /** Keys of those that do, as the releases know it, and of those that were heard to since. */
  readonly callers: Set<string>;
}

/** Makes what a namespace is answered, once for all proxies in it. */
export type ServeAnswers = (named: NamedRecord, namespace: string, state: CanaryState) => Served;

interface Entry extends Served {
  readonly state: CanaryState;
  readonly record: NamedRecord['record'];
  readonly madeAt: number;
}

/** Namespaces in which an environment keeps answers; a large Kubernetes cluster has some hundreds. */
const NAMESPACES_MAX = 2_000;

/** How proxies of a Kubernetes cluster find the control plane, where its record does not say. */
const DISCOVERY_DEFAULT = {
  host: 'outrigger-discovery',
  routesRefresh: ROUTES_REFRESH_DEFAULT,
  movingRefresh: MOVING_REFRESH_DEFAULT,
};

/** The Envoy cluster whose script answers the subscriptions of a sidecar that follows a pace (`infra/templates/envoy.yaml`). */
const SCRIPT_CLUSTER = 'loop';

/** The view of a namespace, as the cluster's record has it. */
export function viewOf(record: ClusterRecord, namespace: string): SnapshotView {
  const discovery = record.discovery ?? DISCOVERY_DEFAULT;
  const { host, routesRefresh } = discovery;
  const direct = { xdsCluster: authorityOf({ host }), routesRefreshSeconds: durationMs(routesRefresh) / 1_000 };
  const paced = { xdsCluster: SCRIPT_CLUSTER, routesRefreshSeconds: routesTickMs(discovery) / 1_000 };
  return {
    namespace,
    clusterDomain: record.clusterDomain,
    sources: { direct: { form: 'direct', ...direct }, paced: { form: 'paced', ...paced } },
  };
}

/**
 * Remembers answers until a write, or the clock, changes them, so that 1,000 polls cost one rendering.
 *
 * @param now milliseconds since the epoch
 */
export function createServedAnswers(now: () => number): ServeAnswers {
  const entries = new Map<string, Entry>();

  return (named, namespace, state) => {
    const key = `${named.cluster}/${namespace}`;
    const [known, at] = [entries.get(key), now()];
    if (known !== undefined && known.state === state && known.record === named.record && holds(known, at)) return known;
    const snapshot = snapshotFor(state.canaries, viewOf(named.record, namespace), at);
    const seen = state.canaries.filter((canary) => snapshot.canaries.has(canaryId(canary)));
    const pace = quickestPace(seen, at);
    const pauseMs = pauseOf(named.record.discovery, state, pace);
    const staging = stagingIn(seen, namespace, at);
    const callers = staging.length > 0 ? undefined : callersIn(seen, namespace, at);
    const idleMs = pauseOf(named.record.discovery, state, { pace: 'idle', until: pace.until });
    const quiet = callers === undefined ? undefined : { pauseMs: idleMs, callers };
    const made = { snapshot, answers: answersOf(snapshot), pace, pauseMs, staging, quiet };
    const fresh = { state, record: named.record, madeAt: at, ...made };
    putNewest(entries, key, fresh, NAMESPACES_MAX);
    return fresh;
  };
}

/** Undefined where nothing moves, or not all that moves tells its callers. */
function callersIn(canaries: readonly Canary[], namespace: string, now: number): Set<string> | undefined {
  const moving = canaries.filter((canary) => paceOf(canary, now).pace !== 'idle');
  const callers = moving.map((canary) => callersOf(canary, namespace));
  return moving.length === 0 || callers.includes(undefined)
    ? undefined
    : new Set(callers.flatMap((keys) => keys ?? []));
}

function stagingIn(canaries: readonly Canary[], namespace: string, now: number): readonly string[] {
  return canaries.flatMap((canary) => {
    const staging = stagingTarget(canary, now);
    return staging !== undefined && isVisible(canary, staging.target, namespace) ? [staging.id] : [];
  });
}

/** A clock that jumped back may have passed a change. */
function holds({ madeAt, snapshot, pace }: Entry, at: number): boolean {
  return at >= madeAt && at < pace.until && at < (snapshot.validUntil ?? Number.POSITIVE_INFINITY);
}
