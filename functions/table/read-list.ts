import type { Canary } from '../canary/canary.ts';
import type { CanaryList, UnreadableCanary } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';
import { namesIn } from './keys.ts';

/**
 * Reads the rows of a listing, each for itself: one that cannot be read is named, and does not hold up the others.
 *
 * @param sortOf the row's sort key, which says whose it is when nothing else can
 * @param read throws CanaryStoreError with the field that is wrong
 */
export function readRows<T>(
  rows: readonly T[],
  sortOf: (row: T) => string,
  read: (row: T) => Canary,
): Pick<CanaryList, 'canaries' | 'unreadable'> {
  const canaries: Canary[] = [];
  const unreadable: UnreadableCanary[] = [];
  for (const row of rows) {
    try {
      canaries.push(read(row));
    } catch (error) {
      if (!(error instanceof CanaryStoreError)) throw error;
      unreadable.push({ ...namesIn(sortOf(row)), why: error.message });
    }
  }
  return { canaries, unreadable };
}
