import type { Canary } from '../../canary/canary.ts';
import { isDue } from '../../canary/settled.ts';
import type { CanaryKey, CanaryList, CanaryStore } from '../../canary/store.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { CanaryStoreError } from '../../errors.ts';
import { SETTLE_MS } from '../../limits.ts';
import { type SettleStore, settle, settleAll } from './settle.ts';

/** Writes for one list: each is a transaction, and they are not what the caller waits for. */
const WRITTEN_MAX = 5;

/** What a read works with. */
export interface ReleaseRead {
  readonly tools: { readonly store: SettleStore & Pick<CanaryStore, 'getCanary' | 'listCanaries'> };
  readonly moment: Pick<Moment, 'now'>;
  /** Ends every call of the store in time. */
  readonly signal: AbortSignal;
}

/**
 * What is shown of the canary under a call's key. What the clock has changed of it is written first, so that nothing is
 * another one at the same version; where that fails or loses a race it is shown as it stands, and the next read tries again.
 * Throws CanaryStoreError where it cannot be read.
 */
export async function readSettled({
  tools,
  key,
  moment,
  signal,
}: ReleaseRead & { readonly key: CanaryKey }): Promise<Canary | undefined> {
  const stored = await tools.store.getCanary(key, signal);
  if (stored === undefined || !isDue(stored, moment.now)) return stored;
  const within = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]);
  return await orElse(stored, async () => (await settle(tools.store, key, stored, moment.now, within)).canary);
}

/**
 * The same of a list, as it was read before: as it is read again where some of it was written, and else as it was. Throws
 * nothing of the store.
 */
export async function settledList(
  { tools, cluster, moment, signal }: ReleaseRead & { readonly cluster: string },
  list: CanaryList,
): Promise<CanaryList> {
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
