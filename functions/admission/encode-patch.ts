import type { Operation } from 'fast-json-patch';

/** Sequences of operations remembered per environment; a fleet's Pods need a handful per template. */
const SEQUENCES_MAX = 256;

interface Step {
  readonly next: Map<Operation, Step>;
  patch?: string;
}

let root: Step = { next: new Map() };
let steps = 0;

/**
 * A JSON Patch in base64, as an AdmissionReview carries it. Most Pods get the very same operations, which are shared,
 * frozen objects: their text is made once. A sequence with an operation made for one Pod alone is never remembered.
 */
export function encodePatch(operations: readonly Operation[]): string {
  if (!operations.every(Object.isFrozen)) return encode(operations);
  let step = root;
  for (const operation of operations) {
    let next = step.next.get(operation);
    if (next === undefined) {
      // Templates have changed so often that most of it is of the past: begin anew.
      if (steps++ >= SEQUENCES_MAX) [root, steps] = [{ next: new Map() }, 0];
      next = { next: new Map() };
      step.next.set(operation, next);
    }
    step = next;
  }
  step.patch ??= encode(operations);
  return step.patch;
}

function encode(operations: readonly Operation[]): string {
  return Buffer.from(JSON.stringify(operations)).toString('base64');
}
