import { expect, test } from 'vitest';
import { hasNumber, numberOf } from '../../../functions/traffic/evidence/sums/absorb.ts';

test('a number is found where one begins, not across two', () => {
  expect(hasNumber('abcdefghijkl', 'abcdef')).toBe(true);
  expect(hasNumber('abcdefghijkl', 'ghijkl')).toBe(true);
  expect(hasNumber('abcdefghijkl', 'defghi')).toBe(false);
  expect(hasNumber('abdefghiabcdefghi', 'defghi')).toBe(false);
  expect(hasNumber('xdefghdefghi', 'defghi')).toBe(true);
  expect(hasNumber('', 'abcdef')).toBe(false);
});

test('it tells proxies and reports apart', () => {
  const numbers = ['a', 'b'].flatMap((key) => [1, 2, 11].map((seq) => numberOf(key, seq)));
  expect(new Set(numbers).size).toBe(6);
  expect(numbers.every((number) => number.length === 6)).toBe(true);
});
