import type { Operation } from 'fast-json-patch';
import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { covers, keyOf } from './covers.ts';
import { type CompiledField, type CompiledList, compileFields, compileMap } from './merge-compile.ts';
import type { Rule } from './merge-rule.ts';
import { child, replace } from './patch.ts';

type Json = Readonly<Record<string, unknown>>;

/** Asked about an element of a keyed list that is there but says something else: keep the Pod's (true) or not. */
export type KeepElement = (path: string, key: string, live: unknown) => boolean;

/**
 * Merges a template's map into the Pod's by Kubernetes' strategic merge rules and emits the operations while it goes:
 * the Pod is neither copied nor compared as a whole. An absent parent is created with all that goes into it by one
 * operation; a list element is appended (Kubernetes' own merge puts it in front, which changes `$(VAR)` expansion and
 * the default container); a value that says the same in other words is left alone.
 *
 * @param live the Pod's map at `path`
 * @param wanted what a template adds; compiled once and remembered, so it must not change
 * @param keep decides about list elements of the same key and other content; otherwise they are merged
 */
export function mergeMap(live: Json, wanted: Json, rule: Rule, path: string, keep: KeepElement): Operation[] {
  const operations: Operation[] = [];
  mergeFields(live, compileMap(wanted, rule, path), keep, operations);
  return operations;
}

function mergeFields(live: Json, fields: readonly CompiledField[], keep: KeepElement, operations: Operation[]): void {
  for (const field of fields) {
    const current = own(live, field.key);
    if (current === undefined || current === null) {
      if (!field.isNothing) operations.push(field.add);
    } else if (field.fields !== undefined && isRecord(current)) {
      mergeFields(current, field.fields, keep, operations);
    } else if (field.list !== undefined && Array.isArray(current)) {
      mergeList(current, field.list, keep, operations);
    } else if (!covers(current, field.value, field.rule)) {
      operations.push(field.replace);
    }
  }
}

function mergeList(live: readonly unknown[], list: CompiledList, keep: KeepElement, operations: Operation[]): void {
  for (const { key, value, append } of list.elements) {
    // The first of twins stands for all: both are the Pod's own. Few elements are wanted, so no index is built.
    const index = key === undefined ? -1 : live.findIndex((other) => keyOf(other, list.key) === key);
    const current = live[index];
    if (key === undefined || index === -1) {
      operations.push(append);
    } else if (!covers(current, value, list.element) && !keep(list.path, key, current)) {
      const at = child(list.path, index);
      const isMaps = isRecord(current) && isRecord(value);
      if (isMaps) mergeFields(current, compileFields(value, list.element, at), keep, operations);
      else operations.push(replace(at, value));
    }
  }
}
