import type { Freeze } from './freeze.ts';
import { freezeSentence } from './freeze-sentence.ts';
import { freezeInForce } from './in-force.ts';

/** What a release waits for: a code, and a sentence for people. No deadline counts it. */
export interface FreezeWait {
  readonly reason: 'Frozen' | 'FreezesUnreadable';
  readonly sentence: string;
}

/** Freezes of a look: all that can hold a namespace; `unreadable` where they could not be read. */
export type ReadFreezes = readonly Freeze[] | 'unreadable';

/**
 * What keeps releases of a namespace from a larger share; undefined where nothing does. Nothing bounds the wait: it is no wait
 * for machines.
 *
 * @param now milliseconds since the epoch
 */
export function freezeWait(freezes: ReadFreezes, namespace: string, now: number): FreezeWait | undefined {
  if (freezes === 'unreadable') {
    const sentence = 'whether a freeze is in force cannot be read: no share is raised until it can';
    return { reason: 'FreezesUnreadable', sentence };
  }
  const found = freezeInForce(freezes, namespace, now);
  return found === undefined ? undefined : { reason: 'Frozen', sentence: freezeSentence(found) };
}
