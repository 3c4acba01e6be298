import type { Canary } from './canary.ts';
import { isGone } from './change-canary.ts';
import { keyOf } from './keys.ts';
import type { CanaryStore } from './store.ts';

/** How much is cleared away at once, and as of when. */
export interface Clearing {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Each removal is a transaction. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * Takes deleted canaries away that no proxy knows any more: their tombstones, and their claims. Somebody else may do the
 * same at the same time: what is not there any more, or was made anew, is left alone. Throws CanaryStoreError.
 *
 * @param canaries all of the Kubernetes cluster, or those of a list
 * @returns how many were taken away by this call
 */
export async function clearGone(
  store: Pick<CanaryStore, 'remove'>,
  cluster: string,
  canaries: readonly Canary[],
  { now, most, signal }: Clearing,
): Promise<number> {
  let cleared = 0;
  // One after the other: all of them move the one head of the Kubernetes cluster.
  for (const canary of canaries.filter((one) => isGone(one, now)).slice(0, most)) {
    const { outcome } = await store.remove(keyOf(cluster, canary), canary.metadata.resourceVersion, signal);
    if (outcome === 'written') cleared++;
  }
  return cleared;
}
