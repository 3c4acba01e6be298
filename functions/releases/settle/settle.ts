import type { Canary } from '../../canary/canary.ts';
import { isDue, isGone, settled } from '../../canary/settled.ts';
import type { CanaryKey, CanaryStore } from '../../canary/store.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { keyOf } from '../../table/keys.ts';

/** What writing down what the clock has changed needs of a store. */
export type SettleStore = Pick<CanaryStore, 'readHead' | 'writePhase' | 'remove'>;

/** What became of a canary that was due. */
export interface Settled {
  /** Whether it is another one than was read: by this write, or by that of another caller. */
  readonly hasMoved: boolean;
  /** Whether this call wrote it. */
  readonly isWritten: boolean;
  /** As it stands in the store; undefined where it is gone. */
  readonly canary: Canary | undefined;
}

/** How much is written at once, and as of when. */
export interface Settling {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Each write is a transaction. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** How many canaries were written, by what became of them, and how many another caller has written meanwhile. */
export interface SettledCanaries {
  readonly initialized: number;
  /** Tombstones that were taken away, with their claims. */
  readonly removed: number;
  readonly lost: number;
}

/**
 * Writes what the clock has changed of a canary, at a version that the write makes: one that is deleted and that no proxy
 * knows any more goes, and one whose proxies have learned it is `Initialized`. It is tried once, and gives way to every
 * other writer: what the clock has changed is still due then. No audit entry is left, since no caller has decided anything.
 * Throws CanaryStoreError.
 *
 * @param stored as it was read
 * @param now milliseconds since the epoch
 */
export async function settle(
  store: SettleStore,
  key: CanaryKey,
  stored: Canary,
  now: number,
  signal: AbortSignal,
): Promise<Settled> {
  if (!isDue(stored, now)) return { hasMoved: false, isWritten: false, canary: stored };
  const { resourceVersion } = stored.metadata;
  const next = isGone(stored, now) ? undefined : await initialized(store, key, stored, now, signal);
  const outcome =
    next === undefined
      ? await store.remove(key, resourceVersion, signal)
      : await store.writePhase(key.cluster, resourceVersion, next, signal);
  if (outcome.outcome === 'written') return { hasMoved: true, isWritten: true, canary: next };
  // Another caller has written it, perhaps the same.
  if (outcome.outcome === 'conflict') return { hasMoved: true, isWritten: false, canary: outcome.current };
  return { hasMoved: false, isWritten: false, canary: stored };
}

/** At the version after the head. What is awaited of proxies stays: no route moves by it, so they have nothing to follow. */
async function initialized(
  store: SettleStore,
  { cluster }: CanaryKey,
  stored: Canary,
  now: number,
  signal: AbortSignal,
): Promise<Canary> {
  const resourceVersion = String(versionAfter(await store.readHead(cluster, signal), stored));
  return { ...settled(stored, now), metadata: { ...stored.metadata, resourceVersion } };
}

/**
 * The same for those of many canaries that are due, one after the other: all of them move the one head of the Kubernetes
 * cluster. Throws CanaryStoreError.
 *
 * @param canaries all of the Kubernetes cluster, or those of a list
 */
export async function settleAll(
  store: SettleStore,
  cluster: string,
  canaries: readonly Canary[],
  { now, most, signal }: Settling,
): Promise<SettledCanaries> {
  const counts = { initialized: 0, removed: 0, lost: 0 };
  for (const canary of canaries.filter((one) => isDue(one, now)).slice(0, most)) {
    const { hasMoved, isWritten } = await settle(store, keyOf(cluster, canary), canary, now, signal);
    if (isWritten) counts[isGone(canary, now) ? 'removed' : 'initialized']++;
    else if (hasMoved) counts.lost++;
  }
  return counts;
}
