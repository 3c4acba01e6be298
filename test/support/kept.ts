import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { isRecord } from '../../functions/json/faults.ts';
import { at } from './values.ts';

/** Throws where `after` lost or changed something of `before` that no template names. */
export function expectKept(before: unknown, after: unknown, named: readonly unknown[], path: string): void {
  if (isRecord(before) && isRecord(after)) {
    for (const [key, value] of Object.entries(before)) {
      const inner = named.map((n) => at(n, key)).filter((n) => n !== undefined);
      expectKept(value, Object.hasOwn(after, key) ? after[key] : undefined, inner, `${path}/${key}`);
    }
  } else if (named.length === 0) {
    if (!isDeepStrictEqual(after, before)) expect(after, path).toEqual(before);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    // Everything of the Pod's is there still, in its order: a list only ever grows.
    const kept = after.filter((element) =>
      before.some((own: unknown) => JSON.stringify(own) === JSON.stringify(element)),
    );
    for (const [i, element] of before.entries()) {
      if (!isDeepStrictEqual(kept[i], element)) expect(kept[i], `${path}/${i}`).toEqual(element);
    }
  }
}
