import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropOldest, putNewest } from '../../functions/http/bounded-map.ts';

const mapOf = (keys: string): Map<string, number> => new Map([...keys].map((key, i) => [key, i]));
const keysOf = (map: ReadonlyMap<string, number>): string => [...map.keys()].join('');

test.each<[before: string, key: string, after: string, dropped: number | undefined]>([
  ['', 'a', 'a', undefined],
  ['ab', 'c', 'abc', undefined],
  ['abc', 'd', 'bcd', 0],
  ['abc', 'a', 'bca', undefined],
  ['abc', 'c', 'abc', undefined],
])('of three at most, %j and then %j are %j', (before, key, after, dropped) => {
  const map = mapOf(before);
  expect(putNewest(map, key, 9, 3)).toBe(dropped);
  expect(keysOf(map)).toBe(after);
  expect(map.get(key)).toBe(9);
});

test('what is held are those that were put last, never more than the most', () => {
  const keys = fc.array(fc.constantFrom(...'abcdefgh'), { maxLength: 60 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 5 }), (put, most) => {
      const map = new Map<string, number>();
      put.forEach((key, i) => void putNewest(map, key, i, most));
      const last = [...new Set(put.toReversed())].slice(0, most).toReversed();
      expect(keysOf(map)).toBe(last.join(''));
    }),
  );
});

test('the oldest is taken out; of none there is none', () => {
  const map = mapOf('ab');
  expect([dropOldest(map), keysOf(map)]).toEqual([0, 'b']);
  expect([dropOldest(map), dropOldest(map)]).toEqual([1, undefined]);
});
