import type { Operation } from 'fast-json-patch';
import { type OperationSequence, sequenceOf } from '../kubernetes/operation-sequence.ts';

const texts = new WeakMap<OperationSequence, string>();

/**
 * A JSON Patch in base64, as an AdmissionReview carries it. The text of a sequence that many Pods get is made once; a
 * sequence with an operation made for one Pod alone is never remembered.
 */
export function encodePatch(operations: readonly Operation[]): string {
  const sequence = sequenceOf(operations);
  if (sequence === undefined) return encode(operations);
  const known = texts.get(sequence);
  if (known !== undefined) return known;
  const text = encode(operations);
  texts.set(sequence, text);
  return text;
}

function encode(operations: readonly Operation[]): string {
  return Buffer.from(JSON.stringify(operations)).toString('base64');
}
