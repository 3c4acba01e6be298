import type { Canary } from '../canary/canary.ts';
import { runningRelease } from '../canary/steps/release.ts';
import type { CanaryKey } from '../canary/store.ts';
import { errorName } from '../errors.ts';
import { clearingFailed, clearingUnfinished } from '../events.ts';
import { SETTLE_ALL_MS } from '../limits.ts';
import { type SettleTools, settleCluster } from '../releases/settle/settle-cluster.ts';
import { keyOf } from '../table/keys.ts';

/** For one Kubernetes cluster: reading its canaries, and writes of some ten milliseconds each. */
const CLUSTER_MS = 4_000;

/**
 * Settles the canaries of one Kubernetes cluster after the other (`settleCluster`), as far as the time goes. Never rejects.
 *
 * @returns those of which a release goes on that does not wait to be promoted: found by the same one query
 */
export async function settleCanaries(
  tools: SettleTools,
  clusters: readonly string[],
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const { log } = tools;
  const running: CanaryKey[] = [];
  const all = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_ALL_MS)]);
  for (const cluster of clusters) {
    if (all.aborted) {
      log(clearingUnfinished, { next: cluster });
      return running;
    }
    const note = (canaries: readonly Canary[]): void => {
      running.push(...canaries.filter(isRunning).map((canary) => keyOf(cluster, canary)));
    };
    try {
      await settleCluster(tools, cluster, AbortSignal.any([all, AbortSignal.timeout(CLUSTER_MS)]), note);
    } catch (error) {
      // Broken off for want of time: that is no failure, and the next tick goes on.
      if (all.aborted) {
        log(clearingUnfinished, { next: cluster });
        return running;
      }
      log(clearingFailed, { cluster, error: errorName(error) });
    }
  }
  return running;
}

function isRunning(canary: Canary): boolean {
  const release = runningRelease(canary);
  return release !== undefined && release.state !== 'WaitingPromotion';
}
