import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { celJoined, celText, celValue } from '../../infra/cli/export/cel.ts';

describe('a text as CEL', () => {
  test.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['"] + [x', '"\\"] + [x"'],
    ['back\\slash', '"back\\\\slash"'],
    ["it's", '"it\'s"'],
    ['line\nend\r\t\0', '"line\\u000aend\\u000d\\u0009\\u0000"'],
    ['\u2028é', '"\\u2028\\u00e9"'],
    ['😀', '"\\U0001f600"'],
    ['${x} $(y) {{z}}', '"${x} $(y) {{z}}"'],
  ])('%j', (text, literal) => {
    expect(celText(text)).toBe(literal);
  });

  // The escapes are those that JSON has, but for the long one.
  test('says the same whatever it holds, in printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const literal = celText(text);
        expect(literal).toMatch(/^"[\x20-\x7e]*"$/);
        const json = literal.replaceAll(/(\\\\|\\")|\\U([0-9a-f]{8})/g, (whole, short, long) =>
          short === undefined ? String.fromCodePoint(Number.parseInt(long, 16)) : whole,
        );
        expect(JSON.parse(json)).toBe(text);
      }),
    );
  });
});

test.each([
  [1, '1'],
  [-0, '0'],
  [0.5, '0.5'],
  [true, 'true'],
  [[], '[]'],
  [{}, '{}'],
  [['a', 'b'], '["a", "b"]'],
  [['a', 1], '[dyn("a"), dyn(1)]'],
  [[1, 1.5], '[dyn(1), dyn(1.5)]'],
  [{ a: 'x', 'b"c': 'y' }, '{"a": "x", "b\\"c": "y"}'],
  [{ a: 'x', b: [1] }, '{"a": dyn("x"), "b": dyn([1])}'],
  [[{ a: 1 }], '[dyn({"a": 1})]'],
])('the value %j', (value, literal) => {
  expect(celValue(value)).toBe(literal);
});

test('lists are joined without a chain that would nest', () => {
  expect(celJoined([])).toBe('[]');
  expect(celJoined(['[]', '[1]', '[]'])).toBe('[1]');
  expect(celJoined(['[1]', '[2]'])).toBe('[\n  [1],\n  [2]\n].flatten()');
});
