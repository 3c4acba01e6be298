import { describe, expect, test } from 'vitest';
import type { EvidenceWindow, WindowTrack } from '../../functions/traffic/evidence/describe-evidence.ts';
import { seriesOf } from '../../infra/console/page/series.ts';
import { canaryOf } from '../support/canaries.ts';
import { releaseAt, TIME } from '../support/release-status.ts';

const START = Date.parse(TIME);
const time = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const CANARY = canaryOf({
  status: {
    release: releaseAt({ taken: [{ step: 0, weight: 10, resourceVersion: '5', confirmedAt: time(10) }] }),
  },
});

const track = (responses: number, errors: number): WindowTrack => ({
  ...{ responses, errors, grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 0 },
  latency:
    responses === 0
      ? []
      : [
          [10, responses - 1],
          [500, 1],
        ],
});
/** Five seconds at 10 % in which stable has 1 bad answer of 900. */
const windowAt = (at: number, errors: number, responses = 100, version = '5'): EvidenceWindow => ({
  ...{ resourceVersion: version, weights: { stable: 90, canary: 10 } },
  ...{ from: time(at), to: time(at + 5) },
  tracks: { stable: track(9 * responses, responses === 0 ? 0 : 1), canary: track(responses, errors) },
});
const windowsOf = (count: number, errors: number) =>
  Array.from({ length: count }, (_, i) => windowAt(10 + 5 * i, errors));

describe('the evidence of a chart', () => {
  test('a bad canary passes the threshold, and the band is above one and holds the ratio', () => {
    const { evidence } = seriesOf(CANARY, windowsOf(6, 20));
    const [logE, ratio, low, high] = (['logE', 'ratio', 'low', 'high'] as const).map((name) => evidence?.[name].at(-1));
    expect(evidence?.logLimit).toBeCloseTo(2, 1);
    expect(logE).toBeGreaterThan(evidence?.logLimit ?? Number.NaN);
    expect(low).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThanOrEqual(low ?? Number.NaN);
    expect(high).toBeGreaterThanOrEqual(ratio ?? Number.NaN);
  });

  test('a good canary does not', () => {
    const { evidence } = seriesOf(CANARY, windowsOf(40, 0));
    expect(Math.max(...(evidence?.logE ?? []).map(Number))).toBeLessThan(1);
    expect(evidence?.low.at(-1)).toBeLessThanOrEqual(0);
  });

  test.each([
    ['before the proxies were found to run the weight', windowAt(5, 20)],
    ['of another release', windowAt(20, 20, 100, '3')],
  ])('what was counted %s tells nothing', (_case, window) => {
    const { evidence } = seriesOf(CANARY, [window]);
    expect([evidence?.logE, evidence?.ratio]).toEqual([[null], [null]]);
  });

  test('where proxies counted a moment under two writes too, there is no gap', () => {
    const windows = windowsOf(3, 20).flatMap((window) => [window, { ...window, resourceVersion: '3' }]);
    const { at, evidence } = seriesOf(CANARY, windows);
    expect([at.length, evidence?.logE]).toEqual([3, seriesOf(CANARY, windowsOf(3, 20)).evidence?.logE]);
  });

  test('without a release there is none', () => {
    expect(seriesOf(canaryOf(), windowsOf(2, 0)).evidence).toBeUndefined();
  });
});

test('the traffic of a chart: shares in percent, requests in a second, bounds of quantiles', () => {
  const { at, served, measured, errors, rate, p50, p99 } = seriesOf(CANARY, [windowAt(10, 20), windowAt(15, 0, 0)]);
  expect({ at, served, measured, rate: rate.canary, errors: errors.canary }).toEqual({
    at: [START / 1_000 + 10, START / 1_000 + 15],
    served: [10, 10],
    measured: [10, null],
    rate: [20, 0],
    errors: [20, null],
  });
  expect([p50.canary, p99.stable]).toEqual([
    [10, null],
    [10, null],
  ]);
});

test('a moment under two writes is one: their requests together, and the weight between both', () => {
  const before = { ...windowAt(10, 0), resourceVersion: '4', weights: { stable: 100, canary: 0 } };
  const { at, served, measured, rate, errors, p50 } = seriesOf(CANARY, [before, windowAt(10, 20)]);
  expect({ at, served, measured, rate, errors: errors.canary, p50: p50.canary }).toEqual({
    at: [START / 1_000 + 10],
    served: [5],
    measured: [10],
    rate: { stable: [360], canary: [40] },
    errors: [10],
    p50: [10],
  });
});
