import { describe, expect, test } from 'vitest';
import type { Release } from '../../functions/canary/canary.ts';
import { releaseLines } from '../../infra/cli/canary/release-view.ts';
import { ageOf, stepOf } from '../../infra/cli/canary/rows.ts';
import { releaseAt, TIME } from '../support/release-status.ts';

/** The lines a while after `TIME`. */
const linesOf = (release: Partial<Release>, seconds = 0): readonly string[] =>
  releaseLines(releaseAt(release), Date.parse(TIME) + seconds * 1_000).map((line) => line.join(' '));
const steps = [{ setWeight: 0.5 }, { pause: { duration: '5m' } }, { pause: {} }, { setWeight: 100 }];

describe('lines about a release', () => {
  test.each<[index: number, state: Release['state'], step: string]>([
    [-1, 'Baseline', '0/4 (baseline), for 90s'],
    [0, 'Progressing', '1/4 (setWeight 0.5%), for 90s'],
    [1, 'Paused', '2/4 (pause 5m), for 90s'],
    [2, 'Paused', '3/4 (pause), for 90s'],
    [3, 'Baking', '4/4 (setWeight 100%), for 90s'],
    [4, 'WaitingPromotion', '4/4 (all done), for 90s'],
    [4, 'Promoted', '4/4 (all done)'],
    [1, 'Aborted', '2/4 (pause 5m)'],
    [-1, 'Undone', '0/4 (baseline)'],
    [0, 'Superseded', '1/4 (setWeight 0.5%)'],
  ])('at step %i, %s', (currentStepIndex, state, step) => {
    expect(linesOf({ steps, currentStepIndex, state }, 90)).toEqual([
      `Release: ${state}; attempt 1 (Start), started 90s ago`,
      `Step: ${step}`,
    ]);
  });

  test('why it waits, who wants that, and what the verdict is', () => {
    const paused = { since: TIME, reason: 'PausedByUser', by: 'ada', message: 'lunch' } as const;
    const verdict = { reason: 'hold', sentence: 'held: only proxy p7 says so', since: TIME, at: TIME };
    expect(linesOf({ paused, verdict }, 180).slice(2)).toEqual([
      'Paused: PausedByUser by ada, for 3m: lunch',
      'Verdict: held: only proxy p7 says so (3m ago)',
    ]);
    expect(linesOf({ paused: { since: TIME, reason: 'CanaryPauseStep' } }, 5)[2]).toBe(
      'Paused: CanaryPauseStep, for 5s',
    );
  });
});

test('a step is told of all steps', () => {
  expect([-1, 0, 3, 4].map((currentStepIndex) => stepOf({ steps, currentStepIndex }))).toEqual([
    '0/4',
    '1/4',
    '4/4',
    '4/4',
  ]);
});

test.each([
  [-5, '0s'],
  [119, '119s'],
  [120, '2m'],
  [130, '2m10s'],
  [600, '10m'],
  [3 * 3_600, '3h'],
  [50 * 3_600, '2d'],
])('an age of %i seconds is %s', (seconds, age) => {
  expect(ageOf(TIME, Date.parse(TIME) + seconds * 1_000)).toBe(age);
});
