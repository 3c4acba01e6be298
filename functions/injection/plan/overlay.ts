import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { clashes } from '../../kubernetes/merge/clash.ts';
import { type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';
import { keyOf, saysTheSame } from '../../kubernetes/merge/same-values.ts';

/** Merges what a template adds, `patch`, into what earlier ones do, `target`, in place; answers the path of the first contradiction. */
export function overlay(
  target: Record<string, unknown>,
  patch: Json,
  rule: Rule | undefined,
  path: string,
): string | undefined {
  for (const [key, value] of Object.entries(patch)) {
    const at = path === '' ? key : `${path}.${key}`;
    const conflict = overlayField(target, key, value, ruleOf(rule, key), at);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function overlayField(
  target: Record<string, unknown>,
  key: string,
  value: unknown,
  rule: Rule | undefined,
  at: string,
): string | undefined {
  const current = own(target, key);
  if (clashes(target, key, value)) return at;
  if (isRecord(value) && (current === undefined || isRecord(current))) {
    const copy = { ...current };
    target[key] = copy;
    return overlay(copy, value, rule, at);
  }
  if (current === undefined) {
    target[key] = value;
    return undefined;
  }
  if (rule?.kind === 'list' && Array.isArray(current) && Array.isArray(value)) {
    const list = [...current];
    target[key] = list;
    return overlayList(list, value, rule, at);
  }
  return saysTheSame(current, value, rule) ? undefined : at;
}

function overlayList(
  list: unknown[],
  patch: readonly unknown[],
  rule: Rule & { kind: 'list' },
  at: string,
): string | undefined {
  for (const element of patch) {
    const key = keyOf(element, rule.key);
    const known = list.find((other) => key !== undefined && keyOf(other, rule.key) === key);
    if (known === undefined) list.push(element);
    else if (!saysTheSame(known, element, rule.element)) return `${at} ${key}`;
  }
  return undefined;
}
