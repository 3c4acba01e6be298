import { dropOldest } from '../../http/bounded-map.ts';

/** What is to be done with a report: summed, kept as one that was sent before, or nothing, because it was summed here. */
export type Admission = 'sum' | 'keep' | 'done';

/** What an environment remembers of the reports of proxies, so that each is summed once. */
export interface RecentNumbers {
  admit(namespace: string, key: string, report: { readonly seq: number; readonly isAgain: boolean }): Admission;
  /** How many proxies are remembered. */
  size(): number;
}

/** 2 MB; the environment forgets the proxies of a larger fleet that it heard longest ago. */
const PROXIES_MAX = 20_000;

/**
 * Makes a memory of nothing: of each proxy the highest number that was summed here. Numbers rise, so a report that was not
 * sent before has a higher one, and a replay has not. One that was sent before and is not the last is kept, and who reads
 * the rows finds whether it was summed. Where there is no room the largest namespace gives way: no tenant takes another's.
 */
export function createRecentNumbers(most = PROXIES_MAX): RecentNumbers {
  const namespaces = new Map<string, Map<string, number>>();
  let size = 0;

  return {
    size: () => size,
    admit(namespace, key, { seq, isAgain }) {
      const last = namespaces.get(namespace)?.get(key) ?? 0;
      if (seq === last || (seq < last && !isAgain)) return 'done';
      if (isAgain) return 'keep';
      remember(namespace, key, seq);
      return 'sum';
    },
  };

  /** As the one that was heard last. */
  function remember(namespace: string, key: string, seq: number): void {
    if (namespaces.get(namespace)?.delete(key) === true) size--;
    if (size >= most) makeRoom();
    const own = namespaces.get(namespace) ?? new Map<string, number>();
    namespaces.set(namespace, own.set(key, seq));
    size++;
  }

  function makeRoom(): void {
    const [name, largest] = [...namespaces].reduce((one, other) => (other[1].size > one[1].size ? other : one));
    if (dropOldest(largest) !== undefined) size--;
    if (largest.size === 0) namespaces.delete(name);
  }
}
