import type { Check } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import {
  DELETE_FROM,
  ELEMENT_ORDER,
  isDirective,
  isMarker,
  PATCH,
  RETAIN_KEYS,
} from '../../kubernetes/merge/directives.ts';
import { type MergeKey, type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';

/** Checks a directive that stands in a map (which is no element that speaks about its list, see `checkMarker`). */
export function checkDirective(check: Check, key: string, map: Json, rule: Rule | undefined, path: string): void {
  if (key === PATCH) {
    if (map[key] !== 'merge') check.fault(path, 'must be merge, replace or delete');
  } else if (key === RETAIN_KEYS) {
    checkRetainKeys(check, map, path);
  } else if (key.startsWith(ELEMENT_ORDER)) {
    checkOrder(check, map, key, ruleOf(rule, key.slice(ELEMENT_ORDER.length)), path);
  } else if (key.startsWith(DELETE_FROM)) {
    checkDeleteFrom(check, map, key, ruleOf(rule, key.slice(DELETE_FROM.length)), path);
  } else {
    check.fault(path, 'is no merge directive that Kubernetes knows');
  }
}

function checkRetainKeys(check: Check, map: Json, path: string): void {
  const kept: unknown = map[RETAIN_KEYS];
  if (!Array.isArray(kept) || !kept.every((key) => typeof key === 'string')) {
    check.fault(path, 'must be a list of field names');
    return;
  }
  const set = Object.entries(map).flatMap(([key, value]) => (isDirective(key) || value === null ? [] : [key]));
  const lost = set.find((key) => !kept.includes(key));
  if (lost !== undefined) check.fault(path, `must list ${lost} too, which is set beside it`);
}

function checkOrder(check: Check, map: Json, key: string, rule: Rule | undefined, path: string): void {
  const list = key.slice(ELEMENT_ORDER.length);
  const order: unknown = map[key];
  if (rule?.kind !== 'list' || ['containers', 'initContainers', 'tolerations'].includes(list)) {
    const instead = list.endsWith('ontainers') ? '; spec.placement says where containers go' : '';
    check.fault(path, `${list} is no list that is merged by a key${instead}`);
  } else if (!Array.isArray(order) || !order.every((element) => nameOf(element, rule.key) !== undefined)) {
    check.fault(path, 'must be a list of the keys of elements, such as [{name: a}, {name: b}]');
  } else {
    const names = order.map((element) => nameOf(element, rule.key));
    const elements: unknown = map[list];
    const set = (Array.isArray(elements) ? elements : []).filter((element) => !isMarker(element));
    const places = set.map((element) => names.indexOf(nameOf(element, rule.key)));
    const isInOrder = places.every((place, i) => place > (places[i - 1] ?? -1));
    if (!isInOrder) check.fault(path, `must name every element of ${list} that is set, in the same order`);
  }
}

/** The first field of the key, as text that tells 80 from "80"; a scalar itself. */
function nameOf(element: unknown, [first]: readonly MergeKey[]): string | undefined {
  const field: unknown = isRecord(element) && first !== undefined ? element[first.field] : undefined;
  const name = first === undefined ? element : field;
  return typeof name === 'string' || typeof name === 'number' ? JSON.stringify(name) : undefined;
}

function checkDeleteFrom(check: Check, map: Json, key: string, rule: Rule | undefined, path: string): void {
  const list = key.slice(DELETE_FROM.length);
  const values: unknown = map[key];
  const isOfMaps = rule !== undefined && !(rule.kind === 'list' && rule.element.kind === 'scalar');
  if (!Array.isArray(values) || !values.every((v) => typeof v === 'string' || typeof v === 'number')) {
    check.fault(path, 'must be a list of texts or numbers');
  } else if (isOfMaps || list === '') {
    check.fault(path, `${list} is no list of texts or numbers; its elements go by $patch: delete`);
  } else if (isBothWays(map[list], values)) {
    check.fault(path, `takes away what ${list} adds`);
  } else if (Object.hasOwn(map, list) && rule === undefined) {
    check.fault(path, `${list} is set as well, which replaces it whole: kubectl does either, by chance`);
  }
}

/** Whether a list adds one of the values that go. */
function isBothWays(list: unknown, values: readonly unknown[]): boolean {
  return Array.isArray(list) && list.some((value) => values.includes(value));
}

/** Checks an element of a list that deletes another or replaces the list (`$patch: delete`, `$patch: replace`). */
export function checkMarker(
  check: Check,
  element: Json,
  { key }: Rule & { kind: 'list' },
  path: string,
  { isReplaced, isVolumes }: { readonly isReplaced: boolean; readonly isVolumes: boolean },
): void {
  const others = Object.keys(element).filter((field) => field !== PATCH);
  if (element[PATCH] === 'replace') {
    if (isVolumes) check.fault(path, 'would take away the volumes that the Pod brings');
    if (others.length > 0) {
      check.fault(path, 'would empty the whole list (as in kubectl): {$patch: replace} must be an element of its own');
    }
  } else if (isReplaced) {
    check.fault(path, 'deletes from a list that is replaced whole');
  } else if (key[0] === undefined) {
    check.fault(path, 'cannot be deleted: the list has no merge key');
  } else if (!Object.hasOwn(element, key[0].field)) {
    check.fault(path, `must name the ${key[0].field} of the element that goes`);
  } else if (others.some((field) => !key.some((k) => k.field === field))) {
    check.fault(path, 'may name only the key of the element that goes');
  }
}
