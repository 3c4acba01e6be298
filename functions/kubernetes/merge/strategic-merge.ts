import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { child, remove, replace } from '../json-patch.ts';
import { clearedKeys } from './clear.ts';
import { compileFields, compileMap } from './compile.ts';
import type { CompiledElement, CompiledField, CompiledList, CompiledMap, Edit } from './compiled.ts';
import { isNamedBy, orderMoves } from './order.ts';
import type { Rule } from './rule.ts';
import { covers, keyOf, saysTheSame } from './same-values.ts';

/**
 * Asked about what is there but says something else, an element of a keyed list by its key or a field by its name:
 * keep the Pod's (true) or not. `path` is that of the list or map round it.
 */
export type KeepElement = (path: string, key: string, live: unknown) => boolean;

/**
 * Merges a template's map into the Pod's by Kubernetes' strategic merge rules and emits the operations while it goes:
 * the Pod is neither copied nor compared as a whole. An absent parent is created with all that goes into it by one
 * operation; a list element is appended (Kubernetes' own merge puts it in front, which changes `$(VAR)` expansion and
 * the default container); a value that says the same in other words is left alone. No operation holds a value of the
 * Pod's own, so numbers that JavaScript cannot hold pass by.
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

function mergeFields(live: Json, map: CompiledMap, keep: KeepElement, operations: Operation[]): void {
  if (map.clears !== undefined) {
    const cleared = clearedKeys(live, map.clears.wanted, map.clears.rule);
    for (const key of cleared) operations.push(remove(child(map.path, key)));
  }
  for (const field of map.fields) mergeField(live, field, keep, operations);
}

function mergeField(live: Json, field: CompiledField, keep: KeepElement, operations: Operation[]): void {
  const current = own(live, field.key);
  if (current === undefined || current === null) {
    if (!field.isNothing) operations.push(field.add);
  } else if (field.edit !== undefined && editField(current, field, field.edit, operations)) {
    // All is said.
  } else if (field.map !== undefined && isRecord(current)) {
    mergeFields(current, field.map, keep, operations);
  } else if (field.list !== undefined && Array.isArray(current)) {
    mergeList(withoutDropped(current, field.edit), field.list, keep, operations);
  } else if (!covers(current, field.value, field.rule) && !keep(field.parent, field.key, current)) {
    operations.push(field.replace);
  }
}

/** Does what a directive asks for; answers whether the field is done with. */
function editField(current: unknown, field: CompiledField, edit: Edit, operations: Operation[]): boolean {
  if (edit.kind === 'remove') {
    // An empty map says nothing, and the API server fills in an empty securityContext by itself.
    if (!isRecord(current) || Object.keys(current).length > 0) operations.push(edit.operation);
    return true;
  }
  if (edit.kind === 'replace') {
    if (!isReplaced(current, field.value, field.rule)) operations.push(field.replace);
    return true;
  }
  const list: readonly unknown[] = Array.isArray(current) ? current : [];
  for (const [i, value] of [...list.entries()].reverse()) {
    if (edit.values.includes(value)) operations.push(remove(child(edit.path, i)));
  }
  return field.list === undefined;
}

/** The list after the removals of `$deleteFromPrimitiveList`: what comes after them counts its places in that. */
function withoutDropped(live: readonly unknown[], edit: Edit | undefined): readonly unknown[] {
  return edit?.kind === 'drop' ? live.filter((value) => !edit.values.includes(value)) : live;
}

/** Whether a field is what it was to be replaced with, but for what the API server has filled in since. */
function isReplaced(current: unknown, value: unknown, rule: Rule | undefined): boolean {
  const filledIn = rule?.kind === 'list' ? rule.filledIn : undefined;
  if (filledIn === undefined || !Array.isArray(current)) return saysTheSame(current, value, rule);
  const isFilledIn = (element: unknown): boolean => filledIn.some((known) => saysTheSame(element, known, undefined));
  const said = current.filter((element) => !isFilledIn(element));
  // A template may name them as well: then they count.
  return saysTheSame(said, value, rule) || saysTheSame(current, value, rule);
}

function mergeList(live: readonly unknown[], list: CompiledList, keep: KeepElement, operations: Operation[]): void {
  const { rule, path, deleted } = list;
  const added: CompiledElement[] = [];
  for (const element of list.elements) {
    const index = indexOf(live, element, rule);
    if (index !== -1) {
      mergeElement(live[index], element, list, index, keep, operations);
    } else {
      added.push(element);
      operations.push(element.append);
    }
  }
  if (deleted.length === 0 && list.order === undefined) return;
  const stays = live.map((element) => !deleted.some((named) => isNamedBy(element, named, rule.key)));
  for (const i of [...live.keys()].reverse()) if (!stays[i]) operations.push(remove(child(path, i)));
  const now = [...live.filter((_, i) => stays[i]), ...added.map((element) => element.value)];
  if (list.order !== undefined) operations.push(...orderMoves(now, live, list.order, rule.key, path));
}

/**
 * The Pod's element of the same key. Of twins (legal in env, ports and host aliases) one that says what is wanted, else
 * the first; in env always the last, which is the one that counts. Few elements are wanted, so no index is built.
 */
function indexOf(live: readonly unknown[], { key, value }: CompiledElement, rule: Rule & { kind: 'list' }): number {
  if (key === undefined) return -1;
  const isSameKey = (other: unknown): boolean => keyOf(other, rule.key) === key;
  if (rule.lastCounts) return live.findLastIndex(isSameKey);
  let first = -1;
  for (const [i, other] of live.entries()) {
    if (!isSameKey(other)) continue;
    if (covers(other, value, rule.element)) return i;
    if (first === -1) first = i;
  }
  return first;
}

function mergeElement(
  current: unknown,
  { key = '', raw, value, hasDirectives }: CompiledElement,
  { path, rule }: CompiledList,
  index: number,
  keep: KeepElement,
  operations: Operation[],
): void {
  if (!hasDirectives && covers(current, value, rule.element)) return;
  const at = child(path, index);
  const merged: Operation[] = [];
  if (isRecord(current) && isRecord(raw)) mergeFields(current, compileFields(raw, rule.element, at), keep, merged);
  else merged.push(replace(at, value));
  // With directives only the merge itself can say whether there is anything to do.
  if (hasDirectives && merged.length === 0) return;
  if (!keep(path, key, current)) operations.push(...merged);
}
