import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { add, child, remove, replace } from '../json-patch.ts';
import { canClear } from './clear.ts';
import type { CompiledElement, CompiledField, CompiledList, CompiledMap, Edit } from './compiled.ts';
import {
  DELETE_FROM,
  ELEMENT_ORDER,
  hasDirectives,
  isDeleted,
  isDirective,
  isMarker,
  PATCH,
  withoutDirectives,
} from './directives.ts';
import { type MergeKey, type Rule, ruleOf } from './rule.ts';
import { isOmitted, keyOf } from './same-values.ts';

const compiled = new WeakMap<Json, CompiledMap>();

/** Compiles a template's map; the same one (always under the same rule and path) is compiled once. */
export function compileMap(wanted: Json, rule: Rule | undefined, path: string): CompiledMap {
  const map = compiled.get(wanted) ?? compileFields(wanted, rule, path);
  compiled.set(wanted, map);
  return map;
}

/** Compiles a map for one Pod alone, e.g. an element at the place that it has there. */
export function compileFields(wanted: Json, rule: Rule | undefined, path: string): CompiledMap {
  const keys = Object.keys(wanted).flatMap((key) => (isDirective(key) ? listSpokenOf(key, wanted) : key));
  const fields = [...new Set(keys)].map((key) => compileField(key, wanted, rule, path));
  return { path, fields, clears: canClear(wanted, rule) ? { wanted, rule } : undefined };
}

/** A directive may speak of a list that the template does not otherwise name. */
function listSpokenOf(directive: string, wanted: Json): string[] {
  const prefix = [ELEMENT_ORDER, DELETE_FROM].find((p) => directive.startsWith(p));
  const list = directive.slice(prefix?.length);
  return prefix === undefined || Object.hasOwn(wanted, list) ? [] : [list];
}

function compileField(key: string, wanted: Json, owner: Rule | undefined, parent: string): CompiledField {
  const raw = Object.hasOwn(wanted, key) ? wanted[key] : [];
  const rule = ruleOf(owner, key);
  const path = child(parent, key);
  const value = withoutDirectives(raw);
  const isEmptied = value !== raw && isRecord(value) && Object.keys(value).length === 0;
  const isEmpty = isRecord(value) ? isEmptyMap(value, rule) || isEmptied : isOmitted(key, value, owner);
  const isList = rule?.kind === 'list' && Array.isArray(raw);
  return {
    key,
    parent,
    value,
    rule,
    add: Object.freeze(add(path, value)),
    replace: Object.freeze(replace(path, value)),
    isNothing: isDeleted(raw) || isEmpty,
    edit: editOf(raw, own(wanted, DELETE_FROM + key), path),
    map: isRecord(raw) ? compileFields(raw, rule, path) : undefined,
    list: isList ? compileList(raw, rule, path, own(wanted, ELEMENT_ORDER + key)) : undefined,
  };
}

function editOf(raw: unknown, values: unknown, path: string): Edit | undefined {
  if (isDeleted(raw)) return { kind: 'remove', operation: Object.freeze(remove(path)) };
  const markers = Array.isArray(raw) ? raw : [raw];
  if (markers.some((marker) => isRecord(marker) && marker[PATCH] === 'replace')) return { kind: 'replace' };
  return Array.isArray(values) ? { kind: 'drop', path, values } : undefined;
}

function compileList(
  raw: readonly unknown[],
  rule: Rule & { kind: 'list' },
  path: string,
  order: unknown,
): CompiledList {
  const end = child(path, '-');
  const elements = raw.flatMap((element) => (isMarker(element) ? [] : [compileElement(element, rule.key, end)]));
  const deleted = raw.filter(isRecord).filter((element) => element[PATCH] === 'delete');
  return {
    path,
    rule,
    elements,
    deleted,
    order: Array.isArray(order) ? order.map((e) => orderKeyOf(e, rule.key)) : undefined,
  };
}

function compileElement(raw: unknown, key: readonly MergeKey[], end: string): CompiledElement {
  const value = withoutDirectives(raw);
  return {
    key: keyOf(raw, key),
    raw,
    value,
    hasDirectives: hasDirectives(raw),
    append: Object.freeze(add(end, value)),
  };
}

/** Elements are ordered by the first field of their key alone, as in Kubernetes. */
export function orderKeyOf(element: unknown, key: readonly MergeKey[]): string | undefined {
  return keyOf(element, key.slice(0, 1));
}

/** Empty maps are dropped by the API server; empty structs are pointers, and are written. */
function isEmptyMap(value: Json, rule: Rule | undefined): boolean {
  return (rule?.kind === 'texts' || rule?.kind === 'quantities') && Object.keys(value).length === 0;
}
