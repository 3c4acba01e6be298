import { clearGone } from '../canary/clear-gone.ts';
import type { CanaryStore } from '../canary/store.ts';
import { clearingFailed, clearingUnfinished, tombstonesCleared } from '../events.ts';
import { CLEAR_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { errorName } from './error-name.ts';

/** What clearing needs. */
export interface ClearTools {
  readonly canaries: Pick<CanaryStore, 'listCanaries' | 'remove'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Removals per Kubernetes cluster and tick; whoever deletes more canaries at once waits a minute longer for the last. */
const REMOVED_MAX = 50;
/** For one Kubernetes cluster: reading its canaries, and removals of some ten milliseconds each. */
const CLUSTER_MS = 4_000;

/** Clears away the tombstones that are due, one Kubernetes cluster after the other. Never rejects. */
export async function clearTombstones(
  { canaries: store, log, now }: ClearTools,
  clusters: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const all = AbortSignal.any([signal, AbortSignal.timeout(CLEAR_MS)]);
  for (const cluster of clusters) {
    if (all.aborted) {
      log(clearingUnfinished, { next: cluster });
      return;
    }
    const within = AbortSignal.any([all, AbortSignal.timeout(CLUSTER_MS)]);
    try {
      const { canaries } = await store.listCanaries(cluster, within);
      const tombstones = await clearGone(store, cluster, canaries, { now: now(), most: REMOVED_MAX, signal: within });
      if (tombstones > 0) log(tombstonesCleared, { cluster, tombstones });
    } catch (error) {
      // Broken off for want of time: that is no failure, and the next tick goes on.
      if (all.aborted) {
        log(clearingUnfinished, { next: cluster });
        return;
      }
      log(clearingFailed, { cluster, error: errorName(error) });
    }
  }
}
