import { expect, test } from 'vitest';
import { createRecentNumbers } from '../../../functions/traffic/evidence/recent-numbers.ts';

const report = (seq: number, isAgain = false): { seq: number; isAgain: boolean } => ({ seq, isAgain });

test('numbers of a Pod rise: a lower one that was not sent before is a replay', () => {
  const numbers = createRecentNumbers();
  const admit = (...args: Parameters<typeof report>): string => numbers.admit('shop', 'a', report(...args));
  expect([admit(5), admit(5), admit(7), admit(6), admit(8)]).toEqual(['sum', 'done', 'sum', 'done', 'sum']);
});

test('one that was sent before is kept, but for the last that was summed here', () => {
  const numbers = createRecentNumbers();
  const admit = (...args: Parameters<typeof report>): string => numbers.admit('shop', 'a', report(...args));
  expect([admit(5), admit(5, true), admit(3, true), admit(6, true), admit(3), admit(6)]).toEqual([
    'sum',
    'done',
    'keep',
    'keep',
    'done',
    'sum',
  ]);
});

test('a namespace with many Pods forgets its own, never those of another one', () => {
  const numbers = createRecentNumbers(100);
  numbers.admit('shop', 'a', report(5));
  for (let i = 0; i < 1_000; i++) numbers.admit('evil', `p${i}`, report(5));
  expect(numbers.size()).toBe(100);
  expect(numbers.admit('shop', 'a', report(5))).toBe('done');
  expect(numbers.admit('evil', 'p0', report(5))).toBe('sum');
  expect(numbers.admit('evil', 'p999', report(5))).toBe('done');
});
