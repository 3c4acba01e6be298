import type { MoveOperation, RemoveOperation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { clearedKeys } from '../../kubernetes/merge/clear.ts';
import { DELETE_FROM, ELEMENT_ORDER, isDeleted, PATCH } from '../../kubernetes/merge/directives.ts';
import { POD } from '../../kubernetes/merge/merge-keys.ts';
import { isNamedBy } from '../../kubernetes/merge/order.ts';
import { type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';
import { keyOf } from '../../kubernetes/merge/same-values.ts';
import type { RawPod } from '../../kubernetes/pod.ts';

/** A place in the Pod, and what the template says about it. */
interface Place {
  readonly live: unknown;
  readonly wanted: unknown;
  readonly rule: Rule | undefined;
}

/**
 * Whether a template's directives ask for this very removal or move, given the Pod as it is before the operation: a field
 * that is null or `$patch: delete`, one that `$retainKeys` does not list or that loses a union, an element that is
 * deleted, a value of `$deleteFromPrimitiveList`; moves within a list of `$setElementOrder`.
 */
export function isDirected(pod: RawPod, fragment: unknown, operation: RemoveOperation | MoveOperation): boolean {
  const path = segmentsOf(operation.path);
  const last = path.at(-1) ?? '';
  const root = { live: pod, wanted: fragment, rule: POD };
  if (operation.op === 'remove' && isRemovable(placeAt(root, path.slice(0, -1)), last)) return true;
  // What is left speaks of an element of a list, in the map that holds the list.
  if (!/^\d+$/.test(last)) return false;
  const list = path.at(-2) ?? '';
  const holder = placeAt(root, path.slice(0, -2));
  if (operation.op === 'move') {
    const isWithin = segmentsOf(operation.from).slice(0, -1).join('/') === path.slice(0, -1).join('/');
    return isWithin && Array.isArray(fieldOf(holder.wanted, ELEMENT_ORDER + list));
  }
  const values = fieldOf(holder.wanted, DELETE_FROM + list);
  const live = fieldOf(holder.live, list);
  return Array.isArray(values) && Array.isArray(live) && values.includes(live[Number(last)]);
}

function isRemovable({ live, wanted, rule }: Place, key: string): boolean {
  if (isRecord(wanted) && isRecord(live)) {
    return (Object.hasOwn(wanted, key) && isDeleted(wanted[key])) || clearedKeys(live, wanted, rule).includes(key);
  }
  if (!Array.isArray(wanted) || !Array.isArray(live) || rule?.kind !== 'list') return false;
  const deleted = wanted.filter(isRecord).filter((element) => element[PATCH] === 'delete');
  return deleted.some((element) => isNamedBy(live[Number(key)], element, rule.key));
}

/** The segments of a JSON Pointer, unescaped. */
export function segmentsOf(pointer: string): string[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Goes down both sides at once; nothing is wanted where the template does not speak of the place. */
function placeAt(root: Place, path: readonly string[]): Place {
  return path.reduce(step, root);
}

function step({ live, wanted, rule }: Place, segment: string): Place {
  if (Array.isArray(live) && Array.isArray(wanted) && rule?.kind === 'list') {
    const element: unknown = live[Number(segment)];
    const key = keyOf(element, rule.key);
    const same: unknown = wanted.find((other) => key !== undefined && keyOf(other, rule.key) === key);
    return { live: element, wanted: same, rule: rule.element };
  }
  return { live: fieldOf(live, segment), wanted: fieldOf(wanted, segment), rule: ruleOf(rule, segment) };
}

function fieldOf(owner: unknown, key: string): unknown {
  return isRecord(owner) ? own(owner, key) : undefined;
}
