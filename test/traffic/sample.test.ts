import { describe, expect, test } from 'vitest';
import { fitting, isSampled } from '../../functions/traffic/proxies/sample.ts';

/** So many proxies of a namespace, ten bytes each, with keys from 0 on. */
const proxies = (namespace: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ namespace, key: i.toString(16), bytes: 10 }));
/** Of each namespace the sampling and how many are left. */
const sharesOf = (room: number, ...entries: readonly ReturnType<typeof proxies>[]) =>
  fitting(entries.flat(), room).map((share) => [share.namespace, share.sampling, share.entries.length]);

describe('what is left of the proxies', () => {
  test.each<
    [string, number, a: readonly [sampling: number, left: number], b: readonly [sampling: number, left: number]]
  >([
    ['all where they fill the room', 200, [1, 16], [1, 4]],
    ['half of the largest namespace where a byte is missing', 199, [2, 8], [1, 4]],
    ['half of it where that fills the room', 120, [2, 8], [1, 4]],
    ['a quarter of it where a byte is missing then', 119, [4, 4], [1, 4]],
    ['of two that are as large fewer of the first', 79, [8, 2], [1, 4]],
    ['then of the other', 59, [8, 2], [2, 2]],
  ])('%s', (_what, room, a, b) => {
    expect(sharesOf(room, proxies('a', 16), proxies('b', 4))).toEqual([
      ['a', ...a],
      ['b', ...b],
    ]);
  });

  test('none of none', () => {
    expect(sharesOf(0)).toEqual([]);
  });
});

test('of every second proxy, and every fourth of these', () => {
  const sampled = (sampling: number) => proxies('a', 17).flatMap(({ key }) => (isSampled(key, sampling) ? [key] : []));
  expect(sampled(1)).toHaveLength(17);
  // Whatever another version calls a proxy, it is one of all.
  expect(isSampled('web', 1)).toBe(true);
  expect(sampled(2)).toEqual(['0', '2', '4', '6', '8', 'a', 'c', 'e', '10']);
  expect(sampled(8)).toEqual(['0', '8', '10']);
});
