import type { Canary } from '../canary/canary.ts';
import { clearGone } from '../canary/clear-gone.ts';
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
  await clearGone(tools.store, cluster, canaries, { now: moment.now, most: REMOVED_MAX, signal: within }).catch(
    (error: unknown) => {
      if (!(error instanceof CanaryStoreError)) throw error;
    },
  );
}
