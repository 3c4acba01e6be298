import { expect, test } from 'vitest';
import { isQualifiedName } from '../../functions/kubernetes/metadata-names.ts';

const LABEL = 'a'.repeat(63);
/** A DNS subdomain of 253 characters, the longest. */
const LONGEST = `${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(61)}`;

test.each<[string, boolean]>([
  ['app', true],
  ['app.kubernetes.io/name', true],
  [`${LONGEST}/name`, true],
  [`${LONGEST}c/name`, false],
  ['a/b/c', false],
  ['/name', false],
  ['app/', false],
  ['Upper.io/name', false],
  [`a/${'n'.repeat(63)}`, true],
  [`a/${'n'.repeat(64)}`, false],
])('the key %s: %s', (key, isOne) => {
  expect(isQualifiedName(key)).toBe(isOne);
});
