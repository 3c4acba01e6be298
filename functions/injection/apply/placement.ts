import type { Operation } from 'fast-json-patch';
import { deepFreeze } from '../../json/freeze.ts';
import { add, child } from '../../kubernetes/json-patch.ts';
import { nameOf } from '../../kubernetes/pod.ts';
import type { Position } from '../../template/template.ts';
import type { PlacedContainer } from '../plan/plan.ts';

/** The operations that put containers into a list, or the name of a container that was to stand beside and is not there. */
export type Placed = { readonly operations: readonly Operation[] } | { readonly missing: string };

/**
 * Places containers into a list of the Pod: one operation for each, or one for all where the list is absent or empty.
 *
 * @param live the Pod's list; not changed
 * @param path the list's JSON Pointer, e.g. `/spec/initContainers`
 */
export function placeContainers(live: readonly unknown[], placed: readonly PlacedContainer[], path: string): Placed {
  const names = live.map(nameOf);
  const operations: Operation[] = [];
  const order: PlacedContainer[] = [];
  let first: string | undefined;
  for (const item of placed) {
    const { name } = item.container;
    if (!names.includes(name)) {
      const index = indexFor(item.position, names, first === undefined ? 0 : names.indexOf(first) + 1);
      if (index === undefined) return { missing: targetOf(item.position) };
      operations.push(insertion(item, index === names.length ? '-' : index, path));
      names.splice(index, 0, name);
      order.splice(index, 0, item);
    }
    // Several that go first keep their own order, whether they are there already or not.
    if (item.position === 'First') first = name;
  }
  if (operations.length === 0 || live.length > 0) return { operations };
  return { operations: [whole(placed, order, path)] };
}

/** Operations that were made before: a container's at each place, and whole lists. They are frozen, so shared. */
const insertions = new WeakMap<PlacedContainer, Map<number | '-', Operation>>();
const wholes = new WeakMap<readonly PlacedContainer[], Operation>();
/** Places remembered for one container; a Pod made to have more containers is not helped. */
const PLACES_MAX = 64;

function insertion(item: PlacedContainer, place: number | '-', path: string): Operation {
  const made = insertions.get(item) ?? new Map<number | '-', Operation>();
  const known = made.get(place);
  if (known !== undefined) return known;
  const operation = Object.freeze(add(child(path, place), item.container));
  if (made.size < PLACES_MAX) insertions.set(item, made.set(place, operation));
  return operation;
}

/** Into an absent or empty list all are placed, always in the same order. */
function whole(placed: readonly PlacedContainer[], order: readonly PlacedContainer[], path: string): Operation {
  const containers = order.map((item) => item.container);
  const operation = wholes.get(placed) ?? deepFreeze(add(path, containers));
  wholes.set(placed, operation);
  return operation;
}

function indexFor(position: Position, names: readonly (string | undefined)[], first: number): number | undefined {
  if (position === 'First') return first;
  if (position === 'Last') return names.length;
  const index = names.indexOf(targetOf(position));
  if (index === -1) return undefined;
  return 'before' in position ? index : index + 1;
}

function targetOf(position: Position): string {
  if (typeof position === 'string') return position;
  return 'before' in position ? position.before : position.after;
}
