import type { Canary } from '../../canary/canary.ts';
import { atVersion, versionAfter } from '../../canary/version-line.ts';
import type { ReleaseCall } from '../../releases/call.ts';
import { pauseFor } from './pause-for.ts';

/** What lost to the writes of other releases waits so long, in milliseconds, and longer after each: an abort comes first. */
const BEHIND_MS = 20;
/** As often a confirmation, or what a release keeps of its workloads, is tried: together a second and a half at most, of the four that a look has. */
export const NOTE_TRIES_MAX = 8;

/** What became of a move: there was nothing to write, it is written, or another writer was faster and the next look decides. */
export type Written = 'nothing' | 'written' | 'lost';

/**
 * Writes what is no transition: it is no entry of the history, and gives way to every other writer of the canary. Where only
 * the head has moved, by the releases beside it, it may be tried again: what proxies count before a confirmation is lost. Throws
 * CanaryStoreError.
 *
 * @param most how often it is tried
 */
export async function noteRelease(
  { tools, key, signal }: ReleaseCall,
  looked: Canary,
  next: Canary,
  most: number,
): Promise<Written> {
  const { store, random, pause = pauseFor } = tools;
  for (let tries = 1; ; tries++) {
    const head = await store.readHead(key.cluster, signal);
    const noted = atVersion(next, versionAfter(head, looked));
    const { outcome } = await store.writePhase(key.cluster, looked.metadata.resourceVersion, noted, signal);
    if (outcome === 'written') return 'written';
    if (outcome !== 'behind' || tries >= most || signal.aborted) return 'lost';
    await pause(BEHIND_MS * tries * (1 + random()), signal);
  }
}
