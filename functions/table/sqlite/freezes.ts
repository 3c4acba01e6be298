import type { FreezeStore } from '../../canary/freeze/freeze-store.ts';
import { freezeKey, freezesFor, freezesOf, readFreeze } from '../freezes.ts';
import type { RowKey } from '../row-key.ts';
import type { RowRange, Rows, Transact } from '../rows.ts';
import { writeStored } from '../stored.ts';

/** The freezes on rows with transactions: one row each. */
export function createRowFreezes(transact: Transact): FreezeStore {
  const list = (rows: Rows, ranges: readonly RowRange[]) =>
    ranges.flatMap((range) => rows.list(range).map(({ sort, text }) => readFreeze(text, sort)));
  return {
    listFreezes: (place, signal) => transact('read', (rows) => list(rows, [freezesOf(place)]), signal),
    readFreezes: (cluster, signal) => transact('read', (rows) => list(rows, freezesFor(cluster)), signal),
    getFreeze: (place, name, signal) => {
      const key = freezeKey(place, name);
      return transact('read', (rows) => optional(rows, key), signal);
    },
    putFreeze: (place, freeze, expected, signal) => {
      const key = freezeKey(place, freeze.metadata.name);
      const text = writeStored('freeze', freeze);
      return transact(
        'write',
        (rows) => {
          if (optional(rows, key)?.metadata.resourceVersion !== expected) return 'conflict';
          rows.put(key, text);
          return 'written';
        },
        signal,
      );
    },
    deleteFreeze: (place, name, signal) => {
      const key = freezeKey(place, name);
      return transact(
        'write',
        (rows) => {
          const isThere = rows.get(key) !== undefined;
          rows.delete(key);
          return isThere;
        },
        signal,
      );
    },
  };
}

function optional(rows: Rows, key: RowKey): ReturnType<typeof readFreeze> | undefined {
  const text = rows.get(key);
  return text === undefined ? undefined : readFreeze(text, key.sort);
}
