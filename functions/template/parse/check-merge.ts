import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { checkField, checkJson, NESTING_MAX, refuseBadQuantity } from '../../kubernetes/json-values.ts';
import { isDirective, isMarker, PATCH, RETAIN_KEYS } from '../../kubernetes/merge/directives.ts';
import { isNamedBy } from '../../kubernetes/merge/order.ts';
import { type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';
import { keyOf } from '../../kubernetes/merge/same-values.ts';
import { checkDirective, checkMarker } from './check-directives.ts';

/** Fields of a PodSpec that the API server fills in again, so that a deletion would never come to rest. */
const DEFAULTED = [
  ...['restartPolicy', 'terminationGracePeriodSeconds', 'dnsPolicy', 'schedulerName', 'enableServiceLinks', 'priority'],
  ...['serviceAccountName', 'serviceAccount', 'preemptionPolicy', 'tolerations'],
];
/** What no template may take away as a whole. */
const KEPT = ['volumes', 'containers', 'initContainers'];

/**
 * Checks a fragment that is merged into a part of a Pod: like `checkJson`, but with Kubernetes' merge directives and null
 * (which deletes) where they are understood, which is in maps, and in elements of lists that have a merge key. Where
 * kubectl has a trap (research/peers.md §2) the sentence says what it is.
 */
export function checkMerge(check: Check, fragment: Json, rule: Rule, path: string): void {
  const whole = [PATCH, RETAIN_KEYS].filter((key) => Object.hasOwn(fragment, key));
  for (const key of whole) check.fault(`${path}.${key}`, 'is not allowed here: it would empty the whole Pod');
  if (whole.length === 0) checkMap(check, fragment, rule, path, 0);
}

/** `checkMerge` for a PodSpec, of which some fields must not go. */
export function checkSpecMerge(check: Check, spec: Json, rule: Rule, path: string): void {
  for (const [key, value] of Object.entries(spec)) {
    if (value !== null) continue;
    if (DEFAULTED.includes(key)) check.fault(`${path}.${key}`, 'null: the API server would fill its default in again');
    if (KEPT.includes(key)) check.fault(`${path}.${key}`, 'null would take away what the Pod needs');
  }
  checkMerge(check, spec, rule, path);
}

function checkMap(check: Check, map: Json, rule: Rule | undefined, path: string, depth: number): void {
  if (depth > NESTING_MAX) {
    check.fault(path, `nests deeper than ${NESTING_MAX} levels`);
  } else if (own(map, PATCH) === 'replace' || own(map, PATCH) === 'delete') {
    checkWhole(check, map, path, depth);
  } else {
    for (const [key, value] of Object.entries(map)) {
      if (isDirective(key)) checkDirective(check, key, map, rule, `${path}.${key}`);
      else checkValue(check, key, value, ruleOf(rule, key), `${path}.${key}`, depth + 1);
    }
  }
}

/** A map that replaces the Pod's whole, or goes: nothing inside it is merged, so kubectl would write directives down. */
function checkWhole(check: Check, map: Json, path: string, depth: number): void {
  const { [PATCH]: word, ...rest } = map;
  if (word === 'delete' && Object.keys(rest).length > 0) {
    check.fault(`${path}.${PATCH}`, 'delete takes the whole map away, so nothing may be set beside it');
  }
  for (const [key, value] of Object.entries(rest)) checkField(check, key, value, `${path}.${key}`, depth + 1);
}

function checkValue(
  check: Check,
  key: string,
  value: unknown,
  rule: Rule | undefined,
  path: string,
  depth: number,
): void {
  if (value === null || key === '__proto__') {
    if (key === '__proto__') check.fault(path, 'is not a field name');
  } else if (isRecord(value)) {
    if (rule?.kind === 'quantities') checkQuantities(check, value, path);
    checkMap(check, value, rule, path, depth);
  } else if (Array.isArray(value) && rule?.kind === 'list') {
    checkList(check, value, rule, path, depth);
  } else {
    checkField(check, key, value, path, depth);
  }
}

function checkQuantities(check: Check, quantities: Json, path: string): void {
  for (const [name, quantity] of Object.entries(quantities)) {
    if (quantity !== null && !isDirective(name)) refuseBadQuantity(check, quantity, `${path}.${name}`);
  }
}

function checkList(
  check: Check,
  list: readonly unknown[],
  rule: Rule & { kind: 'list' },
  path: string,
  depth: number,
): void {
  const seen = new Set<string>();
  const isReplaced = list.some((element) => isRecord(element) && element[PATCH] === 'replace');
  const isVolumes = path.endsWith('.spec.volumes');
  const added = list.filter((element) => !isMarker(element));
  for (const [i, element] of list.entries()) {
    const at = `${path}[${i}]`;
    if (isRecord(element) && element[PATCH] === 'delete' && added.some((a) => isNamedBy(a, element, rule.key))) {
      check.fault(at, 'takes away what the same list adds; kubectl would do either, by chance');
    }
    if (isMarker(element) && isRecord(element)) {
      checkMarker(check, element, rule, at, { isReplaced, isVolumes });
      continue;
    }
    // Other checks know more of volumes, their names among it.
    if (!isVolumes) checkKey(check, element, rule, at, seen);
    if (!isRecord(element) || isReplaced || rule.key.length === 0) checkJson(check, element, at, depth + 1);
    else if (isVolumes) checkVolume(check, element, rule, at, depth + 1);
    else checkMap(check, element, rule.element, at, depth + 1);
  }
}

/** By its key an element meets the Pod's; `seen` has those of the elements before it. */
function checkKey(check: Check, element: unknown, rule: Rule & { kind: 'list' }, at: string, seen: Set<string>): void {
  const key = keyOf(element, rule.key);
  if (key === undefined && isRecord(element)) {
    check.fault(at, `has no ${rule.key[0]?.field}, by which the list is merged`);
  } else if (key !== undefined && seen.has(key)) {
    check.fault(at, 'has the key of an earlier element: kubectl would make one of both, or not, as the Pod has it');
  }
  if (key !== undefined) seen.add(key);
}

/** The Pod's own volumes are never changed, so a directive inside one could only mislead. */
function checkVolume(check: Check, volume: Json, rule: Rule & { kind: 'list' }, at: string, depth: number): void {
  const { [RETAIN_KEYS]: retained, ...fields } = volume;
  if (retained === undefined) {
    checkJson(check, volume, at, depth);
  } else {
    checkDirective(check, RETAIN_KEYS, volume, rule.element, `${at}.${RETAIN_KEYS}`);
    checkJson(check, fields, at, depth);
  }
}
