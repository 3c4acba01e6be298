import type { Operation } from 'fast-json-patch';
import { isRecord } from '../faults.ts';
import { isOmitted, keyOf } from './covers.ts';
import { type MergeKey, type Rule, ruleOf } from './merge-rule.ts';
import { add, child, replace } from './patch.ts';

type Json = Readonly<Record<string, unknown>>;

/** One field of what a template adds, with all that does not depend on the Pod worked out. */
export interface CompiledField {
  readonly key: string;
  readonly value: unknown;
  readonly rule: Rule | undefined;
  /** The operation where the Pod has no such field, and the one where it has another value. Frozen, so shared. */
  readonly add: Operation;
  readonly replace: Operation;
  /** The API server never writes this value: adding it would never come to rest. */
  readonly isNothing: boolean;
  readonly fields?: readonly CompiledField[];
  readonly list?: CompiledList;
}

/** A keyed list of what a template adds. */
export interface CompiledList {
  readonly path: string;
  readonly key: readonly MergeKey[];
  readonly element: Rule;
  readonly elements: readonly {
    readonly key: string | undefined;
    readonly value: unknown;
    readonly append: Operation;
  }[];
}

const compiled = new WeakMap<Json, readonly CompiledField[]>();

/** Compiles a template's map; the same one (always under the same rule and path) is compiled once. */
export function compileMap(wanted: Json, rule: Rule | undefined, path: string): readonly CompiledField[] {
  const fields = compiled.get(wanted) ?? compileFields(wanted, rule, path);
  compiled.set(wanted, fields);
  return fields;
}

/** Compiles a map for one Pod alone, e.g. an element at the place that it has there. */
export function compileFields(wanted: Json, rule: Rule | undefined, path: string): readonly CompiledField[] {
  return Object.entries(wanted).map(([key, value]) => compileField(key, value, rule, path));
}

function compileField(key: string, value: unknown, owner: Rule | undefined, parent: string): CompiledField {
  const rule = ruleOf(owner, key);
  const path = child(parent, key);
  return {
    key,
    value,
    rule,
    add: Object.freeze(add(path, value)),
    replace: Object.freeze(replace(path, value)),
    isNothing: isRecord(value) ? isEmptyMap(value, rule) : isOmitted(key, value, owner),
    ...(isRecord(value) ? { fields: compileFields(value, rule, path) } : {}),
    ...(rule?.kind === 'list' && Array.isArray(value) ? { list: compileList(value, rule, path) } : {}),
  };
}

function compileList(
  values: readonly unknown[],
  { key, element }: Rule & { kind: 'list' },
  path: string,
): CompiledList {
  const end = child(path, '-');
  const elements = values.map((value) => ({ key: keyOf(value, key), value, append: Object.freeze(add(end, value)) }));
  return { path, key, element, elements };
}

/** Empty maps are dropped by the API server; empty structs are pointers, and are written. */
function isEmptyMap(value: Json, rule: Rule | undefined): boolean {
  return (rule?.kind === 'texts' || rule?.kind === 'quantities') && Object.keys(value).length === 0;
}
