import type { Operation } from 'fast-json-patch';
import { type OperationSequence, sequenceOf } from '../../kubernetes/operation-sequence.ts';
import { OPERATIONS_MAX, PATCH_BYTES_MAX } from '../../limits.ts';

/** The bytes of values that were counted before: most are a template's, frozen and shared by all Pods. */
const known = new WeakMap<object, number>();
/** What stands round path and value: `{"op":"replace","path":"","value":},`. */
const ROUND_BYTES = 36;

/** Adds up a patch while it is made, so that one that no answer has room for is never made to its end. */
export class PatchSize {
  /** Never less than `JSON.stringify` makes of them. */
  bytes = 0;
  private operations = 0;

  /** Counts these as well, in bytes of UTF-8. */
  add(operations: readonly Operation[]): void {
    this.operations += operations.length;
    for (const operation of operations) this.bytes += bytesOf(operation);
  }

  /** What is too much, for people; undefined while the patch fits an answer. */
  excess(): string | undefined {
    if (this.operations > OPERATIONS_MAX) return `more than ${OPERATIONS_MAX} operations`;
    return this.bytes > PATCH_BYTES_MAX ? `more than ${PATCH_BYTES_MAX} bytes of operations` : undefined;
  }
}

/** Sequences of operations that were found to fit: to count them again costs a sixth of a review of 3 KB. */
const fitting = new WeakSet<OperationSequence>();

/** What is too much in a patch; undefined where it fits an answer. Of operations that many Pods get it is found out once. */
export function excessOf(operations: readonly Operation[]): string | undefined {
  const sequence = sequenceOf(operations);
  if (sequence !== undefined && fitting.has(sequence)) return undefined;
  const size = new PatchSize();
  size.add(operations);
  const excess = size.excess();
  if (sequence !== undefined && excess === undefined) fitting.add(sequence);
  return excess;
}

function bytesOf(operation: Operation): number {
  const value = 'value' in operation ? operation.value : undefined;
  const from = 'from' in operation ? operation.from.length : 0;
  // Names of fields are ASCII, and a key of the template's that is not is counted by its value anyway.
  return ROUND_BYTES + operation.path.length + from + (value === undefined ? 0 : valueBytes(value));
}

function valueBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value));
  const before = known.get(value);
  if (before !== undefined) return before;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (Object.isFrozen(value)) known.set(value, bytes);
  return bytes;
}
