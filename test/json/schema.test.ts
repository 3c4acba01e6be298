import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  choice,
  flag,
  integer,
  list,
  map,
  number,
  object,
  pair,
  text,
  words,
} from '../../functions/json/schema/build.ts';
import type { Infer } from '../../functions/json/schema/infer.ts';
import { parse } from '../../functions/json/schema/read.ts';
import type { Place, Schema } from '../../functions/json/schema/schema.ts';
import { isStored, wrongStoredField } from '../../functions/json/schema/stored.ts';

const BOX = object(
  {
    name: text({ pattern: /^[a-z]+$/, message: 'must be letters', normal: (name: string) => name.toUpperCase() }),
    size: integer({ min: 1, max: 9, fallback: 2, absentAs: [null] }),
    isOpen: flag({ optional: true }),
    share: number({ min: 0, max: 100, decimals: 1, optional: true }),
    colour: words(['red', 'blue'], { fallback: 'red' }),
    edges: pair(integer({ min: 0, max: 9 }), { message: 'must be two edges', optional: true }),
    tags: map(text({ maxLength: 3 }), {
      max: 2,
      isKey: (key: string) => key !== 'x',
      keyMessage: 'is x',
      fallback: {},
    }),
    lock: choice(
      { code: text({ pattern: /^\d+$/, message: 'must be digits' }), open: words([true], {}) },
      { message: 'must be one of {code}, {open: true}', optional: true },
    ),
  },
  { passedOver: ['status'], wrongType: 'must be a box' },
);
const faultsOf = (document: unknown, schema: Schema = BOX): readonly string[] => {
  const parsed = parse(schema, document);
  return parsed.valid ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
};

test('the type follows from the schema', () => {
  expectTypeOf<Infer<typeof BOX>>().toEqualTypeOf<{
    readonly name: string;
    readonly size: number;
    readonly isOpen?: boolean;
    readonly share?: number;
    readonly colour: 'red' | 'blue';
    readonly edges?: readonly [number, number];
    readonly tags: Readonly<Record<string, string>>;
    readonly lock?: { readonly code: string } | { readonly open: true };
  }>();
});

test('what is absent gets its fallback or stays absent', () => {
  const whole = { name: 'A', size: 2, colour: 'red', tags: {} };
  expect(parse(BOX, { name: 'a', size: null, status: 1 })).toEqual({ valid: true, value: whole });
  const full = { isOpen: false, share: 0.3, edges: [0, 9], lock: { code: '7' }, tags: JSON.parse('{"__proto__":"a"}') };
  expect(parse(BOX, { name: 'a', ...full })).toEqual({ valid: true, value: { ...whole, ...full } });
});

test('a fallback is another object for each document', () => {
  const [one, other] = [parse(BOX, { name: 'a' }), parse(BOX, { name: 'b' })];
  expect(one.valid && other.valid && one.value.tags === other.value.tags).toBe(false);
  expect([one.valid, other.valid]).toEqual([true, true]);
});

describe('every fault is found, with its path', () => {
  test.each<[unknown, readonly string[]]>([
    [[], [': must be a box']],
    [{}, ['name: is missing']],
    [{ name: 1, more: 1 }, [expect.stringMatching(/^more: unknown field; .*lock, status$/), 'name: must be a string']],
    [
      { name: 'A', size: 1.5, colour: 'green' },
      ['name: must be letters', 'size: must be a whole number from 1 to 9', 'colour: must be one of red, blue'],
    ],
    [
      { name: 'a', share: 0.25, isOpen: 'no' },
      ['isOpen: must be true or false', 'share: must be a number from 0 to 100 with at most 1 decimals'],
    ],
    [{ name: 'a', share: 100.1 }, ['share: must be a number from 0 to 100 with at most 1 decimals']],
    [{ name: 'a', edges: [1] }, ['edges: must be two edges']],
    [{ name: 'a', edges: [1, 'b'] }, ['edges[1]: must be a whole number from 0 to 9']],
    [{ name: 'a', tags: { x: 'abcd' } }, ['tags["x"]: is x', 'tags["x"]: must have at most 3 characters']],
    [{ name: 'a', tags: { a: 1, b: 1, c: 1 } }, ['tags: must have at most 2 entries']],
    [{ name: 'a', lock: { open: false } }, ['lock: must be one of {code}, {open: true}']],
    [{ name: 'a', lock: { toString: 'a' } }, ['lock: must be one of {code}, {open: true}']],
    [{ name: 'a', lock: { code: '1', open: true } }, ['lock: must be one of {code}, {open: true}']],
    [{ name: 'a', lock: { code: 'x' } }, ['lock.code: must be digits']],
  ])('%j', (document, faults) => {
    expect(faultsOf(document)).toEqual(faults);
  });

  test.each([
    ['instead', [': must be two']],
    ['before', [': must be two', '[0]: must be a string']],
    ['after', ['[0]: must be a string', '[2]: must be a string', ': must be two']],
  ] as const)('a wrong length %s of the faults of items', (lengthFault, faults) => {
    expect(faultsOf([1, 'b', 3], list(text({}), { min: 2, max: 2, message: 'must be two', lengthFault }))).toEqual(
      faults,
    );
  });

  test('two keys that are kept alike', () => {
    const named = { max: 3, isKey: () => true, keyMessage: '', normalKey: (key: string) => key.toLowerCase() };
    expect(faultsOf({ a: 'b', A: 'c' }, map(text({}), named))).toEqual(['["A"]: is there twice']);
  });
});

test('a rule and a fallback see what was read before, a rule only what could be read', () => {
  const schema = object(
    {
      last: integer({ min: 0, max: 9, fallback: ([outer]: Place['around']) => outer?.['first'] }),
      first: integer({
        min: 0,
        max: 5,
        rule: (value, { check, path }) => (value === 4 ? check.fault(path, 'is 4') : value),
      }),
    },
    { readFirst: ['first'] },
  );
  expect(JSON.stringify(parse(schema, { first: 3 }))).toBe('{"valid":true,"value":{"last":3,"first":3}}');
  expect(faultsOf({ first: 4, last: 10 }, schema)).toEqual(['first: is 4', 'last: must be a whole number from 0 to 9']);
  expect(faultsOf({ first: 'a', last: 1 }, schema)).toEqual(['first: must be a whole number from 0 to 5']);
});

describe('of a stored document the types are asked', () => {
  const document = { name: 'NO LETTERS', size: 99, colour: 'a new one', tags: { x: 1 }, more: 1, lock: 7, edges: 7 };

  test('bounds, other words, unknown and optional fields are no matter', () => {
    expect(isStored(BOX, document)).toBe(true);
    expect(wrongStoredField(BOX, document)).toBeUndefined();
  });

  test.each<[string, unknown, string | undefined]>([
    ['no object', [], 'the whole of it'],
    ['a missing field', { ...document, name: undefined }, 'name'],
    ['a text for a number', { ...document, size: '9' }, 'size'],
    ['a number for a word', { ...document, colour: 1 }, 'colour'],
    ['a list for a map', { ...document, tags: [] }, 'tags'],
  ])('%s', (_what, stored, field) => {
    expect(wrongStoredField(BOX, stored)).toBe(field);
    expect(isStored(BOX, stored)).toBe(false);
  });

  test('an outer field comes before the inner ones; a field asks more or less where its schema says so', () => {
    const schema = object(
      {
        box: object({ size: integer({ min: 1, max: 9 }), lid: flag({ stored: 'any' }) }, {}),
        edges: pair(integer({ min: 0, max: 9 }), { message: '' }),
        sum: integer({ min: 0, max: 9, optional: true, stored: (sum, { most }) => sum !== most }),
      },
      {},
    );
    expect(wrongStoredField(schema, { box: { size: 'a' }, edges: [1] })).toBe('edges');
    expect(wrongStoredField(schema, { box: { size: 'a' }, edges: [1, 1] })).toBe('box.size');
    expect(wrongStoredField(schema, { box: { size: 1, lid: 7 }, edges: [1, 2], most: 3 })).toBeUndefined();
    expect(wrongStoredField(schema, { box: { size: 1 }, edges: [1, 2], sum: 3, most: 3 })).toBe('sum');
  });
});
