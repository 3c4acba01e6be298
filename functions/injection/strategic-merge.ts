import type { Operation } from 'fast-json-patch';
import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { covers, keyOf } from './covers.ts';
import { type Rule, ruleOf } from './merge-keys.ts';
import { add, child, replace } from './patch.ts';

type Json = Readonly<Record<string, unknown>>;

/** These booleans are no pointers in PodSpec: `false` is their absence, and the API server never writes it. */
const ABSENT_WHEN_FALSE = ['hostNetwork', 'hostPID', 'hostIPC'];

/** Asked about an element of a keyed list that is there but says something else: keep the Pod's (true) or not. */
export type KeepElement = (path: string, key: string, live: unknown) => boolean;

/**
 * Merges a template's map into the Pod's by Kubernetes' strategic merge rules and emits the operations while it goes:
 * the Pod is neither copied nor compared as a whole. An absent parent is created with all that goes into it by one
 * operation; a list element is appended (Kubernetes' own merge puts it in front, which changes `$(VAR)` expansion and
 * the default container); a value that says the same in other words is left alone.
 *
 * @param live the Pod's map at `path`
 * @param keep decides about list elements of the same key and other content; otherwise the element is replaced
 */
export function mergeMap(live: Json, wanted: Json, rule: Rule, path: string, keep: KeepElement): Operation[] {
  return Object.entries(wanted).flatMap(([key, value]) => {
    const at = child(path, key);
    const fieldRule = ruleOf(rule, key);
    const current = own(live, key);
    if (current === undefined || current === null) return isNothing(key, value) ? [] : [add(at, value)];
    if (isRecord(value) && isRecord(current)) {
      return mergeMap(current, value, fieldRule ?? { kind: 'map', fields: {} }, at, keep);
    }
    if (fieldRule?.kind === 'list' && Array.isArray(value) && Array.isArray(current)) {
      return mergeList(current, value, fieldRule, at, keep);
    }
    return covers(current, value, fieldRule) ? [] : [replace(at, value)];
  });
}

function mergeList(
  live: readonly unknown[],
  wanted: readonly unknown[],
  rule: Rule & { kind: 'list' },
  path: string,
  keep: KeepElement,
): Operation[] {
  const indexes = new Map<string, number>();
  for (const [i, element] of live.entries()) {
    const key = keyOf(element, rule.key);
    // The first of twins stands for all: both are the Pod's own.
    if (key !== undefined && !indexes.has(key)) indexes.set(key, i);
  }
  return wanted.flatMap((element) => {
    const key = keyOf(element, rule.key);
    const index = key === undefined ? undefined : indexes.get(key);
    if (key === undefined || index === undefined) return [add(child(path, '-'), element)];
    const current = live[index];
    if (covers(current, element, rule.element) || keep(path, key, current)) return [];
    return [replace(child(path, index), element)];
  });
}

/** What the API server drops when it writes a Pod: adding it would never come to rest. */
function isNothing(key: string, value: unknown): boolean {
  if (value === false) return ABSENT_WHEN_FALSE.includes(key);
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || (isRecord(value) && Object.keys(value).length === 0);
}
