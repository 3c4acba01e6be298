import { isDeepStrictEqual } from 'node:util';
import type { RecordDocument } from './record-store.ts';

/** Whether two records say the same. */
export function isSameRecord(one: RecordDocument | undefined, other: RecordDocument | undefined): boolean {
  return isDeepStrictEqual(one, other);
}

/**
 * A record with another writer's change in it: the fields that differ between what that writer read and what it wrote.
 *
 * @param before what it read
 * @param after what it wrote
 */
export function withChangeOf(
  record: RecordDocument | undefined,
  before: RecordDocument | undefined,
  after: RecordDocument,
): RecordDocument {
  const changed = new Map(Object.entries(record ?? {}));
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  for (const key of keys) {
    const [was, is] = [fieldOf(before, key), fieldOf(after, key)];
    if (isDeepStrictEqual(was, is)) continue;
    if (is === undefined) changed.delete(key);
    else changed.set(key, is);
  }
  return Object.fromEntries(changed);
}

function fieldOf(record: RecordDocument | undefined, key: string): unknown {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
