import { checkTime } from '../../canary/store-time.ts';
import { createKeptStores } from '../kept/kept-stores.ts';
import type { RowKey } from '../row-key.ts';
import type { Rows, Transact } from '../rows.ts';
import type { TableStore } from '../table-store.ts';
import { createRowEvidence } from './evidence.ts';
import { createRowFreezes } from './freezes.ts';
import { createRowKeptValues } from './kept-values.ts';
import { createRowProxyReports } from './proxy-reports.ts';
import { createRowStore } from './row-store.ts';

/**
 * Canaries, proxy and drift reports in this process alone; for tests.
 *
 * @param now milliseconds since the epoch
 */
export function createMemoryStore(now: () => number = Date.now): TableStore {
  let held = new Map<string, string>();
  const transact: Transact = async (mode, work, signal) => {
    checkTime(signal);
    // A copy: what a failed transaction changed is thrown away with it.
    const draft = mode === 'write' ? new Map(held) : held;
    const result = work(rowsOf(draft));
    held = draft;
    return result;
  };
  const newToken = (): string => crypto.randomUUID();
  return {
    ...createRowStore({ transact, now, newToken }),
    ...createRowProxyReports(transact, now),
    ...createRowEvidence(transact, now),
    ...createRowFreezes(transact),
    ...createKeptStores(createRowKeptValues(transact, now)),
  };
}

function rowsOf(map: Map<string, string>): Rows {
  const place = ({ partition, sort }: RowKey): string => `${partition}\n${sort}`;
  return {
    get: (key) => map.get(place(key)),
    put: (key, text) => void map.set(place(key), text),
    delete: (key) => void map.delete(place(key)),
    list: (range) => {
      const start = place({ partition: range.partition, sort: '' });
      const isIn = (at: string): boolean =>
        'prefix' in range ? at.startsWith(start + range.prefix) : start + range.from <= at && at <= start + range.to;
      const newestFirst = 'prefix' in range ? range.newestFirst : undefined;
      const found = [...map]
        .filter(([at]) => isIn(at))
        .map(([at, text]) => ({ sort: at.slice(start.length), text }))
        .sort((a, b) => (a.sort < b.sort ? -1 : 1));
      return newestFirst === undefined ? found : found.reverse().slice(0, newestFirst.limit);
    },
  };
}
