import { expect, test } from 'vitest';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';
import { createKnownClusters } from '../../functions/traffic/known-clusters.ts';

const RECORD = { issuer: 'https://issuer.test' };

test('a record that cannot be read any more is reported, and its last good version stays; one that is gone goes', async () => {
  const clock = { now: 0 };
  const problems: StoreProblem[] = [];
  let documents = new Map<string, unknown>([
    ['a', RECORD],
    ['b', RECORD],
  ]);
  const clusters = createKnownClusters(async () => documents, {
    ttlMs: 1_000,
    readMs: 1_000,
    serveStale: false,
    now: () => clock.now,
    random: () => 0.5,
    report: (problem) => problems.push(problem),
  });
  const names = async (): Promise<string[]> => {
    clock.now += 10_000;
    return (await clusters.records(1_000)).map(({ cluster }) => cluster);
  };
  expect(await names()).toEqual(['a', 'b']);
  documents = new Map<string, unknown>([
    ['a', undefined],
    ['b', RECORD],
    ['c', undefined],
  ]);
  expect(await names()).toEqual(['a', 'b']);
  expect(await names()).toEqual(['a', 'b']);
  expect(problems.map(({ what, name }) => [what, name])).toEqual([
    ['cluster record refused', 'a'],
    ['cluster record refused', 'c'],
  ]);
  documents = new Map([['a', RECORD]]);
  expect(await names()).toEqual(['a']);
});
