import { describe, expect, test } from 'vitest';
import { decide } from '../../../functions/canary/verdict/decide.ts';
import { VERDICT_DEFAULTS, type VerdictPolicy } from '../../../functions/canary/verdict/policy.ts';
import type { ProxySteps } from '../../../functions/canary/verdict/trust.ts';
import type { Look } from '../../../functions/canary/verdict/verdict.ts';
import { ERRORS_ONLY, recordOf, type Told, times } from '../../support/verdict-windows.ts';

const look = (more: Partial<Look> = {}): Look => ({
  step: 0,
  seconds: 600,
  nextWeight: 0.5,
  proxies: undefined,
  ...more,
});
const judge = (told: readonly Told[], more: Partial<Look> = {}, policy: VerdictPolicy = ERRORS_ONLY) =>
  decide(recordOf(told, { policy }), look(more));

/** At 10 %: 450 responses of stable and 50 of the canary in a window. */
const good: Told = { responses: [450, 50] };
const bad: Told = { responses: [450, 50], bad: [0, 2] };

describe('convict', () => {
  test('where the canary fails and stable does not, with counts and a bound', () => {
    const { decision, why, sentence, logE } = judge(times(6, bad));
    expect([decision, why]).toEqual(['convict', 'errors']);
    expect(logE).toBeGreaterThan(Math.log(100));
    expect(sentence).toMatch(
      /^canary 12 of 300 bad, stable 0 of 2,700: at least \d[\d.]*x at 99 %, E = [\d,^]+ of 100 needed: convicted$/,
    );
  });

  test('as the issue words it', () => {
    const told: Told[] = [
      { responses: [81, 25], bad: [1, 4] },
      { responses: [80, 24], bad: [0, 3] },
      { responses: [80, 24], bad: [1, 3] },
    ];
    const plan = [0.2, 1];
    expect(decide(recordOf(told, { plan }), look({ nextWeight: 1 })).sentence).toMatch(
      /^canary 10 of 73 bad, stable 2 of 241: at least 1\.9x at 99 %, E = 2,400 of 100 needed: convicted$/,
    );
  });

  test('not before three bad responses in three windows, however sure it looks', () => {
    const { decision, why } = judge([...times(40, good), bad, bad]);
    expect([decision, why]).toEqual(['hold', 'guard']);
  });

  test('not by one window', () => {
    const [quiet, one] = [{ responses: [250, 250] }, { responses: [250, 250], bad: [0, 1] }] as const;
    const blip: Told = { responses: [250, 250], bad: [0, 50] };
    const told = [...times(4, quiet), one, one, one, one];
    const judgeHalf = (windows: readonly Told[]) => decide(recordOf(windows, { plan: [0.5, 1] }), look());
    expect(judgeHalf([...told, blip])).toMatchObject({ decision: 'hold', why: 'guard' });
    expect(judgeHalf([...told, blip, blip]).decision).toBe('convict');
  });

  test('by the whole release, though the step alone shows nothing', () => {
    const before = times(6, { responses: [450, 50], bad: [0, 1] });
    const after: Told = { step: 1, responses: [250, 250], bad: [0, 1] };
    const { decision } = judge([...before, ...times(2, after)], { step: 1, nextWeight: 1, seconds: 10 });
    expect(decision).toBe('convict');
    expect(judge(times(2, after), { step: 1, nextWeight: 1, seconds: 10 }).decision).toBe('hold');
  });

  test('a share that is larger than the set one excuses as many bad responses', () => {
    const testers: Told = { responses: [700, 300], bad: [7, 3] };
    expect(judge(times(40, testers)).decision).not.toBe('convict');
    expect(judge(times(40, { ...testers, responses: [900, 100] })).decision).toBe('convict');
  });
});

describe('trust', () => {
  const proxy = (id: string, c: number, s: number): ProxySteps => ({ id, steps: [{ c, s, nc: 100, ns: 900 }] });
  const told = times(6, bad);

  test('one proxy of several does not convict, and is named', () => {
    const { decision, why, sentence } = judge(told, {
      proxies: [proxy('a', 0, 0), proxy('p7', 12, 0), proxy('b', 0, 0)],
    });
    expect([decision, why]).toEqual(['hold', 'lone']);
    expect(sentence).toMatch(/^held: only proxy p7 says so: canary 12 of 300 bad/);
  });

  test('several that tell the same do', () => {
    expect(judge(told, { proxies: [proxy('a', 4, 0), proxy('b', 4, 0), proxy('c', 4, 0)] }).decision).toBe('convict');
  });

  test('one proxy in all does', () => {
    expect(judge(told, { proxies: [proxy('a', 12, 0)] }).decision).toBe('convict');
  });

  test('a proxy that has counted nothing is no judge of the others', () => {
    const idle = Array.from({ length: 8 }, (_, i) => ({ id: `idle${i}`, steps: [{ c: 0, s: 0, nc: 0, ns: 0 }] }));
    const worse = times(60, { responses: [450, 50], bad: [2, 1] });
    const callers = [proxy('a', 30, 60), proxy('b', 30, 60)];
    expect(judge(worse, { proxies: [...callers, ...idle] })).toEqual(judge(worse, { proxies: callers }));
    expect(judge(worse, { proxies: [...callers, ...idle] }).decision).toBe('convict');
    expect(judge(told, { proxies: [proxy('a', 12, 0), ...idle] }).decision).toBe('convict');
  });

  test('few of many that tell it are held; the one that tells most is named', () => {
    const worse = times(60, { responses: [450, 50], bad: [2, 2] });
    const quiet = Array.from({ length: 8 }, (_, i) => proxy(`p${i}`, 0, 0));
    const { decision, why, sentence } = judge(worse, { proxies: [proxy('a', 50, 60), proxy('b', 70, 60), ...quiet] });
    expect([decision, why]).toEqual(['hold', 'lone']);
    expect(sentence).toMatch(/^held: too much of it comes from proxy b: canary 120 of 3,000 bad/);
  });

  test('one proxy that floods stable does not hide a bad canary', () => {
    const flood = times(40, { responses: [450, 50], bad: [200, 4] });
    expect(judge(flood).decision).not.toBe('convict');
    const honest = Array.from({ length: 9 }, (_, i) => proxy(`p${i}`, 16, 0));
    expect(judge(flood, { proxies: [...honest, proxy('liar', 0, 8_000)] }).decision).toBe('convict');
  });

  test.each([Number.NaN, -5, Number.POSITIVE_INFINITY, 1e300])('counts of %s give no NaN', (count) => {
    const proxies = [proxy('a', count, count), proxy('b', 2, 0)];
    const verdict = judge(times(6, { responses: [count, 50], bad: [count, count] }), { proxies });
    for (const key of ['logE', 'logEErrors', 'logELatency', 'measuredShare'] as const)
      expect(verdict[key]).not.toBeNaN();
  });
});

describe('affinity', () => {
  const sticky: VerdictPolicy = { ...ERRORS_ONLY, sticky: true };
  const baseline = times(24, { step: -1, responses: [500, 0], bad: [2, 0] });

  test('a canary that fails while the Service fails as before is held', () => {
    const clump = times(12, { responses: [450, 50], bad: [1, 1] });
    expect(judge([...baseline, ...clump], {}, sticky)).toMatchObject({ decision: 'hold', why: 'affinity' });
    expect(judge([...baseline, ...clump]).decision).toBe('convict');
  });

  test('one that makes the Service fail more is convicted', () => {
    const failing = times(12, { responses: [450, 50], bad: [2, 5] });
    expect(judge([...baseline, ...failing], {}, sticky).decision).toBe('convict');
  });
});

describe('acquit', () => {
  test('by the budget of the next step, in numbers that add up', () => {
    const { decision, why, sentence } = judge(times(36, good));
    expect([decision, why]).toEqual(['acquit', 'budget']);
    expect(sentence).toBe('advanced: at most 0.23 % bad, the next step adds at most 0.12 %, 0.25 % are allowed');
  });

  test('by the ratio, where stable fails as much', () => {
    const noisy = times(60, { responses: [4_500, 500], bad: [90, 10] });
    const { decision, why, sentence } = judge(noisy);
    expect([decision, why]).toEqual(['acquit', 'ratio']);
    expect(sentence).toMatch(
      /^advanced: at most 1\.\dx as bad as stable, the Service's bad responses grow to at most 1\.\d+x in/,
    );
  });

  test('not by a larger share than was set: those are other callers', () => {
    const testers: Told = { responses: [700, 300], bad: [28, 12] };
    expect(judge(times(60, testers)).decision).toBe('hold');
    const plan = [0.3, 1];
    expect(decide(recordOf(times(60, testers), { plan }), look()).decision).toBe('acquit');
  });

  test('not before the shortest time, nor with few responses', () => {
    expect(judge(times(36, good), { seconds: 59 })).toMatchObject({ why: 'minimum', sentence: 'held: 59 s of 60 s' });
    expect(judge([{ responses: [441, 49] }])).toMatchObject({
      why: 'little-traffic',
      sentence: 'held: 49 canary responses of 50 needed',
    });
  });

  test('counts of earlier steps do not', () => {
    const told = [...times(36, good), { ...good, step: 1 } as const];
    expect(judge(told, { step: 1, nextWeight: 1 }).decision).toBe('hold');
  });

  test('not while something is suspicious', () => {
    const [quiet, one] = [{ responses: [2_500, 2_500] }, { responses: [2_500, 2_500], bad: [0, 1] }] as const;
    const judgeHalf = (count: number) =>
      decide(recordOf([...times(60, quiet), ...times(count, one)], { plan: [0.5, 1] }), look({ nextWeight: 1 }));
    expect(judgeHalf(4)).toMatchObject({ decision: 'acquit' });
    expect(judgeHalf(8)).toMatchObject({ decision: 'hold', why: 'suspicion' });
    expect(judgeHalf(8).sentence).toMatch(/^held: too suspicious for the next step: canary 8 of 170,000 bad/);
  });
});

describe('when the time of a step is over', () => {
  const undecided = times(20, { responses: [45, 5], bad: [1, 0] });
  const at = (inconclusive: VerdictPolicy['inconclusive'], told: readonly Told[] = undecided) =>
    judge(told, { seconds: 1_800 }, { ...ERRORS_ONLY, inconclusive });

  test('it goes on where nothing is suspicious', () => {
    expect(at('AdvanceUnlessSuspect')).toMatchObject({ decision: 'advance', why: 'inconclusive' });
    expect(judge(undecided, { seconds: 1_799 }).why).toBe('undecided');
  });

  test('it holds where the policy asks for that, or E is above 1', () => {
    expect(at('Hold')).toMatchObject({ decision: 'hold', why: 'inconclusive' });
    const slight = [...times(14, { responses: [45, 5] }), ...times(6, { responses: [45, 5], bad: [2, 1] })] as const;
    expect(at('AdvanceUnlessSuspect', slight)).toMatchObject({ decision: 'hold', why: 'inconclusive' });
  });

  test('what held it before is still the reason', () => {
    const told = [...times(60, { responses: [2_500, 2_500] }), ...times(8, { responses: [2_500, 2_500], bad: [0, 1] })];
    const late = { step: 0, seconds: 1_800, nextWeight: 1, proxies: undefined };
    expect(decide(recordOf(told, { plan: [0.5, 1] }), late)).toMatchObject({ decision: 'hold', why: 'suspicion' });
  });

  test('it aborts where the policy asks for that, which is no conviction', () => {
    const { decision, sentence } = at('Abort');
    expect(decision).toBe('abort');
    expect(sentence).toMatch(/^aborted after 30 min without a verdict, as the policy asks .* not convicted:/);
  });

  test.each(['AdvanceUnlessSuspect', 'Hold', 'Abort'] as const)('without responses it holds (%s)', (inconclusive) => {
    expect(at(inconclusive, [{ responses: [50, 0] }])).toMatchObject({ decision: 'hold', why: 'little-traffic' });
  });
});

describe('with every request', () => {
  const before = times(60, { step: 1, responses: [250, 250], bad: [1, 1] });
  const full = (badCount: number): Told => ({ step: 2, responses: [0, 500], bad: [0, badCount] });
  const judgeFull = (told: readonly Told[], proxies?: readonly ProxySteps[]) =>
    judge(told, { step: 2, nextWeight: 1, proxies });

  test('a canary that is far worse than stable was is convicted, outside the guarantee', () => {
    const { decision, why, sentence } = judgeFull([...before, ...times(12, full(40))]);
    expect([decision, why]).toEqual(['convict', 'bake']);
    expect(sentence).toMatch(
      /^canary at 100 %: 480 of 6,000 bad, stable before 60 of 15,000, .*: convicted, outside the guarantee$/,
    );
  });

  test('stable’s responses then are no evidence of now', () => {
    const late: Told = { step: 2, responses: [100, 400], bad: [100, 0] };
    const earlier = judge(before, { step: 1, nextWeight: 1 });
    expect(judgeFull([...before, ...times(3, late)]).logE).toBeCloseTo(earlier.logE, 9);
  });

  test('one that is no worse bakes on, and E of the steps before is carried', () => {
    const earlier = judge(before, { step: 1, nextWeight: 1 });
    const { decision, why, logE, sentence } = judgeFull([...before, ...times(12, full(2))]);
    expect([decision, why]).toEqual(['hold', 'bake']);
    expect(logE).toBeCloseTo(earlier.logE, 9);
    expect(sentence).toContain('outside the guarantee');
  });

  test('one proxy of several does not convict', () => {
    const steps = (c: number) => [0, 1, 2].map((j) => ({ c: j === 2 ? c : 0, s: 0, nc: 100, ns: 100 }));
    const proxies = ['a', 'b', 'c'].map((id, i) => ({ id, steps: steps(i === 1 ? 480 : 0) }));
    expect(judgeFull([...before, ...times(12, full(40))], proxies).decision).toBe('hold');
  });

  test('without an earlier step there is nothing to compare with', () => {
    expect(judgeFull(times(12, full(40))).sentence).toContain('no earlier step to compare with');
  });
});

test('both criteria make one E', () => {
  const { logE, logEErrors, logELatency } = judge(times(6, bad), {}, VERDICT_DEFAULTS);
  expect(logELatency).toBeCloseTo(0, 9);
  expect(logE).toBeCloseTo(Math.log(0.6 * Math.exp(logEErrors) + 0.4), 9);
});

test.each([
  [{ step: 3 }, /step 3 before 0.5 cannot be judged: steps are 0 to 2/],
  [{ step: -1 }, /cannot be judged/],
  [{ nextWeight: 0 }, /cannot be judged/],
  [{ nextWeight: Number.NaN }, /cannot be judged/],
])('%j is refused', (more, message) => {
  expect(() => judge([good], more)).toThrow(message);
});
