import type { Kept, KeptValues } from '../kept/kept.ts';
import type { Rows, Transact } from '../rows.ts';
import { parseJson, writeStored } from '../stored.ts';

/**
 * Kept values on rows with transactions: one row each.
 *
 * @param now milliseconds since the epoch
 */
export function createRowKeptValues(transact: Transact, now: () => number): KeptValues {
  return {
    write: async (kept, of, value, signal) => {
      const row = kept.keyOf(of);
      const text = writeStored(kept.title, value);
      await transact(
        'write',
        (rows) => {
          const last = decoded(rows, kept, of);
          if (last === undefined || givesWay(kept, last, value, now())) rows.put(row, text);
        },
        signal,
      );
    },
    read: async (kept, of, signal) => {
      const value = await transact('read', (rows) => decoded(rows, kept, of), signal);
      return value === undefined || kept.isCurrent?.(value, now()) === false ? undefined : value;
    },
  };
}

function decoded<Of, T>(rows: Rows, kept: Kept<Of, T>, of: Of): T | undefined {
  return kept.decode(parseJson(rows.get(kept.keyOf(of))));
}

function givesWay<T>(kept: Kept<never, T>, last: T, fresh: T, now: number): boolean {
  const numbers = kept.numbersOf(last);
  return kept.givesWay(fresh, now).some(({ number, is, than }) => {
    const value = numbers[number] ?? Number.NaN;
    if (is === '<=') return value <= than;
    return is === '<' ? value < than : value > than;
  });
}
