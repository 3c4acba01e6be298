import type { RowKey } from '../row-key.ts';

/**
 * A value of which the table keeps one under a key, the best that came so far: what every store needs to know of it. A
 * new kind of value is one file beside this one, a line in `kept-stores.ts` and a row in test/contract/kept-values.ts.
 *
 * @typeParam Of what the value belongs to, such as a Kubernetes cluster by its name
 * @typeParam T the value; a store on this machine keeps it as JSON
 */
export interface Kept<Of, T> {
  /** As errors name it. */
  readonly title: string;
  /**
   * The attribute that has the value as JSON in DynamoDB; undefined where the value is its numbers alone. Beside it stand
   * the numbers, and `expires`.
   */
  readonly attribute: string | undefined;
  /** Where it stands. IAM tells items by partition: who may write to this one may write all that is in it. */
  keyOf(of: Of): RowKey;
  /**
   * The value of what was parsed from JSON, or of its numbers where there is no JSON; undefined for anything else, which
   * counts as no value.
   */
  decode(document: unknown): T | undefined;
  /** What conditions compare, by the name of its attribute in DynamoDB. */
  numbersOf(value: T): Readonly<Record<string, number>>;
  /**
   * The kept value gives way to a fresh one where one of these is true of the kept value's numbers, or none is kept.
   *
   * @param now milliseconds since the epoch
   */
  givesWay(fresh: T, now: number): readonly Bound[];
  /**
   * The second of the epoch after which DynamoDB deletes the item; other stores keep the value until another takes its
   * place. Without it, the item stays.
   *
   * @param now milliseconds since the epoch
   */
  expiryOf?(value: T, now: number): number;
  /** Whether a kept value is still one; `now` in milliseconds since the epoch. Without it, every one is. */
  isCurrent?(value: T, now: number): boolean;
}

/** One comparison of a kept value's number, named as in `numbersOf`. */
export interface Bound {
  readonly number: string;
  readonly is: '<' | '<=' | '>';
  readonly than: number;
}

/** What a store does for kept values of every kind. Both throw CanaryStoreError. */
export interface KeptValues {
  /** Keeps a value, unless one that does not give way is kept already; then it does nothing. */
  write<Of, T>(kept: Kept<Of, T>, of: Of, value: T, signal: AbortSignal): Promise<void>;
  /** The value that is kept; undefined when there is none that can be read and is current. */
  read<Of, T>(kept: Kept<Of, T>, of: Of, signal: AbortSignal): Promise<T | undefined>;
}
