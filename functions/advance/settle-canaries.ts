import type { CanaryStore } from '../canary/store.ts';
import { canariesInitialized, clearingFailed, clearingUnfinished, tombstonesCleared } from '../events.ts';
import { SETTLE_ALL_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { type SettleStore, settleAll } from '../table/settle.ts';
import { errorName } from './error-name.ts';

/** What writing down what the clock has changed needs. */
export interface SettleTools {
  readonly canaries: SettleStore & Pick<CanaryStore, 'listCanaries'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Writes per Kubernetes cluster and tick; where more canaries are due at once, the last wait a minute longer. */
const WRITTEN_MAX = 50;
/** For one Kubernetes cluster: reading its canaries, and writes of some ten milliseconds each. */
const CLUSTER_MS = 4_000;

/**
 * Writes what the clock has changed of the canaries of one Kubernetes cluster after the other: `Initialized` where proxies
 * have learned a canary, and tombstones that are due are cleared away. Never rejects.
 */
export async function settleCanaries(
  { canaries: store, log, now }: SettleTools,
  clusters: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const all = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_ALL_MS)]);
  for (const cluster of clusters) {
    if (all.aborted) {
      log(clearingUnfinished, { next: cluster });
      return;
    }
    const within = AbortSignal.any([all, AbortSignal.timeout(CLUSTER_MS)]);
    try {
      const { canaries } = await store.listCanaries(cluster, within);
      const settling = { now: now(), most: WRITTEN_MAX, signal: within };
      const { initialized, removed } = await settleAll(store, cluster, canaries, settling);
      if (initialized > 0) log(canariesInitialized, { cluster, canaries: initialized });
      if (removed > 0) log(tombstonesCleared, { cluster, tombstones: removed });
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
