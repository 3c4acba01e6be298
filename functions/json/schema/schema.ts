import type { Check } from '../check.ts';
import type { Json } from '../json.ts';

/** Where a value is being read. */
export interface Place {
  readonly check: Check;
  /** Of the value itself, `spec.backends[0].port`; empty for the document. */
  readonly path: string;
  /** The objects around the value as far as they have been read, the innermost last. */
  readonly around: readonly Json[];
}

/** What every schema may say of the field that it describes. */
interface Field {
  /** The field may be absent, and then stays so. */
  readonly optional?: true;
  /** What an absent field gets. A function takes it from the objects around. */
  readonly fallback?: unknown;
  /** What stands for an absent field: null, or the empty text, as Go writes it. */
  readonly absentAs?: readonly unknown[];
  /** The fault of an absent field that is neither optional nor has a fallback. Default: `is missing`. */
  readonly missing?: string;
  /** The fault of a value of another type than the schema's. */
  readonly wrongType?: string;
  /** Looks at a value that was read, adds what else is wrong with it, and returns the value to go on with. */
  readonly rule?: (value: unknown, place: Place) => unknown;
  /**
   * What a store's reader asks of the field. It must not refuse what another version wrote. Default: the types of
   * everything in it, and nothing of an optional field. The document is the whole one.
   */
  readonly stored?: 'any' | 'types' | ((value: unknown, document: Json) => boolean);
}

/** A text. Without `message` the fault of a wrong one is the fault of what holds it. */
export interface TextSchema extends Field {
  readonly kind: 'text';
  readonly pattern?: RegExp;
  /** In UTF-16 units. */
  readonly maxLength?: number;
  readonly message?: string;
  /** How it is kept. */
  readonly normal?: (text: string) => string;
}

/** A number from `min` to `max` with at most that many decimals. */
export interface NumberSchema extends Field {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly decimals: number;
}

/** True or false. */
export interface FlagSchema extends Field {
  readonly kind: 'flag';
}

/** One of some values, which are all of one type. */
export interface WordsSchema extends Field {
  readonly kind: 'words';
  readonly values: readonly (string | number | boolean)[];
  readonly message: string;
}

/** An object with these fields and no others. */
export interface ObjectSchema extends Field {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  /** Fields that may be there and change nothing. */
  readonly passedOver?: readonly string[];
  /** Fields whose faults come first. */
  readonly readFirst?: readonly string[];
}

/** When the fault of a wrong length comes: in place of those of what is in it, before them, or after them. */
type LengthFault = 'instead' | 'before' | 'after';

/** A list; a pair has two items. */
export interface ListSchema extends Field {
  readonly kind: 'list';
  readonly item: Schema;
  readonly min: number;
  readonly max: number;
  readonly pair?: true;
  readonly message: string;
  readonly lengthFault?: LengthFault;
}

/** An object whose keys are the author's. */
export interface MapSchema extends Field {
  readonly kind: 'map';
  readonly max: number;
  readonly lengthFault?: LengthFault;
  readonly isKey: (key: string) => boolean;
  readonly keyMessage: string;
  /** How a key is kept. Two keys that are kept alike are a fault. */
  readonly normalKey?: (key: string) => string;
  readonly twiceMessage?: string;
  readonly value: Schema;
  /** An empty map counts as absent. */
  readonly emptyIsAbsent?: true;
}

/** An object with exactly one of these keys: `{exact: TEXT}`, `{prefix: TEXT}`, `{present: true}`, `{pause: {…}}`. */
export interface ChoiceSchema extends Field {
  readonly kind: 'choice';
  readonly members: Readonly<Record<string, Schema>>;
  readonly message: string;
}

/**
 * The shape of a document as data. Its TypeScript type (`infer.ts`), its parser (`read.ts`), what a store's reader asks of it
 * (`stored.ts`) and its JSON Schema (`json-schema.ts`) follow from it; what a field means is the comment above it.
 */
export type Schema =
  | TextSchema
  | NumberSchema
  | FlagSchema
  | WordsSchema
  | ObjectSchema
  | ListSchema
  | MapSchema
  | ChoiceSchema;
