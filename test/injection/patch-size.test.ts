import type { Operation } from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { excessOf, PatchSize } from '../../functions/injection/apply/patch-size.ts';
import { OPERATIONS_MAX, PATCH_BYTES_MAX } from '../../functions/limits.ts';

const add = (value: unknown): Operation => ({ op: 'add', path: '/spec/containers/10/env/-', value });
const bytes = (operations: readonly Operation[]): number => Buffer.byteLength(JSON.stringify(operations));

describe('no patch is taken for smaller than it is written', () => {
  test.each<[what: string, operation: Operation]>([
    ['an addition', add({ name: 'A', value: 'b' })],
    ['text of several bytes a character', add({ name: 'A', value: 'ü🛶\u2028"\\' })],
    ['a list', add([{ name: 'A' }, { name: 'B' }])],
    ['a scalar', { op: 'replace', path: '/spec/priority', value: 7 }],
    ['an empty text', add('')],
    ['null', add(null)],
    ['a removal', { op: 'remove', path: '/spec/volumes/0' }],
    ['a move', { op: 'move', from: '/spec/volumes/0', path: '/spec/volumes/12' }],
    ['a value at a long path', { op: 'add', path: `/metadata/annotations/${'x'.repeat(300)}`, value: 'y' }],
  ])('%s', (_what, operation) => {
    const operations = Array.from({ length: 50 }, () => operation);
    const size = new PatchSize();
    size.add(operations);
    expect(size.bytes).toBeGreaterThanOrEqual(bytes(operations) - 2);
    expect(size.bytes).toBeLessThan(bytes(operations) + 50 * 16);
  });
});

test('the number of operations is bounded as well', () => {
  const operations = Array.from({ length: OPERATIONS_MAX }, () => add('x'));
  expect(excessOf(operations)).toBeUndefined();
  expect(excessOf([...operations, add('x')])).toBe('more than 8192 operations');
});

test('operations that many Pods get are counted once, and refused every time where they are too many', () => {
  const value = Object.freeze({ name: 'x'.repeat(1_024 * 1_024) });
  const operation = Object.freeze<Operation>({ op: 'add', path: '/spec/volumes/-', value });
  for (let i = 0; i < 3; i++) {
    expect(excessOf([operation, operation])).toBeUndefined();
    expect(excessOf(Array.from({ length: 6 }, () => operation))).toBe(
      `more than ${PATCH_BYTES_MAX} bytes of operations`,
    );
  }
});

test('what was counted once is not counted again from its text', () => {
  let reads = 0;
  const value = Object.freeze({
    toJSON: () => {
      reads++;
      return 'x';
    },
  });
  const size = new PatchSize();
  size.add([add(value), add(value), add(value)]);
  expect(reads).toBe(1);
});

test('a value that may still change is', () => {
  const value: Record<string, string> = { name: 'x' };
  expect(excessOf([add(value)])).toBeUndefined();
  value['name'] = 'x'.repeat(PATCH_BYTES_MAX);
  expect(excessOf([add(value)])).toBe(`more than ${PATCH_BYTES_MAX} bytes of operations`);
});

test('a patch of the very size that an answer takes is taken, and one byte more is not', () => {
  const size = new PatchSize();
  size.add([
    { op: 'remove', path: '/a' },
    { op: 'move', from: '/ab', path: '/a' },
    { op: 'add', path: '/a', value: 'é' },
  ]);
  // 36 bytes stand round each path and value.
  expect(size.bytes).toBe(3 * (36 + 2) + 3 + 4);
  const wholeOf = (bytes: number): Operation => ({ op: 'add', path: '/a', value: 'x'.repeat(bytes - 36 - 2 - 2) });
  expect(excessOf([wholeOf(PATCH_BYTES_MAX)])).toBeUndefined();
  expect(excessOf([wholeOf(PATCH_BYTES_MAX + 1)])).toBe(`more than ${PATCH_BYTES_MAX} bytes of operations`);
});
