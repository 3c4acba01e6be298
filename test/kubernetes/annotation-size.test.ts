import { expect, test } from 'vitest';
import { annotationBytes, hasTooManyAnnotations } from '../../functions/kubernetes/annotation-size.ts';
import { ANNOTATION_BYTES_MAX } from '../../functions/limits.ts';

test.each<[what: string, annotations: Record<string, unknown>, bytes: number]>([
  ['none', {}, 0],
  ['keys and values', { ab: 'cde', f: '' }, 6],
  ['letters of several bytes', { ä: '€' }, 5],
  ['what is no text', { a: 7, b: null }, 2],
  ['exactly as many as there may be', { a: 'x'.repeat(ANNOTATION_BYTES_MAX - 1) }, ANNOTATION_BYTES_MAX],
  ['one too many', { a: 'x'.repeat(ANNOTATION_BYTES_MAX) }, ANNOTATION_BYTES_MAX + 1],
  ['one too many in letters of three bytes', { ab: '€'.repeat(87_381) }, ANNOTATION_BYTES_MAX + 1],
])('%s', (_, annotations, bytes) => {
  expect(annotationBytes(annotations)).toBe(bytes);
  expect(hasTooManyAnnotations(annotations)).toBe(bytes > ANNOTATION_BYTES_MAX);
});
