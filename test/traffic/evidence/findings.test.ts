import { describe, expect, test } from 'vitest';
import {
  badOf,
  EMPTY_LEDGER,
  fallbacksOf,
  settle,
  unansweredOf,
} from '../../../functions/traffic/evidence/sums/findings.ts';
import {
  addSums,
  balanceOf,
  NO_SUMS,
  sumsOf,
  type TrackCounts,
  type TrackSums,
} from '../../../functions/traffic/evidence/sums/track-sums.ts';

const NOTHING: TrackCounts = {
  ...{ completed: 0, errors: 0, retried: 0, grpcFailures: 0, started: 0, unconnected: 0, cut: 0, left: 0 },
  latency: new Map(),
};
const counts = (more: Partial<TrackCounts>): TrackCounts => ({ ...NOTHING, ...more });
const sums = (more: Partial<TrackSums>): TrackSums => ({ ...NO_SUMS, ...more });

/** As a stock Envoy 1.40 counted them. */
const SEEN: readonly [string, Partial<TrackCounts>, balance: number, Partial<ReturnType<typeof settle>['findings']>][] =
  [
    ['all is well', { completed: 17_692, started: 17_692 }, 0, { fallbacks: 0, unanswered: 0, errors: 0 }],
    ['5 % errors', { completed: 1_996, started: 1_996, errors: 99 }, 0, { errors: 99, fallbacks: 0 }],
    [
      'every request refused, tried again elsewhere',
      { completed: 200, unconnected: 200, retried: 200 },
      200,
      { fallbacks: 200, errors: 0 },
    ],
    [
      'every request refused, not tried again',
      { completed: 200, errors: 200, unconnected: 200 },
      0,
      { fallbacks: 0, errors: 200 },
    ],
    ['no host at all: the next Pods are asked at once', { completed: 200 }, 200, { fallbacks: 200 }],
    ['the canary hangs and clients give up', { started: 40, left: 40 }, -40, { unanswered: 40, fallbacks: 0 }],
    ['the canary hangs and clients wait', { started: 40 }, -40, { unanswered: 0, fallbacks: 0 }],
    ['bodies are cut after a 200', { completed: 30, started: 30, cut: 30 }, 0, { cut: 30, errors: 0 }],
    [
      'every fifth gRPC call fails',
      { completed: 485, started: 485, grpcFailures: 97 },
      0,
      { grpcFailures: 97, errors: 0 },
    ],
    [
      'refused and 72 uploads too long to be tried again',
      { completed: 2_423, errors: 72, unconnected: 2_423, retried: 2_351 },
      2_351,
      { fallbacks: 2_351, errors: 72 },
    ],
  ];

test.each(SEEN)('%s', (_, more, balance, findings) => {
  expect(balanceOf(counts(more))).toBe(balance);
  expect(settle(EMPTY_LEDGER, sumsOf(counts(more))).findings).toMatchObject(findings);
});

test.each<[string, Partial<TrackSums>, carry: number, unanswered: number]>([
  ['no more than Envoy ended', { left: 3, balance: -10 }, 0, 3],
  ['no more than has no answer', { left: 10, balance: -3 }, 0, 3],
  ['those that began in windows before', { left: 5, balance: 0 }, -5, 5],
  ['none where all is answered', { left: 5, balance: 2 }, 0, 0],
])('unanswered: %s', (_, more, carry, unanswered) => {
  expect(unansweredOf({ carry, peak: 0 }, sums(more))).toBe(unanswered);
});

test.each([
  [0, 5, 5],
  [5, 5, 0],
  [5, 3, 0],
  [0, -4, 0],
])('fallbacks rise above what was: peak %i, carry %i', (peak, carry, fallbacks) => {
  expect(fallbacksOf({ carry: 0, peak }, carry)).toBe(fallbacks);
});

describe('from window to window', () => {
  test('requests that a window starts and the next one answers are no fallbacks', () => {
    let ledger = EMPTY_LEDGER;
    const found = [-7, 7, -3, 1, 2, -5, 5].map((balance) => {
      const settled = settle(ledger, sums({ responses: 100, balance }));
      ledger = settled.ledger;
      return settled.findings.fallbacks;
    });
    expect(found).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('a fallback behind clients that gave up is seen', () => {
    const hung = settle(EMPTY_LEDGER, sums({ left: 40, balance: -40 }));
    expect(hung.findings.unanswered).toBe(40);
    expect(settle(hung.ledger, sums({ responses: 6, balance: 6 })).findings.fallbacks).toBe(6);
  });
});

test.each<[string, Parameters<typeof badOf>[0], number]>([
  ['5xx', { responses: 100, errors: 5, grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 0 }, 5],
  [
    'a gRPC failure that is a 5xx is one',
    { responses: 100, errors: 5, grpcFailures: 5, fallbacks: 0, unanswered: 0, cut: 0 },
    5,
  ],
  [
    'a connection cut before the headers is one 5xx',
    { responses: 100, errors: 5, grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 5 },
    5,
  ],
  [
    'a body cut behind them is another',
    { responses: 100, errors: 2, grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 5 },
    5,
  ],
  ['fallbacks and unanswered', { responses: 100, errors: 1, grpcFailures: 0, fallbacks: 3, unanswered: 4, cut: 0 }, 8],
  [
    'each request at most once',
    { responses: 10, errors: 10, grpcFailures: 0, fallbacks: 10, unanswered: 2, cut: 0 },
    12,
  ],
])('bad responses: %s', (_, findings, bad) => {
  expect(badOf(findings)).toBe(bad);
});

test('sums add up in every field', () => {
  const one = sums({
    ...{ responses: 1, errors: 2, grpcFailures: 3, cut: 4, left: 5, balance: -6 },
    latency: new Map([[1, 7]]),
  });
  const two = sums({
    ...{ responses: 10, balance: 1 },
    latency: new Map([
      [1, 1],
      [2, 2],
    ]),
  });
  expect(addSums(one, two)).toEqual({
    ...{ responses: 11, errors: 2, grpcFailures: 3, cut: 4, left: 5, balance: -5 },
    latency: new Map([
      [1, 8],
      [2, 2],
    ]),
  });
});
