import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { child, move } from '../json-patch.ts';
import { orderKeyOf } from './compile.ts';
import type { MergeKey } from './rule.ts';

/**
 * Whether an element has the key that a `$patch: delete` names. Fields of the key that it does not name match all: a port
 * without protocol means TCP and UDP, as in Kubernetes, whose key is the number alone.
 */
export function isNamedBy(element: unknown, named: Json, key: readonly MergeKey[]): boolean {
  if (!isRecord(element)) return false;
  const fields = key.filter(({ field }) => Object.hasOwn(named, field));
  return fields.length > 0 && fields.every(({ field, fallback }) => (own(element, field) ?? fallback) === named[field]);
}

/**
 * The moves that bring a list into the order of `$setElementOrder`: the elements that it names in its order, those that
 * only the Pod has where they stood in relation to them (normalizeElementOrder and mergeSortedSlice of apimachinery's
 * pkg/util/strategicpatch/patch.go). Elements are moved, never written again.
 *
 * @param now the list as it is after all other operations
 * @param before the list as the Pod brought it
 * @param order the keys in their order
 */
export function orderMoves(
  now: readonly unknown[],
  before: readonly unknown[],
  order: readonly (string | undefined)[],
  key: readonly MergeKey[],
  path: string,
): Operation[] {
  const known = new Map<string | undefined, number>();
  // From the end: of twins the first counts.
  for (const [i, element] of [...before.entries()].reverse()) known.set(orderKeyOf(element, key), i);
  const items = now.map((element, at) => {
    const name = orderKeyOf(element, key);
    const place = order.indexOf(name);
    return { at, place, before: name === undefined ? at : known.get(name) };
  });
  const ordered = items.filter((item) => item.place !== -1).sort((a, b) => a.place - b.place);
  const others = items.filter((item) => item.place === -1);
  const final: number[] = [];
  while (ordered[0] !== undefined || others[0] !== undefined) {
    const [next, other] = [ordered[0], others[0]];
    const isOther =
      other !== undefined &&
      (next === undefined || (other.before !== undefined && next.before !== undefined && other.before < next.before));
    const item = isOther ? others.shift() : ordered.shift();
    if (item !== undefined) final.push(item.at);
  }
  return movesTo(final, path);
}

/** Selection: each element is moved to its place from behind it, at most once. */
function movesTo(final: readonly number[], path: string): Operation[] {
  const now = [...final].sort((a, b) => a - b);
  return final.flatMap((element, to) => {
    const from = now.indexOf(element, to);
    if (from === to) return [];
    now.splice(to, 0, ...now.splice(from, 1));
    return [move(child(path, from), child(path, to))];
  });
}
