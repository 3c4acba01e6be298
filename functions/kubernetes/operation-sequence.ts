import type { Operation } from 'fast-json-patch';

/** Stands for one sequence of operations: what is known of the sequence is remembered by this object. */
export type OperationSequence = Readonly<Record<never, never>>;

/** Operations in all sequences together that are remembered per environment; a fleet's Pods need a handful per template. */
const STEPS_MAX = 256;

interface Step {
  readonly next: Map<Operation, Step>;
}

let root: Step = { next: new Map() };
let steps = 0;

/**
 * The object that stands for these operations in this order. Most Pods get the very same operations, which are shared,
 * frozen objects; undefined where one of them was made for a Pod alone and may still change.
 */
export function sequenceOf(operations: readonly Operation[]): OperationSequence | undefined {
  let step = root;
  for (const operation of operations) {
    let next = step.next.get(operation);
    if (next === undefined) {
      // Only frozen ones are ever put in.
      if (!operations.every(Object.isFrozen)) return undefined;
      // Templates have changed so often that most of it is of the past: begin again.
      if (steps++ >= STEPS_MAX) [root, steps] = [{ next: new Map() }, 0];
      next = { next: new Map() };
      step.next.set(operation, next);
    }
    step = next;
  }
  return step;
}
