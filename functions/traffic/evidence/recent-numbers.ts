import { dropOldest } from '../../http/bounded-map.ts';

/** What is to be done with a report: summed, kept as one that was sent before, or nothing, because it was done. */
export type Admission = 'sum' | 'keep' | 'done';

/** What an environment remembers of the reports of proxies, so that each is summed once. */
export interface RecentNumbers {
  admit(namespace: string, key: string, report: { readonly seq: number; readonly isAgain: boolean }): Admission;
  /** How many proxies are remembered. */
  size(): number;
}

interface Recent {
  /** The highest `seq` that was summed here. */
  last: number;
  /** The last ones that were summed or kept here, oldest first. */
  readonly lately: number[];
}

/** 4 MB; the environment forgets the proxies of a larger fleet that it heard longest ago. */
const PROXIES_MAX = 20_000;
/** A report is sent again until a poll is answered, and the sidecar stops at 8 KB of them. */
const LATELY_MAX = 8;

/**
 * Makes a memory of nothing. The numbers of a proxy rise, so a report that was not sent before has a higher one than all
 * that were summed; a replay has not. Where there is no room the largest namespace gives way: no tenant takes another's.
 */
export function createRecentNumbers(most = PROXIES_MAX): RecentNumbers {
  const namespaces = new Map<string, Map<string, Recent>>();
  let size = 0;

  return {
    size: () => size,
    admit(namespace, key, { seq, isAgain }) {
      const recent = recentOf(namespace, key);
      if (recent.lately.includes(seq) || (!isAgain && seq <= recent.last)) return 'done';
      if (recent.lately.push(seq) > LATELY_MAX) recent.lately.shift();
      if (isAgain) return 'keep';
      recent.last = seq;
      return 'sum';
    },
  };

  /** The proxy's, as the one that was heard last. */
  function recentOf(namespace: string, key: string): Recent {
    const own = namespaces.get(namespace) ?? new Map<string, Recent>();
    namespaces.set(namespace, own);
    const known = own.get(key);
    if (known === undefined && size >= most) makeRoom();
    const recent = known ?? { last: 0, lately: [] };
    if (!own.delete(key)) size++;
    own.set(key, recent);
    namespaces.set(namespace, own);
    return recent;
  }

  function makeRoom(): void {
    const [name, largest] = [...namespaces].reduce((most, other) => (other[1].size > most[1].size ? other : most));
    if (dropOldest(largest) !== undefined) size--;
    if (largest.size === 0) namespaces.delete(name);
  }
}
