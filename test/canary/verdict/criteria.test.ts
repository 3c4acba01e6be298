import { describe, expect, test } from 'vitest';
import { LOG_RISE_LIMIT, logRise } from '../../../functions/canary/verdict/criteria/affinity.ts';
import {
  BAKE_FACTOR,
  bakeCounts,
  isBadAtFull,
  LOG_BAKE_LIMIT,
  logBake,
} from '../../../functions/canary/verdict/criteria/bake.ts';
import {
  doubtOfErrors,
  LOG_SUSPICION,
  loneTeller,
  loneTellerOfTimes,
  type Suspected,
  withoutWorst,
} from '../../../functions/canary/verdict/doubts.ts';
import {
  addSlow,
  addTimes,
  frozenLatency,
  type Histogram,
} from '../../../functions/canary/verdict/intake/latency-bounds.ts';
import { VERDICT_DEFAULTS } from '../../../functions/canary/verdict/policy.ts';
import { openVerdict, type StepSums, type VerdictRecord } from '../../../functions/canary/verdict/record.ts';
import { NOTHING, type ProxySteps } from '../../../functions/canary/verdict/trust.ts';
import type { Trust, TrustedStep } from '../../../functions/canary/verdict/trusted-steps.ts';
import { ERRORS_ONLY, times, recordOf as toldRecordOf } from '../../support/verdict-windows.ts';

const pair = (stable: number, canary: number) => ({ stable, canary });
/** A record whose steps hold these sums. */
function recordWith(
  steps: readonly Partial<StepSums>[],
  { baseline = pair(0, 0), sticky = false }: { baseline?: { stable: number; canary: number }; sticky?: boolean } = {},
): VerdictRecord {
  const plan = steps.map((_, i) => (i + 1) / steps.length);
  const open = openVerdict({ ...ERRORS_ONLY, sticky }, plan);
  return {
    ...open,
    // Responses and bad ones.
    baseline: { seconds: 60, responses: baseline.stable, bad: baseline.canary },
    steps: open.steps.map((step, i) => ({ ...step, ...steps[i] })),
  };
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the rise of the Service’s bad responses', () => {
  const RISES = [1.2, 1.5, 2, 4, 10, 30];
  /** By the definition: a rise of r against none, where each bad response falls to then or before by their responses. */
  const riseOf = (bad: number, responses: number, before: number, responsesBefore: number): number => {
    const share = responses / (responses + responsesBefore);
    return mean(RISES.map((r) => r ** bad / (r * share + 1 - share) ** (bad + before)));
  };

  test('is the mean of E over the steps with windows, of both tracks together', () => {
    const steps = [
      { windows: 3, responses: pair(90, 10), bad: pair(2, 3) },
      { windows: 1, responses: pair(30, 30), bad: pair(1, 0) },
      { windows: 0, responses: pair(500, 500), bad: pair(90, 90) },
    ];
    const expected = mean([riseOf(5, 100, 4, 400), riseOf(1, 60, 4, 400)]);
    expect(logRise(recordWith(steps, { baseline: pair(400, 4) }))).toBeCloseTo(Math.log(expected), 9);
  });

  test.each<[string, readonly Partial<StepSums>[], number]>([
    ['no window', [{ windows: 0, responses: pair(9, 9), bad: pair(9, 9) }], 100],
    ['no response', [{ windows: 1, responses: pair(0, 0), bad: pair(0, 0) }], 100],
    ['no response before', [{ windows: 1, responses: pair(9, 9), bad: pair(9, 9) }], 0],
  ])('is none where there is %s', (_what, steps, responses) => {
    expect(logRise(recordWith(steps, { baseline: pair(responses, 0) }))).toBeCloseTo(0, 12);
  });
});

describe('a canary with every request', () => {
  const MULTIPLES = [1.5, 2, 4, 10];
  /** By the definition: a canary that is m times worse than three times as bad as stable, against one that is just that. */
  const bakeOf = (bad: number, responses: number, stableBad: number, stableResponses: number, spread = 1): number => {
    const share = (ratio: number): number => (ratio * responses) / (ratio * responses + stableResponses);
    const good = share(3);
    return mean(
      MULTIPLES.map((m) => {
        const other = share(3 * m);
        return ((other / good) ** bad * ((1 - other) / (1 - good)) ** stableBad) ** (1 / spread);
      }),
    );
  };
  const counts = { bad: 12, responses: 200, stableBad: 3, stableResponses: 700 };

  test('is held against stable by E, of which bursts take their part', () => {
    const record = recordWith([{}]);
    expect(BAKE_FACTOR).toBe(3);
    expect(logBake(record, counts)).toBeCloseTo(Math.log(bakeOf(12, 200, 3, 700)), 9);
    const bursty = { ...record, intake: { ...record.intake, num: 9_000, den: 1_000 } };
    const spread = logBake(bursty, counts);
    expect(spread).toBeLessThan(logBake(record, counts));
    expect(spread).toBeGreaterThan(0);
  });

  test.each([
    ['without responses of its own', { ...counts, responses: 0 }],
    ['without responses of stable', { ...counts, stableResponses: 0 }],
  ])('%s is nothing to tell of', (_what, none) => {
    expect(logBake(recordWith([{}]), none)).toBe(0);
  });

  const trusted = (responses: [number, number], kept: [number, number] = [1, 1]): TrustedStep => {
    const cell = { w: 0.5, c: 0, s: 0 };
    return { most: cell, least: cell, kept: pair(...kept), responses: pair(...responses) };
  };

  test('is compared with the last step that had both, and those after it, or with all: whichever makes it look better', () => {
    const steps = (firstBad: number): readonly Partial<StepSums>[] => [
      { responses: pair(1_000, 0), bad: pair(firstBad, 0) },
      { responses: pair(400, 400), bad: pair(8, 0) },
      { responses: pair(0, 500), bad: pair(0, 0) },
      { responses: pair(50, 600), bad: pair(5, 60) },
    ];
    const trust = [trusted([1_000, 0]), trusted([400, 400], [0.5, 1]), trusted([0, 500]), trusted([0, 600], [1, 0.5])];
    const of = (firstBad: number) => bakeCounts(recordWith(steps(firstBad), { baseline: pair(100, 1) }), trust, 3);
    // The canary's own are never weighed window by window, and taken as far as proxies are trusted.
    expect(of(0)).toEqual({ bad: 30, responses: 600, stableBad: 4, stableResponses: 400 });
    expect(of(900)).toEqual({ bad: 30, responses: 600, stableBad: 1 + 900 + 4, stableResponses: 100 + 1_000 + 400 });
  });

  /** Stable had ten bad responses of 1,000; nothing but the full step's own sums is told otherwise. */
  const judge = (full: Partial<StepSums>, without: (index: number) => readonly TrustedStep[] = () => [], count = 0) => {
    const steps = [
      { responses: pair(1_000, 1_000), bad: pair(10, 10) },
      { responses: pair(0, 1_000), ...full },
    ];
    const trust: Trust = { steps: [trusted([1_000, 1_000]), trusted([0, 1_000])], without };
    const proxies: readonly ProxySteps[] = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, steps: [] }));
    return isBadAtFull(recordWith(steps), 1, trust, proxies);
  };

  test('is convicted from the limit on, and no sooner', () => {
    const record = recordWith([{ responses: pair(1_000, 1_000), bad: pair(10, 10) }, { responses: pair(0, 1_000) }]);
    const log = (bad: number): number =>
      logBake(record, { bad, responses: 1_000, stableBad: 10, stableResponses: 1_000 });
    const first = Array.from({ length: 400 }, (_, i) => i).find((bad) => log(bad) >= LOG_BAKE_LIMIT) ?? 0;
    expect(LOG_BAKE_LIMIT).toBeCloseTo(Math.log(10_000), 12);
    expect(first).toBeGreaterThan(30);
    const at = (bad: number): boolean => judge({ bad: pair(0, bad), badWindows: 9, worstBad: 1 });
    expect([at(first - 1), at(first)]).toEqual([false, true]);
  });

  test('is not convicted by few windows, nor by one', () => {
    const of = (badWindows: number, worstBad: number): boolean => judge({ bad: pair(0, 200), badWindows, worstBad });
    expect([of(2, 1), of(3, 1), of(9, 190), of(9, 200), of(9, 100)]).toEqual([false, true, false, false, true]);
  });

  test('is not convicted by fewer than three bad responses, however few stable had', () => {
    const of = (bad: number): boolean => {
      const steps = [
        { responses: pair(1e7, 1), bad: pair(0, 0) },
        { bad: pair(0, bad), badWindows: 3, worstBad: 0 },
      ];
      const trust = { steps: [trusted([1e7, 1]), trusted([0, 10])], without: () => [] };
      return isBadAtFull(recordWith(steps), 1, trust, []);
    };
    const enough = Array.from({ length: 30 }, (_, i) => i).find(of) ?? 0;
    expect(enough).toBeGreaterThanOrEqual(3);
  });

  test('is not convicted where the evidence is gone without any one proxy', () => {
    const rest = [trusted([1_000, 1_000]), trusted([0, 1_000])];
    const gone = [trusted([1_000, 1_000]), trusted([0, 1_000], [1, 0.01])];
    const of = (lone: number): boolean =>
      judge({ bad: pair(0, 200), badWindows: 9, worstBad: 1 }, (i) => (i === lone ? gone : rest), 3);
    expect([of(-1), of(0), of(2)]).toEqual([true, false, false]);
  });
});

describe('doubts of errors', () => {
  const of = (steps: readonly Partial<StepSums>[], isMadeByOneWindow = false) =>
    doubtOfErrors(recordWith(steps), isMadeByOneWindow);

  test('three bad responses in three windows, over all steps, are enough', () => {
    const step = (bad: number, badWindows: number) => ({ bad: pair(0, bad), badWindows });
    expect(of([step(3, 3)])).toBeUndefined();
    expect(of([step(1, 1), step(2, 2)])).toBeUndefined();
    expect(of([step(2, 3)])).toEqual({ why: 'guard' });
    expect(of([step(3, 2)])).toEqual({ why: 'guard' });
    expect(of([{ bad: pair(9, 2), badWindows: 9 }])).toEqual({ why: 'guard' });
    expect(of([step(9, 9)], true)).toEqual({ why: 'guard' });
  });

  test('with affinity the Service must fail more than before: from the limit on', () => {
    const stickyWith = (bad: number) => {
      const steps = [{ windows: 9, badWindows: 9, responses: pair(500, 500), bad: pair(0, bad) }];
      return recordWith(steps, { baseline: pair(1_000, 10), sticky: true });
    };
    const first =
      Array.from({ length: 200 }, (_, i) => i).find((bad) => logRise(stickyWith(bad)) >= LOG_RISE_LIMIT) ?? 0;
    expect(LOG_RISE_LIMIT).toBeCloseTo(Math.log(20), 12);
    expect(first).toBeGreaterThan(10);
    expect(doubtOfErrors(stickyWith(first - 1), false)).toEqual({ why: 'affinity' });
    expect(doubtOfErrors(stickyWith(first), false)).toBeUndefined();
    const plain = { ...stickyWith(first - 1), policy: ERRORS_ONLY };
    expect(doubtOfErrors(plain, false)).toBeUndefined();
  });

  test('without its worst window a step has less, as far as it is trusted, and never less than none', () => {
    const step = (kept: [number, number]): TrustedStep => {
      const cell = { w: 0.3, c: 8, s: 6 };
      return { most: cell, least: cell, kept: pair(...kept), responses: pair(100, 100) };
    };
    const steps = [step([1, 1]), step([0.5, 0.25])];
    const worst = (canary: number, stable: number) => ({ ...recordWith([{}, {}]), worst: { step: 1, canary, stable } });
    expect(withoutWorst(worst(4, 2), steps)).toEqual([
      { w: 0.3, c: 8, s: 6 },
      { w: 0.3, c: 7, s: 5 },
    ]);
    expect(withoutWorst(worst(400, 200), steps)[1]).toEqual({ w: 0.3, c: 0, s: 0 });
    expect(withoutWorst(recordWith([{}, {}]), steps)).toEqual([
      { w: 0.3, c: 8, s: 6 },
      { w: 0.3, c: 8, s: 6 },
    ]);
  });

  const proxies: readonly ProxySteps[] = ['a', 'b', 'c'].map((id) => ({ id, steps: [] }));
  const suspected = (logErrors: number, logWithoutCaps: number, c: readonly number[]): Suspected => ({
    ...{ tolerance: 1, logErrors, logWithoutCaps, logLimit: 5 },
    scaleOf: (i) => ({ ...NOTHING, bad: [0.5, 0.2, 0.2][i] ?? 1 }),
    trust: {
      steps: [],
      without: (i) => {
        const cell = { w: 0.5, c: c[i] ?? 0, s: 0 };
        return [{ most: cell, least: cell, kept: pair(1, 1), responses: pair(1, 1) }];
      },
    },
  });

  test('evidence that only caps take below the limit is of the first proxy that tells most', () => {
    const few = { why: 'lone', proxy: 'b', isOneOfSeveral: true };
    expect(loneTeller(proxies, suspected(4.9, 5, [99, 99, 99]))).toEqual(few);
    expect(loneTeller(proxies, suspected(5, 9, [99, 99, 99]))).toBeUndefined();
    expect(loneTeller(proxies, suspected(4.9, 4.9, [99, 99, 99]))).toBeUndefined();
  });

  test('evidence that is gone without one proxy is that one’s', () => {
    expect(loneTeller(proxies, suspected(6, 6, [99, 99, 1]))).toEqual({ why: 'lone', proxy: 'c' });
    expect(loneTeller(proxies, suspected(6, 6, [99, 1, 1]))).toEqual({ why: 'lone', proxy: 'b' });
    expect(LOG_SUSPICION).toBeCloseTo(Math.log(10), 12);
  });
});

describe('slow responses that one proxy may have told alone', () => {
  const stable = Array.from({ length: 20 }, (_, i) => [10 + i, 5] as const);
  const before = times(24, { step: -1, responses: [100, 0], times: [stable, []] });
  const slow = times(24, { responses: [90, 10], times: [stable, [[60, 10]]] });
  const record = toldRecordOf([...before, ...slow], { policy: VERDICT_DEFAULTS });
  const of = (...responses: readonly number[]) => {
    const proxies = responses.map((nc, i) => ({ id: `p${i}`, steps: [{ c: 0, s: 0, nc, ns: 0 }] }));
    return loneTellerOfTimes(record, proxies);
  };

  test('are doubted by its share of the responses', () => {
    expect(of(60, 60, 60, 60)).toBeUndefined();
    expect(of(1, 100_000, 1, 1)).toEqual({ why: 'lone', proxy: 'p1', isOfTimes: true });
    expect(of(0, 0)).toBeUndefined();
  });
});

describe('bounds of latency', () => {
  const policy = (quantile: number, margin = 0.2) => ({ quantiles: [quantile], margin });
  const boundsOf = (histogram: Histogram, quantile: number, margin?: number) =>
    frozenLatency(histogram, policy(quantile, margin)).bounds.map(({ stable, canary }) => [stable, canary]);

  test('are taken from 200 responses on, ten of them above', () => {
    expect(boundsOf([[10, 199]], 0.5)).toEqual([]);
    expect(boundsOf([[10, 200]], 0.5)).toHaveLength(1);
    expect(boundsOf([[10, 319]], 1 - 1 / 32)).toEqual([]);
    expect(boundsOf([[10, 320]], 1 - 1 / 32)).toHaveLength(1);
  });

  test('are the first edge that no more responses are above', () => {
    const thirds: Histogram = [
      [10, 100],
      [20, 100],
      [30, 100],
    ];
    expect(boundsOf(thirds, 0.5)).toEqual([[21, 26]]);
    expect(boundsOf(thirds, 0.25)).toEqual([[11, 14]]);
    expect(boundsOf(thirds, 0.9)).toEqual([[31, 38]]);
    // Buckets are wider where times are longer.
    expect(boundsOf([[100, 300]], 0.5)).toEqual([[110, 140]]);
    expect(boundsOf([[1_000, 300]], 0.5)).toEqual([[1_100, 1_400]]);
  });

  test('are not one too far by what numbers in binary lack', () => {
    // 0.1 of 200 is a little less than 20, and 1.1 times 30 a little more than 33.
    expect(
      boundsOf(
        [
          [10, 180],
          [20, 20],
        ],
        0.9,
      ),
    ).toEqual([[11, 14]]);
    expect(boundsOf([[29, 300]], 0.5, 0.1)).toEqual([[30, 33]]);
  });

  test('the policy’s own is the first edge that is not below it', () => {
    const own = (slowerThanMs: number) => frozenLatency([], { quantiles: [], margin: 0.2, slowerThanMs }).bounds;
    expect([own(99), own(300), own(301), own(333)].map(([bound]) => bound)).toEqual([
      pair(99, 99),
      pair(300, 300),
      pair(310, 310),
      pair(340, 340),
    ]);
  });

  test('a time is never longer than can be told apart', () => {
    expect(
      addTimes(
        [],
        [
          [1e12, 2],
          [5, 1],
        ],
      ),
    ).toEqual([
      [5, 1],
      [1e9, 2],
    ]);
  });

  test('a response in the bucket of a bound is slow, and the first of two worst windows stays', () => {
    const start = frozenLatency([[10, 300]], policy(0.5));
    expect(start).toMatchObject({ bounds: [{ stable: 11, canary: 14 }], slow: [pair(0, 0)], responses: pair(0, 0) });
    const once = addSlow(
      start,
      [
        [10, 4],
        [11, 2],
      ],
      [
        [13, 5],
        [14, 3],
      ],
    );
    expect(once).toMatchObject({ slow: [pair(2, 3)], worst: [pair(2, 3)], responses: pair(6, 8) });
    const twice = addSlow(once, [[11, 7]], [[14, 3]]);
    expect(twice).toMatchObject({ slow: [pair(9, 6)], worst: [pair(2, 3)], responses: pair(13, 11) });
    expect(addSlow(twice, [[11, 1]], [[14, 4]]).worst).toEqual([pair(1, 4)]);
  });
});
