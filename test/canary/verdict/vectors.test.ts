import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  logNotWorse,
  logRate,
  logWorse,
  rateAtMost,
  ratioAtLeast,
} from '../../../functions/canary/verdict/criteria/e-process.ts';

interface Vectors {
  readonly worse: readonly { cells: readonly Cell[]; tolerance: number; logE: number; atLeast: number }[];
  readonly notWorse: readonly (Cell & { ratio: number; logE: number | '-Infinity' })[];
  readonly rate: readonly { bad: number; responses: number; rate: number; logE: number; atMost: number }[];
}

const VECTORS: Vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/verdict/vectors.json', import.meta.url), 'utf8'),
);
const LOG_100 = Math.log(100);
const LOG_40 = Math.log(40);

/** To 1e-6, of the value where that is above 1. */
function expectNear(value: number, wanted: number): void {
  expect(Math.abs(value - wanted) / Math.max(1, Math.abs(wanted))).toBeLessThan(1e-6);
}

describe('golden values of an implementation of its own', () => {
  test.each(VECTORS.worse)('worse: $cells, tolerance $tolerance', ({ cells, tolerance, logE, atLeast }) => {
    expectNear(logWorse(cells, tolerance), logE);
    expectNear(ratioAtLeast(cells, LOG_100), atLeast);
  });

  test.each(VECTORS.notWorse)('not worse than $ratio: $c, $s at $w', ({ ratio, logE, ...cell }) => {
    if (logE === '-Infinity') expect(logNotWorse(cell, ratio)).toBe(Number.NEGATIVE_INFINITY);
    else expectNear(logNotWorse(cell, ratio), logE);
  });

  test.each(VECTORS.rate)('$bad of $responses is below $rate', ({ bad, responses, rate, logE, atMost }) => {
    expectNear(logRate(bad, responses, rate), logE);
    expectNear(rateAtMost(bad, responses, LOG_40), atMost);
  });

  test('all of them are there', () => {
    expect([VECTORS.worse.length, VECTORS.notWorse.length, VECTORS.rate.length]).toEqual([27, 27, 15]);
  });
});
