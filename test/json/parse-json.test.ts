import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasEscapedKey, parseJson } from '../../functions/json/parse-json.ts';

/** Keys that a parser may take for each other: quotes, backslashes, and what their escapes look like. */
const KEY = fc.oneof(
  fc.constantFrom('a', 'b"', 'a"', 'a\\', 'ab', '"', '\\', 'k:{"name":"web"}', 'k:{\\"name\\":\\"we', '__proto__', '1'),
  fc.string({ unit: fc.constantFrom('"', '\\', 'a', 'n', '\n', 'ä', '\u2028') }),
);
/** Values of JSON; an object is a Map, which no parser makes. */
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, tie('scalar'), tie('list'), tie('object')),
  scalar: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.array(fc.tuple(KEY, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
}));

function textOf(value: unknown, spell: (key: string) => string): string {
  if (Array.isArray(value)) return `[${value.map((one) => textOf(one, spell)).join(' ,')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([key, one]) => `${spell(key)} : ${textOf(one, spell)}`).join(',\n')}}`;
}
function mapsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapsOf);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, mapsOf(one)]));
}
const unicode = (key: string): string =>
  `"${[...Array(key.length).keys()].map((i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;

describe('a key with an escape', () => {
  test('is read as it is written, whatever was read before', () => {
    const poison = '{"k:{\\"name\\":\\"app\\"}":1,"k:{\\\\\\"name\\\\\\":\\\\\\"we":2}';
    const victim = '{"k:{\\"name\\":\\"app\\"}":1,"k:{\\"name\\":\\"web\\"}":2}';
    for (let i = 0; i < 100; i++) JSON.parse(poison);
    expect(Object.keys(Object(parseJson(victim)))).toEqual(['k:{"name":"app"}', 'k:{"name":"web"}']);
    expect(Object.keys(Object(parseJson(poison)))).toEqual(['k:{"name":"app"}', 'k:{\\"name\\":\\"we']);
  });

  test('of any JSON, in any order: keys and values are those of the text', () => {
    fc.assert(
      fc.property(VALUE, fc.boolean(), (value, isUnicode) => {
        const text = textOf(value, isUnicode ? unicode : JSON.stringify);
        expect(mapsOf(parseJson(text))).toEqual(value);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['{"a":"b\\"c"}', false],
    ['{"a\\"":1}', true],
    ['{"a": "x\\\\", "b" : 1}', false],
    ['["a\\"b", {"c\\n" \n: 1}]', true],
    ['"a\\":"', false],
    ['{}', false],
    ['{"a\\"', false],
  ])('is found: %s', (text, is) => {
    expect(hasEscapedKey(text)).toBe(is);
  });
});

test.each(['', '{', '{"a\\"":}', '{"a\\"":1,}', '[1 2]', '{"a\\"" 1}', 'nul'])('%j is no JSON', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
