import { describe, expect, test } from 'vitest';
import { LATENCY_MULTIPLES, logMeanExp, logWorse } from '../../../functions/canary/verdict/criteria/e-process.ts';
import { decide } from '../../../functions/canary/verdict/decide.ts';
import { VERDICT_DEFAULTS, type VerdictPolicy } from '../../../functions/canary/verdict/policy.ts';
import { recordOf, type Told, times } from '../../support/verdict-windows.ts';

/** A hundred responses of stable from 10 to 29 ms, five in each. */
const STABLE = Array.from({ length: 20 }, (_, i) => [10 + i, 5] as const);
const baseline = times(24, { step: -1, responses: [100, 0], times: [STABLE, []] });
const judge = (
  told: readonly Told[],
  proxies?: Parameters<typeof decide>[1]['proxies'],
  policy: VerdictPolicy = VERDICT_DEFAULTS,
) => decide(recordOf(told, { policy }), { step: 0, seconds: 60, nextWeight: 0.5, proxies });
const bounds = (told: readonly Told[], policy: VerdictPolicy = VERDICT_DEFAULTS) =>
  recordOf(told, { policy }).steps[0]?.latency?.bounds;
const step = (canary: readonly (readonly [number, number])[], more: Partial<Told> = {}): Told => ({
  responses: [90, 10],
  times: [STABLE.map(([bound, count]) => [bound, count - 0.5]), canary],
  ...more,
});
const slow = step([[60, 10]]);

describe('bounds', () => {
  test('are stable’s quantiles before the step, and 20 % more for the canary', () => {
    expect(bounds([...baseline, slow])).toEqual([
      { quantile: 0.5, stable: 20, canary: 24 },
      { quantile: 0.9, stable: 28, canary: 34 },
      { quantile: 0.99, stable: 30, canary: 36 },
    ]);
  });

  test('stay in a step, whatever comes', () => {
    const late = times(40, step([[60, 10]], { times: [[[500, 90]], [[500, 10]]] }));
    expect(bounds([...baseline, slow, ...late])).toEqual(bounds([...baseline, slow]));
  });

  test('need responses enough', () => {
    const few = (count: number) => bounds([{ step: -1, responses: [count, 0], times: [[[10, count]], []] }, slow]);
    expect(few(199)).toEqual([]);
    expect(few(999)?.map(({ quantile }) => quantile)).toEqual([0.5, 0.9]);
    expect(few(1_000)?.map(({ quantile }) => quantile)).toEqual([0.5, 0.9, 0.99]);
  });

  test('one of the policy is for both tracks alike, from the first window on', () => {
    const policy = { ...VERDICT_DEFAULTS, latency: { quantiles: [], margin: 0.2, slowerThanMs: 300 } };
    expect(bounds([slow], policy)).toEqual([{ stable: 300, canary: 300 }]);
  });
});

describe('times', () => {
  test('convict a canary that is slower', () => {
    const { decision, why, sentence } = judge([...baseline, ...times(12, slow)]);
    expect([decision, why]).toEqual(['convict', 'latency']);
    expect(sentence).toMatch(
      /^canary 110 of 110 above 36 ms, stable 0 of 990 above 30 ms, its p99 before: at 99 %, E = \S+ of 100 needed: convicted$/,
    );
  });

  test('make an E that is the mean over the bounds', () => {
    const record = recordOf([...baseline, ...times(12, slow)], { policy: VERDICT_DEFAULTS });
    const { slow: counts = [], responses = { stable: 0, canary: 0 } } = record.steps[0]?.latency ?? {};
    expect(responses).toEqual({ stable: 990, canary: 110 });
    const logs = counts.map(({ canary, stable }) => logWorse([{ w: 0.1, c: canary, s: stable }], 1, LATENCY_MULTIPLES));
    const { logELatency } = decide(record, { step: 0, seconds: 60, nextWeight: 0.5, proxies: undefined });
    expect(logELatency).toBeCloseTo(logMeanExp(logs), 9);
    expect(logELatency).toBeGreaterThan(100);
  });

  test('that are less than the margin longer do not', () => {
    const slower = step(STABLE.map(([bound]) => [bound * 1.1, 0.5]));
    expect(judge([...baseline, ...times(100, slower)]).decision).toBe('acquit');
  });

  test('of the first window of a step are passed over', () => {
    const record = recordOf([...baseline, slow, slow], { policy: VERDICT_DEFAULTS });
    expect(record.steps[0]?.latency?.responses).toEqual({ stable: 90, canary: 10 });
  });

  test('of windows with fallbacks are passed over: other Pods took them', () => {
    const record = recordOf([...baseline, slow, step([[60, 10]], { fallbacks: 1 })], { policy: VERDICT_DEFAULTS });
    expect(record.steps[0]?.latency?.responses).toEqual({ stable: 0, canary: 0 });
  });

  test('of one window do not convict', () => {
    const usual = step([[12, 10]]);
    const pause = step([[900, 10]]);
    expect(judge([...baseline, ...times(6, usual), pause, pause, pause]).decision).toBe('convict');
    const one = step([[900, 40]], { responses: [90, 40] });
    expect(judge([...baseline, ...times(100, usual), one])).toMatchObject({ decision: 'acquit' });
    expect(judge([...baseline, ...times(5, usual), one]).decision).not.toBe('convict');
  });

  test('of one proxy that has most responses do not convict; it is named', () => {
    const proxies = (shares: readonly number[]) =>
      shares.map((nc, i) => ({ id: `p${i}`, steps: [{ c: 0, s: 0, nc, ns: nc * 9 }] }));
    const half = step([
      [60, 5],
      [12, 5],
    ]);
    const told = [...baseline, ...times(60, half)];
    expect(judge(told, proxies([4, 6]))).toMatchObject({ decision: 'hold', why: 'lone' });
    expect(judge(told, proxies([4, 6])).sentence).toMatch(
      /^held: proxy p1 has so many of the responses that it alone may have told these times: canary \d+ of \d+ above/,
    );
    expect(judge(told, proxies([2, 2, 2, 2, 2])).decision).toBe('convict');
    expect(judge(told, proxies([10])).decision).toBe('convict');
  });
});
