import { describe, expect, test } from 'vitest';
import { BROKEN } from './broken.ts';
import { CASES, FIELD } from './cases.ts';
import { runFlagger } from './flagger.ts';
import { resultOf, runCase } from './run-case.ts';

function caseOf(name: string) {
  const found = [...CASES, ...FIELD].find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

/** The row that refuses each broken rule, with releases enough for that; `npm run analysis -- --broken NAME` runs all rows. */
const REFUSED_BY: readonly (readonly [rule: string, name: string, releases: number])[] = [
  ['no-share', 'good, 2 % testers by header, 1,000 rps', 20],
  ['no-intake', 'good, bursts of 10; 100, 300, 1,000 rps', 10],
  ['no-trust', 'good, 1 of 5 proxies accuses the canary', 3],
  ['no-affinity', 'good, affinity, 2,000 users, errors ± 30 %', 10],
  ['alpha-10', '20x, 10 % first', 20],
  ['deaf', '20x, 10 % first', 3],
  ['hasty', '4x, 10 % first', 20],
  ['no-guards', 'good, one blip of 30 at 1 %', 20],
];

describe('the acceptance table', () => {
  test.each(REFUSED_BY)('%s is refused by "%s"', (name, row, releases) => {
    expect(runCase(caseOf(row), BROKEN.get(name), releases).missed).not.toEqual([]);
  });

  test.each([
    ...new Map(REFUSED_BY.map(([, row, releases]) => [row, releases])),
  ])('the verdict passes "%s"', (row, releases) => {
    expect(runCase(caseOf(row), undefined, releases).missed).toEqual([]);
  });

  test('every broken rule is refused', () => {
    expect([...BROKEN.keys()].toSorted()).toEqual(REFUSED_BY.map(([name]) => name).toSorted());
  });

  test('the same seeds give the same figures, whichever rows run', () => {
    expect(runCase(caseOf('4x, 10 % first'), undefined, 5)).toEqual(runCase(caseOf('4x, 10 % first'), undefined, 5));
  });

  test('Flagger’s rule stops good releases and misses what stays above 99 %', () => {
    expect(resultOf(caseOf('100 rps, good 2 %'), 5, runFlagger).stopped).toBe(1);
    expect(resultOf(caseOf('1000 rps, 50x at 0.01 %'), 5, runFlagger).stopped).toBe(0);
  });
});
