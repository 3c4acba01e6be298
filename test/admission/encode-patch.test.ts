import type { Operation } from 'fast-json-patch';
import { expect, test, vi } from 'vitest';
import { encodePatch } from '../../functions/admission/encode-patch.ts';
import { add } from '../../functions/kubernetes/json-patch.ts';

const frozen = (path: string, value: unknown = path): Operation => Object.freeze(add(path, value));
const expected = (operations: readonly Operation[]) => Buffer.from(JSON.stringify(operations)).toString('base64');

const [A, B, C] = [frozen('/a'), frozen('/b'), frozen('/c')];

// Texts are remembered along a sequence: each prefix, order and repetition is a sequence of its own.
test.each<[what: string, operations: readonly Operation[]]>([
  ['one', [A]],
  ['two', [A, B]],
  ['two in the other order', [B, A]],
  ['three', [A, B, C]],
  ['one twice', [A, A]],
  ['a part of an earlier one', [A, C]],
  ['the first again', [A]],
  ['none', []],
  ['equal to another, but not the same', [frozen('/a'), frozen('/b')]],
  ['one that is not frozen', [A, add('/b', 'x')]],
])('%s', (_what, operations) => {
  expect(encodePatch(operations)).toBe(expected(operations));
  expect(encodePatch([...operations])).toBe(expected(operations));
});

test('an operation that can change is never remembered', () => {
  const operation = { op: 'add' as const, path: '/x', value: 1 };
  expect(encodePatch([A, operation])).toBe(expected([A, operation]));
  operation.value = 2;
  expect(encodePatch([A, operation])).toBe(expected([A, { ...operation, value: 2 }]));
});

test('more sequences than are remembered are still encoded rightly', () => {
  const many = Array.from({ length: 3_000 }, (_, i) => [frozen(`/many/${i}`), A]);
  for (let round = 0; round < 2; round++) {
    for (const operations of many) expect(encodePatch(operations)).toBe(expected(operations));
  }
  expect(encodePatch([A, B])).toBe(expected([A, B]));
});

test('operations that many Pods get are written as text once', () => {
  const toJSON = vi.fn(() => 'x');
  const operations = [frozen('/shared', { toJSON }), A];
  for (let i = 0; i < 3; i++) expect(encodePatch([...operations])).toBe(encodePatch(operations));
  expect(toJSON).toHaveBeenCalledTimes(1);
});
