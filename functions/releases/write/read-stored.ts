import type { Canary } from '../../canary/canary.ts';
import { isGone } from '../../canary/settled.ts';
import { checkTime, pauseAfter } from '../../canary/store-time.ts';
import type { ReleaseCall } from '../call.ts';

/**
 * What stands in the store under a call's key, for a write; one whose deletion is over is taken away first, and not there.
 * A read has `readSettled`. Throws CanaryStoreError.
 */
export async function readStored({ tools, key, moment, signal }: ReleaseCall): Promise<Canary | undefined> {
  const stored = await tools.store.getCanary(key, signal);
  if (stored === undefined || !isGone(stored, moment.now)) return stored;
  for (let tries = 1; ; tries++) {
    // A conflict means that another request has taken it away, or made a new one.
    const { outcome } = await tools.store.remove(key, stored.metadata.resourceVersion, signal);
    if (outcome !== 'behind') return undefined;
    await pauseAfter(tries, tools.random, signal);
    checkTime(signal);
  }
}
