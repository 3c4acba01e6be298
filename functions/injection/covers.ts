import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { sameQuantity } from '../template/quantity.ts';
import { type MergeKey, type Rule, ruleOf } from './merge-keys.ts';

/**
 * Whether `live` holds all that `wanted` says. More is welcome: the API server fills in defaults, ServiceAccount
 * admission adds mounts, LimitRanger resources. Quantities are compared by value, keyed lists by key, other lists
 * element by element. What the API server leaves out when it writes JSON (`false`, `""`, `0`, empty lists and maps)
 * is covered by its absence.
 */
export function covers(live: unknown, wanted: unknown, rule: Rule | undefined): boolean {
  if (live === wanted) return true;
  if (live === undefined || live === null) return isOmitted(wanted);
  if (rule?.kind === 'quantity') return sameQuantity(live, wanted);
  if (Array.isArray(wanted)) return Array.isArray(live) && coversList(live, wanted, rule);
  if (isRecord(wanted)) {
    return isRecord(live) && Object.entries(wanted).every(([k, v]) => covers(own(live, k), v, ruleOf(rule, k)));
  }
  return live === wanted;
}

function coversList(live: readonly unknown[], wanted: readonly unknown[], rule: Rule | undefined): boolean {
  if (rule?.kind !== 'list') {
    return live.length === wanted.length && wanted.every((item, i) => covers(live[i], item, undefined));
  }
  return wanted.every((item) => {
    const key = keyOf(item, rule.key);
    // Twins (legal in env and ports) are all looked at: any of them may be ours.
    return live.some((other) => keyOf(other, rule.key) === key && covers(other, item, rule.element));
  });
}

/** The merge key of a list element as one comparable text; undefined when it has none (legal for imagePullSecrets). */
export function keyOf(element: unknown, key: readonly MergeKey[]): string | undefined {
  if (!isRecord(element)) return undefined;
  const [only, second] = key;
  const first = only === undefined ? undefined : (own(element, only.field) ?? only.fallback);
  if (first === undefined || first === null) return undefined;
  if (second !== undefined) return JSON.stringify([first, own(element, second.field) ?? second.fallback]);
  // The number 80 and the text "80" are different keys, as in kubectl.
  return typeof first === 'string' ? first : `\0${JSON.stringify(first)}`;
}

function isOmitted(wanted: unknown): boolean {
  if (wanted === false || wanted === '' || wanted === 0) return true;
  return Array.isArray(wanted) ? wanted.length === 0 : isRecord(wanted) && Object.keys(wanted).length === 0;
}
