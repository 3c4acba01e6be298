import type { Canary } from '../canary/canary.ts';
import { isGone } from '../canary/change-canary.ts';
import { keyOf } from '../canary/keys.ts';
import { CanaryStoreError } from '../errors.ts';
import { SWEEP_MS } from '../limits.ts';
import type { Call } from './call.ts';

/** Removals for one list: each is a transaction, and they are not what the caller waits for. */
const REMOVED_MAX = 5;

/**
 * Takes deleted canaries away that no proxy knows any more, as a list has found them. A failure is nobody's: the next
 * list or read finds them again, and until then they are shown to nobody.
 */
export async function sweepGone({ tools, cluster, moment, signal }: Call, canaries: readonly Canary[]): Promise<void> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(SWEEP_MS)]);
  // One after the other: all of them move the one head of the Kubernetes cluster.
  for (const canary of canaries.filter((one) => isGone(one, moment.now)).slice(0, REMOVED_MAX)) {
    try {
      await tools.store.remove(keyOf(cluster, canary), canary.metadata.resourceVersion, within);
    } catch (error) {
      if (error instanceof CanaryStoreError) return;
      throw error;
    }
  }
}
