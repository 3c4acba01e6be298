import type { Canary } from '../canary/canary.ts';
import { isDue } from '../canary/settled.ts';
import type { CanaryList } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';
import { SETTLE_MS } from '../limits.ts';
import { settle, settleAll } from '../table/settle.ts';
import type { Call, CanaryCall } from './call.ts';

/** Writes for one list: each is a transaction, and they are not what the caller waits for. */
const WRITTEN_MAX = 5;

/**
 * What is shown of the canary under a call's key. What the clock has changed of it is written first, so that nothing is
 * another one at the same version; where that fails or loses a race it is shown as it stands, and the next read tries again.
 * Throws CanaryStoreError where it cannot be read.
 */
export async function readSettled({ tools, key, moment, signal }: CanaryCall): Promise<Canary | undefined> {
  const stored = await tools.store.getCanary(key, signal);
  if (stored === undefined || !isDue(stored, moment.now)) return stored;
  const within = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]);
  return await orElse(stored, async () => (await settle(tools.store, key, stored, moment.now, within)).canary);
}

/** The same of a list: as it is read again where some of it was written, and else as it was read. */
export async function settledList({ tools, cluster, moment, signal }: Call, list: CanaryList): Promise<CanaryList> {
  const { store } = tools;
  const within = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]);
  const settling = { now: moment.now, most: WRITTEN_MAX, signal: within };
  return await orElse(list, async () => {
    const { initialized, removed, lost } = await settleAll(store, cluster, list.canaries, settling);
    return initialized + removed + lost === 0 ? list : await store.listCanaries(cluster, within);
  });
}

/** What a read has in place of what a store that cannot be used would give. */
async function orElse<T>(otherwise: T, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CanaryStoreError)) throw error;
    return otherwise;
  }
}
