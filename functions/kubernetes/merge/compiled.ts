import type { Operation } from 'fast-json-patch';
import type { Json } from '../../json/json.ts';
import type { Rule } from './rule.ts';

/** One field of what a template adds, with all that does not depend on the Pod worked out. */
export interface CompiledField {
  readonly key: string;
  /** The path of the map round it. */
  readonly parent: string;
  /** Without directives. */
  readonly value: unknown;
  readonly rule: Rule | undefined;
  /** The operation where the Pod has no such field, and the one where it has another value. Frozen, so shared. */
  readonly add: Operation;
  readonly replace: Operation;
  /** The API server never writes this value: adding it would never come to rest. */
  readonly isNothing: boolean;
  /** What a directive asks for; undefined where the field is merged. */
  readonly edit: Edit | undefined;
  readonly map: CompiledMap | undefined;
  readonly list: CompiledList | undefined;
}

/** The field goes, it is replaced whole, or values go from it. */
export type Edit =
  | { readonly kind: 'remove'; readonly operation: Operation }
  | { readonly kind: 'replace' }
  | { readonly kind: 'drop'; readonly path: string; readonly values: readonly unknown[] };

/** A map of what a template adds. */
export interface CompiledMap {
  readonly path: string;
  readonly fields: readonly CompiledField[];
  /** Where the map can make other fields of the Pod's go: itself and its rule. */
  readonly clears: { readonly wanted: Json; readonly rule: Rule | undefined } | undefined;
}

/** A keyed list of what a template adds. */
export interface CompiledList {
  readonly path: string;
  readonly rule: Rule & { kind: 'list' };
  readonly elements: readonly CompiledElement[];
  /** The elements that go (`$patch: delete`), as the template names them. */
  readonly deleted: readonly Json[];
  /** `$setElementOrder`: the keys in their order. */
  readonly order: readonly (string | undefined)[] | undefined;
}

/** An element that a template adds, or merges into the Pod's of the same key. */
export interface CompiledElement {
  readonly key: string | undefined;
  readonly raw: unknown;
  /** Without directives. */
  readonly value: unknown;
  readonly hasDirectives: boolean;
  readonly append: Operation;
}
