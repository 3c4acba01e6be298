import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../functions/canary/verdict/decide.ts';
import { foldWindow } from '../../../functions/canary/verdict/fold-window.ts';
import { dispersion } from '../../../functions/canary/verdict/intake/intake.ts';
import { VERDICT_DEFAULTS } from '../../../functions/canary/verdict/policy.ts';
import { readVerdictRecord } from '../../../functions/canary/verdict/read-record.ts';
import { openVerdict, type VerdictRecord } from '../../../functions/canary/verdict/record.ts';
import { recordOf, TENTH_FIRST, type Told, times, windowsOf } from '../../support/verdict-windows.ts';

const count = (max: number) => fc.integer({ min: 0, max });
const latency = fc.array(fc.tuple(count(5_000), count(50)), { maxLength: 6 });
const told: fc.Arbitrary<Told> = fc.record({
  step: fc.constant(0),
  responses: fc.tuple(count(500), count(60)),
  bad: fc.tuple(count(40), count(8)),
  fallbacks: count(1),
  times: fc.tuple(latency, latency),
});
/** A baseline, then the steps of the plan one after another. */
const release: fc.Arbitrary<readonly Told[]> = fc
  .tuple(fc.array(told, { maxLength: 8 }), fc.array(told, { maxLength: 20 }), fc.array(told, { maxLength: 20 }))
  .map((parts) => parts.flatMap((windows, i) => windows.map((window) => ({ ...window, step: i - 1 }))));

const start = openVerdict(VERDICT_DEFAULTS, TENTH_FIRST);
const fold = (windows: readonly Told[], from: VerdictRecord = start) =>
  windowsOf(TENTH_FIRST, windows).reduce(foldWindow, from);
const kept = (record: VerdictRecord): VerdictRecord => {
  const read = readVerdictRecord(JSON.parse(JSON.stringify(record)));
  if (read === undefined) throw new Error('a record is not read back');
  return read;
};

describe('folding', () => {
  test('the same windows give the same bytes, kept in between or not', () => {
    fc.assert(
      fc.property(release, count(48), (windows, cut) => {
        const all = windowsOf(TENTH_FIRST, windows);
        const half = kept(all.slice(0, cut).reduce(foldWindow, start));
        const whole = all.reduce(foldWindow, start);
        expect(JSON.stringify(all.slice(cut).reduce(foldWindow, half))).toBe(JSON.stringify(whole));
        expect(JSON.stringify(kept(whole))).toBe(JSON.stringify(whole));
      }),
    );
  });

  test('a window counts once, and no older one after it', () => {
    fc.assert(
      fc.property(release, (windows) => {
        const all = windowsOf(TENTH_FIRST, windows);
        const whole = all.reduce(foldWindow, start);
        for (const window of all) expect(foldWindow(whole, window)).toBe(whole);
      }),
    );
  });

  test('two steps may share the time of a window', () => {
    const [first] = windowsOf(TENTH_FIRST, [{ responses: [9, 1] }]);
    const [second] = windowsOf(TENTH_FIRST, [{ step: 1, responses: [5, 5] }]);
    if (first === undefined || second === undefined) throw new Error('no windows');
    const both = [first, second, first, second].reduce(foldWindow, start);
    expect(both.steps.map(({ windows }) => windows)).toEqual([1, 1, 0]);
    expect(both).toMatchObject({ foldedUntil: 0, foldedStep: 1 });
  });

  test('a window of an earlier step is passed over', () => {
    const record = fold([{ responses: [9, 1] }, { step: 1, responses: [5, 5] }]);
    const [, , late] = windowsOf(TENTH_FIRST, times(3, { responses: [9, 1] }));
    if (late === undefined) throw new Error('no window');
    expect(foldWindow(record, late)).toBe(record);
  });

  test.each([
    [{ step: 3 }, /is of step 3; the plan has 3/],
    [{ weight: 0.2 }, /has weight 0.2 and time 0, not 0.1/],
    [{ weight: Number.NaN }, /has weight NaN/],
    [{ from: 0.5 }, /time 0.5, not .* whole milliseconds/],
  ])('a window with %j is refused', (wrong, message) => {
    const [window] = windowsOf(TENTH_FIRST, [{ responses: [9, 1] }]);
    if (window === undefined) throw new Error('no window');
    expect(() => foldWindow(start, { ...window, ...wrong })).toThrow(message);
  });

  test('more bad responses than responses are as many responses', () => {
    const { steps } = fold([{ responses: [1, 0], bad: [4, 3] }]);
    expect(steps[0]).toMatchObject({ responses: { stable: 4, canary: 3 }, bad: { stable: 4, canary: 3 } });
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, -1])('a count of %s is none', (wrong) => {
    const record = fold([
      { responses: [wrong, wrong], bad: [wrong, wrong], fallbacks: wrong, times: [[[1, wrong]], [[wrong, 1]]] },
    ]);
    expect(record.steps[0]).toMatchObject({ responses: { stable: 0, canary: 0 }, bad: { stable: 0, canary: 0 } });
    expect(kept(record)).toEqual(record);
  });

  test('counts without end stay numbers, and the record stays small', () => {
    const huge = 1e300;
    const told = times(60, { responses: [huge, huge], bad: [huge, huge], times: [[[huge, huge]], [[huge, huge]]] });
    const spread = Array.from({ length: 700 }, (_, i) => [i * 997, 1] as const);
    const record = fold([...told, ...times(3, { responses: [1, 1], times: [spread, spread] })]);
    expect(kept(record)).toEqual(record);
    expect(JSON.stringify(record).length).toBeLessThan(20_000);
    expect(decide(record, { step: 0, seconds: 300, nextWeight: 0.5, proxies: undefined }).logE).not.toBeNaN();
  });
});

test('a release begins without evidence', () => {
  const none = { stable: 0, canary: 0 };
  const sums = { windows: 0, seconds: 0, badWindows: 0, worstBad: 0, responses: none, bad: none, weighed: none };
  expect(openVerdict(VERDICT_DEFAULTS, [0.5, 1])).toEqual({
    policy: VERDICT_DEFAULTS,
    baseline: { seconds: 0, responses: 0, bad: 0 },
    steps: [0.5, 1].map((weight) => ({ weight, ...sums })),
    intake: { num: 0, den: 0, counts: [], kappa: 5, isBursty: false },
    histogram: [],
    foldedUntil: -1,
    foldedStep: -1,
  });
});

describe('a plan', () => {
  test.each([
    [[]],
    [[0]],
    [[0.5, 0.5]],
    [[0.5, 0.2]],
    [[0.5, 1.1]],
    [[Number.NaN]],
    [Array.from({ length: 65 }, (_, i) => (i + 1) / 65)],
  ])('%j is refused', (plan) => {
    expect(() => openVerdict(VERDICT_DEFAULTS, plan)).toThrow(RangeError);
  });
});

describe('intake', () => {
  const stable = (...counts: readonly number[]): readonly Told[] =>
    counts.map((bad) => ({ step: -1, responses: [500, 0], bad: [bad, 0] }));

  test('one by one: a window counts for all of its bad responses', () => {
    const record = fold([...stable(1, 2, 1, 2, 3, 2, 1, 2, 2, 1), { responses: [450, 50], bad: [3, 1] }]);
    expect(dispersion(record.intake)).toBe(1);
    expect(record.steps[0]?.weighed).toEqual({ stable: 3, canary: 1 });
  });

  test('bursts that are seldom: a window counts for one bad response, split as it was', () => {
    const record = fold([...stable(0, 0, 30, 0, 0, 0, 30, 0, 0, 0), { responses: [450, 50], bad: [30, 10] }]);
    expect(record.intake).toMatchObject({ isBursty: true, kappa: 1 });
    expect(record.steps[0]?.weighed.stable).toBeCloseTo(0.75, 12);
    expect(record.steps[0]?.weighed.canary).toBeCloseTo(0.25, 12);
  });

  test('bursts in every window: each counts for less', () => {
    const record = fold([...stable(20, 60, 25, 70, 10, 65, 20, 60), { responses: [450, 50], bad: [18, 2] }]);
    const before = fold(stable(20, 60, 25, 70, 10, 65, 20, 60));
    expect(record.intake.isBursty).toBe(false);
    expect(record.steps[0]?.weighed.stable).toBeCloseTo(18 / dispersion(before.intake), 12);
  });

  test('slow drift and a changed share are no bursts', () => {
    const drift = stable(...Array.from({ length: 40 }, (_, i) => i));
    expect(dispersion(fold(drift).intake)).toBe(1);
    const halves = fold([...stable(20, 20, 20, 20), ...times(6, { step: 1, responses: [250, 250], bad: [10, 10] })]);
    expect(dispersion(halves.intake)).toBe(1);
  });

  test('what a window counts for is fixed before it', () => {
    const before = fold(stable(1, 1, 1, 1));
    const one = fold([...stable(1, 1, 1, 1), { responses: [450, 50], bad: [400, 50] }]);
    expect(one.steps[0]?.weighed.stable).toBeCloseTo((400 * before.intake.kappa) / 450, 12);
  });
});

test('few bad responses of the canary never convict', () => {
  fc.assert(
    fc.property(release, (windows) => {
      const few = windows.map(
        (window, i): Told => ({ ...window, bad: [window.bad?.[0] ?? 0, i % 20 === 7 ? 1 : 0], times: [[], []] }),
      );
      const record = fold(few);
      const total = record.steps.reduce((sum, { bad }) => sum + bad.canary, 0);
      const { decision } = decide(record, { step: 1, seconds: 100, nextWeight: 1, proxies: undefined });
      if (total < 3) expect(decision).not.toBe('convict');
    }),
  );
});

describe('reading', () => {
  const record = recordOf(
    [
      { step: -1, responses: [500, 0] },
      { responses: [450, 50], bad: [1, 1] },
    ],
    { policy: VERDICT_DEFAULTS },
  );
  const json = (): Record<string, unknown> => JSON.parse(JSON.stringify(record));

  test('gives what was kept', () => {
    expect(readVerdictRecord(json())).toEqual(record);
  });

  test.each<[string, (value: Record<string, unknown>) => unknown]>([
    ['no record', () => 'x'],
    ['null', () => null],
    ['an unknown field', (value) => ({ ...value, more: 1 })],
    ['a missing field', ({ baseline: _, ...rest }) => rest],
    ['a negative sum', (value) => ({ ...value, baseline: { seconds: -1, responses: 0, bad: 0 } })],
    ['a text for a number', (value) => ({ ...value, foldedUntil: '0' })],
    ['a plan that falls', (value) => ({ ...value, steps: [...record.steps].toReversed() })],
    ['no steps', (value) => ({ ...value, steps: [] })],
    ['a policy without confidence', (value) => ({ ...value, policy: { ...record.policy, confidence: undefined } })],
    ['a confidence of 1', (value) => ({ ...value, policy: { ...record.policy, confidence: 1 } })],
    [
      'a histogram that does not rise',
      (value) => ({
        ...value,
        histogram: [
          [2, 1],
          [1, 1],
        ],
      }),
    ],
    [
      'times for other bounds',
      (value) => ({
        ...value,
        steps: [
          {
            ...record.steps[0],
            latency: { bounds: [], slow: [{ stable: 0, canary: 0 }], worst: [], responses: { stable: 0, canary: 0 } },
          },
        ],
      }),
    ],
  ])('%s is none', (_, change) => {
    expect(readVerdictRecord(change(json()))).toBeUndefined();
  });
});
