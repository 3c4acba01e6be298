import { errorName } from '../errors.ts';
import { clearingFailed, driftUnfinished } from '../events.ts';
import { ADVANCE_WORK_MS } from '../limits.ts';
import type { NotifyTools } from '../notifications/notify-cluster.ts';
import type { SettleTools } from '../releases/settle/settle-cluster.ts';
import { loopStaging } from './end-staging.ts';
import { loopNotices } from './notify.ts';
import { type DriftTools, reportDrift } from './report-drift.ts';
import { settleCanaries } from './settle-canaries.ts';
import { type LoopTools, loopLooks } from './step/look-loop.ts';
import { sightAll } from './step/sight-all.ts';

/** What `advance` brings along. */
export interface AdvanceTools extends SettleTools, DriftTools {
  /** The Kubernetes clusters of the fleet, by their records. */
  readonly listClusters: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Those whose Pods are read. */
  readonly watched: readonly string[];
  /** What running releases are looked at with. */
  readonly looks: LoopTools;
  /** What those who are told of changes are told with. */
  readonly notify: NotifyTools;
  /** For all of one tick, in milliseconds; only tests have less time. */
  readonly workMs?: number;
}

/** How often the schedule calls (infra/deploy/schedule.yml). */
export const TICK_MS = 60_000;
/** For the names of the clusters, in milliseconds: where they cannot be listed, drift is still reported. */
const LIST_MS = 5_000;

/**
 * One tick of the schedule: looks at running releases of every Kubernetes cluster of the fleet until the next tick does, and begins
 * those that another Pod template asks for. Meanwhile it writes what the clock has changed of canaries (`Initialized`, and tombstones
 * that are due go), tells of what was changed, and writes the drift reports that are due. No cluster waits for another one's looks.
 * Never rejects: what fails in one cluster is said in the log, and tried again by the next
 * tick; what there was no time for is no failure. Ticks may overlap: what two of them do is done once, or twice to the
 * same end.
 *
 * @returns a handler that takes whatever event there is: nothing in it is used
 */
export function createAdvance(tools: AdvanceTools): () => Promise<void> {
  return async () => {
    const { listClusters, looks, notify, workMs = ADVANCE_WORK_MS, log, now } = tools;
    const started = now();
    const signal = AbortSignal.timeout(workMs);
    const listing = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
    const clusters = await listClusters(listing).catch((error: unknown) => {
      log(clearingFailed, { what: 'clusters', error: errorName(error) });
      return [];
    });
    const turns = inTurn(clusters, started);
    const looksOf = new Map<string, Promise<unknown>>();
    await settleCanaries(tools, turns, signal, (cluster, { running, resting, staging }) => {
      const loops = [
        loopLooks(looks, cluster, running, started),
        loopStaging(looks, staging, started),
        sightAll(looks, resting, signal).then((begun) => loopLooks(looks, cluster, begun, started)),
      ];
      looksOf.set(cluster, Promise.all(loops));
    });
    const notices = turns.map((cluster) => loopNotices(notify, cluster, looksOf.get(cluster), started));
    await Promise.all([...looksOf.values(), ...notices, reportAll(tools, started, signal)]);
  };
}

async function reportAll(tools: AdvanceTools, started: number, signal: AbortSignal): Promise<void> {
  for (const cluster of inTurn(tools.watched, started)) {
    if ((await reportDrift(tools, cluster, signal)) === 'done') continue;
    tools.log(driftUnfinished, { next: cluster });
    return;
  }
}

/** Begins with another one every minute, so that where time is short each has its turn. */
function inTurn(names: readonly string[], now: number): readonly string[] {
  const sorted = names.toSorted();
  const first = sorted.length === 0 ? 0 : Math.floor(now / TICK_MS) % sorted.length;
  return [...sorted.slice(first), ...sorted.slice(0, first)];
}
