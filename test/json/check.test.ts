import { describe, expect, test } from 'vitest';
import { Check, own } from '../../functions/json/check.ts';

/** What a reader answers, and the faults that it left. */
function read<T>(reader: (check: Check) => T): { answer: T; faults: readonly string[] } {
  const check = new Check();
  const answer = reader(check);
  return { answer, faults: check.faults.map((f) => `${f.path}: ${f.message}`) };
}

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is not found on the prototype', (key) => {
  expect(own({}, key)).toBeUndefined();
});

test('an own __proto__ is found', () => {
  expect(own(JSON.parse('{"__proto__": 1}'), '__proto__')).toBe(1);
});

describe('a reader goes on with a usable value after a fault', () => {
  test.each<[string, unknown, string, (check: Check) => unknown]>([
    ['a text', '', 'at: must be a string', (c) => c.string({ a: 1 }, 'a', 'at')],
    ['an absent text', '', 'at: is missing', (c) => c.string({}, 'a', 'at')],
    ['a text with a default', 'd', 'at: must be a string', (c) => c.string({ a: null }, 'a', 'at', 'd')],
    ['a boolean', false, 'at: must be true or false', (c) => c.boolean({ a: 'x' }, 'a', 'at', false)],
    [
      'a whole number',
      5,
      'at: must be a whole number from 1 to 9',
      (c) => c.integer({ a: 10 }, 'a', 'at', { min: 1, max: 9, fallback: 5 }),
    ],
    ['a word', 'x', 'at: must be one of x, y', (c) => c.oneOf({ a: 'z' }, 'a', 'at', ['x', 'y'], 'x')],
    ['an object', undefined, 'at: must be an object', (c) => c.object({ a: [] }, 'a', 'at')],
    ['a list', undefined, 'at: must be a list', (c) => c.strings({ a: {} }, 'a', 'at', /^x$/, 'x')],
    ['a list item', ['x'], 'at[1]: must be x', (c) => c.strings({ a: ['x', 'y'] }, 'a', 'at', /^x$/, 'x')],
    [
      'an unknown field',
      { b: 1 },
      'at.b: unknown field; known are c',
      (c) => c.object({ a: { b: 1 } }, 'a', 'at', ['c']),
    ],
  ])('%s', (_case, answer, fault, reader) => {
    expect(read(reader)).toEqual({ answer, faults: [fault] });
  });
});

test('absent fields get their defaults without a fault', () => {
  const { answer, faults } = read((c) => [
    c.string({}, 'a', 'at', 'd'),
    c.boolean({}, 'a', 'at', true),
    c.integer({}, 'a', 'at', { min: 0, max: 9, fallback: 3 }),
    c.oneOf({}, 'a', 'at', ['x', 'y'], 'y'),
    c.object({}, 'a', 'at'),
    c.strings({}, 'a', 'at', /x/, 'x'),
  ]);
  expect({ answer, faults }).toEqual({ answer: ['d', true, 3, 'y', undefined, undefined], faults: [] });
});

test.each<[string, boolean]>([
  ['shop', true],
  ['team-*', true],
  ['*', true],
  ['', false],
  ['Shop', false],
  ['a/b', false],
  ['a\n', false],
  ['a'.repeat(64), false],
])('the namespace pattern %j is taken: %s', (pattern, isTaken) => {
  const { answer } = read((c) => c.namespacePatterns({ a: [pattern] }, 'a', 'at'));
  expect(answer).toEqual(isTaken ? [pattern] : []);
});
