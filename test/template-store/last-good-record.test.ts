import { expect, test } from 'vitest';
import { keepLastGood } from '../../functions/template-store/cache/last-good-record.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';

const GOOD = { policy: 'disabled' };

test('an equal document is the same object; another one is another', () => {
  const kept = keepLastGood('eu-1', () => {});
  expect(kept.last()).toBeUndefined();
  expect(kept.take(GOOD)).toBeUndefined();
  const first = kept.last();
  kept.take({ ...GOOD });
  expect(kept.last()).toBe(first);
  kept.take({ policy: 'enabled' });
  expect(kept.last()).toMatchObject({ policy: 'enabled' });
});

test.each<[string, unknown, unknown]>([
  ['is not valid', { policy: 'perhaps' }, expect.stringContaining('policy')],
  ['is none', undefined, expect.any(String)],
  ['cannot be decoded', new SyntaxError('secret words'), 'it cannot be decoded'],
])('one that %s replaces nothing, and is reported once as long as it stays', (_what, bad, why) => {
  const problems: StoreProblem[] = [];
  const kept = keepLastGood('eu-1', (problem) => problems.push(problem));
  const problem = { what: 'cluster record refused', name: 'eu-1', why };
  kept.take(GOOD);
  expect([kept.take(bad), kept.take(bad)]).toEqual([why, why]);
  expect([kept.last(), problems]).toMatchObject([GOOD, [problem]]);
  kept.take(GOOD);
  kept.take(bad);
  expect(problems).toEqual([problem, problem]);
});

test('one that was read in another way stays until a document comes', () => {
  const kept = keepLastGood('eu-1', () => {});
  kept.take(GOOD);
  const record = kept.last();
  if (record === undefined) throw new Error('it was good');
  kept.put({ ...record, minEpoch: 7 });
  expect(kept.last()).toMatchObject({ minEpoch: 7 });
  kept.take(GOOD);
  expect(kept.last()).toMatchObject({ minEpoch: 0 });
});
