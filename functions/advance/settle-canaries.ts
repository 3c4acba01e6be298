import { errorName } from '../errors.ts';
import { clearingFailed, clearingUnfinished } from '../events.ts';
import { SETTLE_ALL_MS } from '../limits.ts';
import { type SettleTools, settleCluster } from '../releases/settle/settle-cluster.ts';

/** For one Kubernetes cluster: reading its canaries, and writes of some ten milliseconds each. */
const CLUSTER_MS = 4_000;

/** Settles the canaries of one Kubernetes cluster after the other (`settleCluster`), as far as the time goes. Never rejects. */
export async function settleCanaries(
  tools: SettleTools,
  clusters: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { log } = tools;
  const all = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_ALL_MS)]);
  for (const cluster of clusters) {
    if (all.aborted) {
      log(clearingUnfinished, { next: cluster });
      return;
    }
    try {
      await settleCluster(tools, cluster, AbortSignal.any([all, AbortSignal.timeout(CLUSTER_MS)]));
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
