import type { Canary } from '../../canary/canary.ts';
import { isDue } from '../../canary/settled.ts';
import type { CanaryStore } from '../../canary/store.ts';
import { canariesInitialized, tombstonesCleared } from '../../events.ts';
import type { Log } from '../../log.ts';
import { type SettleStore, settleAll } from './settle.ts';

/** What writing down what the clock has changed works with. */
export interface SettleTools {
  readonly canaries: SettleStore & Pick<CanaryStore, 'listCanaries'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Writes per Kubernetes cluster and call; where more canaries are due at once, the last wait for the next call. */
const WRITTEN_MAX = 50;

/** The canaries that the clock has changed. @param now milliseconds since the epoch */
export function dueIn(canaries: readonly Canary[], now: number): readonly Canary[] {
  return canaries.filter((canary) => isDue(canary, now));
}

/**
 * Writes what the clock has changed of canaries of a Kubernetes cluster: `Initialized` where proxies have learned a
 * canary, and tombstones that are due are cleared away. What is written is logged, of each kind the number. Throws
 * CanaryStoreError.
 *
 * @param canaries as they were read
 */
export async function settleCluster(
  { canaries: store, log, now }: SettleTools,
  cluster: string,
  canaries: readonly Canary[],
  signal: AbortSignal,
): Promise<void> {
  const { initialized, removed } = await settleAll(store, cluster, canaries, { now: now(), most: WRITTEN_MAX, signal });
  if (initialized > 0) log(canariesInitialized, { cluster, canaries: initialized });
  if (removed > 0) log(tombstonesCleared, { cluster, tombstones: removed });
}
