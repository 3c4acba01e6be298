import type { Operation } from 'fast-json-patch';
import { isRecord } from '../faults.ts';
import { keyOf } from './covers.ts';
import { type MergeKey, type Rule, ruleOf } from './merge-keys.ts';
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

/** These booleans are no pointers in PodSpec: `false` is their absence, and the API server never writes it. */
const ABSENT_WHEN_FALSE = ['hostNetwork', 'hostPID', 'hostIPC'];

const compiled = new WeakMap<Json, readonly CompiledField[]>();

/** Compiles a map; the same map (always under the same rule and path) is compiled once. */
export function compileMap(wanted: Json, rule: Rule | undefined, path: string): readonly CompiledField[] {
  const known = compiled.get(wanted);
  if (known !== undefined) return known;
  const fields = Object.entries(wanted).map(([key, value]) =>
    compileField(key, value, ruleOf(rule, key), child(path, key)),
  );
  compiled.set(wanted, fields);
  return fields;
}

function compileField(key: string, value: unknown, rule: Rule | undefined, path: string): CompiledField {
  return {
    key,
    value,
    rule,
    add: Object.freeze(add(path, value)),
    replace: Object.freeze(replace(path, value)),
    isNothing: isNothing(key, value),
    ...(isRecord(value) ? { fields: compileMap(value, rule, path) } : {}),
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

function isNothing(key: string, value: unknown): boolean {
  if (value === false) return ABSENT_WHEN_FALSE.includes(key);
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || (isRecord(value) && Object.keys(value).length === 0);
}
