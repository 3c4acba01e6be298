import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { sameQuantity } from '../quantity.ts';
import { type MergeKey, POINTERS, type Rule, ruleOf, type Union } from './rule.ts';

/**
 * Whether `live` holds all that `wanted` says. More is welcome: the API server fills in defaults, ServiceAccount
 * admission adds mounts, LimitRanger resources. Quantities are compared by value, keyed lists by key, other lists
 * element by element. What the API server leaves out when it writes JSON is covered by its absence.
 */
export function covers(live: unknown, wanted: unknown, rule: Rule | undefined): boolean {
  if (live === wanted) return true;
  if (live === undefined || live === null) return isOmitted('', wanted, undefined);
  if (rule?.kind === 'quantity') return sameQuantity(live, wanted);
  if (rule?.kind === 'intOrString') return isScalar(live) && isScalar(wanted) && String(live) === String(wanted);
  if (Array.isArray(wanted)) return Array.isArray(live) && coversList(live, wanted, rule);
  return isRecord(wanted) && isRecord(live) && coversMap(live, wanted, rule);
}

/** Whether two values mean the same, however they are written. */
export function saysTheSame(a: unknown, b: unknown, rule: Rule | undefined): boolean {
  return covers(a, b, rule) && covers(b, a, rule);
}

function coversMap(live: Json, wanted: Json, rule: Rule | undefined): boolean {
  if (rule?.kind === 'map' && rule.union !== undefined && !sameUnion(live, wanted, rule.union)) return false;
  return Object.entries(wanted).every(([key, value]) => {
    const current = own(live, key);
    if (current === undefined || current === null) return isOmitted(key, value, rule);
    return covers(current, value, ruleOf(rule, key));
  });
}

/** Whether both have the same field of a union: a hostPath is no emptyDir, a value from a secret no empty value. */
function sameUnion(live: Json, wanted: Json, union: Union): boolean {
  if (union.discriminator !== undefined) return true;
  const fieldsOf = (object: Json): string => membersOf(object, union).sort().join() || (union.fallback ?? '');
  const asked = fieldsOf(wanted);
  return asked === '' || fieldsOf(live) === asked;
}

/** The fields of an object that belong to its union, without those that are null. */
export function membersOf(object: Json, { only, except = [] }: Union): string[] {
  return Object.keys(object).filter(
    (key) => (only === undefined ? !except.includes(key) : only.includes(key)) && own(object, key) !== null,
  );
}

function coversList(live: readonly unknown[], wanted: readonly unknown[], rule: Rule | undefined): boolean {
  if (rule?.kind !== 'list') {
    const element = rule?.kind === 'atomic' ? rule.element : undefined;
    return live.length === wanted.length && wanted.every((item, i) => covers(live[i], item, element));
  }
  return wanted.every((item) => {
    const key = keyOf(item, rule.key);
    // Twins (legal in env and ports) are all looked at: any of them may be ours.
    return live.some((other) => keyOf(other, rule.key) === key && covers(other, item, rule.element));
  });
}

/** The merge key of a list element as one comparable text; undefined when it has none (legal for imagePullSecrets). */
export function keyOf(element: unknown, key: readonly MergeKey[]): string | undefined {
  const [only, second] = key;
  if (!isRecord(element)) return only === undefined && isScalar(element) ? JSON.stringify(element) : undefined;
  if (only === undefined) {
    const said = Object.entries(element).filter(([field, value]) => !isOmitted(field, value, undefined));
    return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const first = own(element, only.field) ?? only.fallback;
  if (first === undefined) return undefined;
  if (second !== undefined) return JSON.stringify([first, own(element, second.field) ?? second.fallback]);
  // The number 80 and the text "80" are different keys, as in kubectl.
  return typeof first === 'string' ? first : `\0${JSON.stringify(first)}`;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Whether the API server writes nothing for this value of this field, so that it can never be seen again. */
export function isOmitted(key: string, value: unknown, owner: Rule | undefined): boolean {
  if (owner?.kind === 'texts' || owner?.kind === 'quantities') return false;
  if (value === false || value === '' || value === 0) return !POINTERS.has(key);
  if (Array.isArray(value)) return value.length === 0;
  // An empty source of a volume is told from none by the union; elsewhere an empty map says nothing.
  return isRecord(value) && Object.keys(value).length === 0;
}
