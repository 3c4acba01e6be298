import { ANNOTATION_BYTES_MAX } from '../limits.ts';

/** A UTF-16 unit becomes at most three bytes of UTF-8. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Whether annotations are more than the API server takes for one object, counted as it counts them: keys and values in
 * bytes. Ordinary ones are told by their length alone.
 */
export function hasTooManyAnnotations(annotations: Readonly<Record<string, unknown>>): boolean {
  return (
    sum(annotations, (text) => text.length) * BYTES_PER_UNIT_MAX > ANNOTATION_BYTES_MAX &&
    annotationBytes(annotations) > ANNOTATION_BYTES_MAX
  );
}

/** The bytes of annotations, keys and values. */
export function annotationBytes(annotations: Readonly<Record<string, unknown>>): number {
  return sum(annotations, (text) => Buffer.byteLength(text));
}

function sum(annotations: Readonly<Record<string, unknown>>, sizeOf: (text: string) => number): number {
  let size = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    size += sizeOf(key) + (typeof value === 'string' ? sizeOf(value) : 0);
  }
  return size;
}
