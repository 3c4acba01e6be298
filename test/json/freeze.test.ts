import { expect, test } from 'vitest';
import { deepFreeze } from '../../functions/json/freeze.ts';

test('a value is frozen with all that is in it, and answered itself', () => {
  const value = { list: [{ a: 1 }], map: { b: { c: [2] } }, none: null, text: 'x' };
  expect(deepFreeze(value)).toBe(value);
  const parts = [value, value.list, value.list[0], value.map, value.map.b, value.map.b.c];
  expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([]);
});

test('a write throws instead of changing the next Pod', () => {
  const value = deepFreeze({ list: [1] });
  expect(() => value.list.push(2)).toThrow(TypeError);
});

test.each([1, 'x', true, null, undefined])('%s comes back as it is', (value) => {
  expect(deepFreeze(value)).toBe(value);
});

test('what is frozen at its top only is frozen further down as well', () => {
  const value = Object.freeze({ inner: { a: 1 } });
  expect(Object.isFrozen(deepFreeze(value).inner)).toBe(true);
});

test('a value that contains itself comes to an end', () => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  expect(Object.isFrozen(deepFreeze(value))).toBe(true);
});
