import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { foldMeasurements } from '../../functions/canary/metrics/fold.ts';
import type { Measurement } from '../../functions/canary/metrics/metric-state.ts';
import type { MeasureMetrics } from '../../functions/canary/steps/measure-metrics.ts';
import { dueMetrics, limitsOf } from '../../functions/canary/steps/metric-limits.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';

const METRIC = {
  name: 'success-rate',
  provider: { prometheus: { address: 'https://prometheus.example.com', query: 'up' } },
  successCondition: 'result[0] >= 0.99',
};
const strategyWith = (...metrics: readonly object[]): object => ({
  steps: [{ setWeight: 20 }],
  analysis: { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' }, metrics },
});
const isOver = (canary: Canary): boolean =>
  runningRelease(canary)?.state === 'WaitingPromotion' || canary.status.phase === 'Failed';
const sentenceOf = ({ status }: Canary): string => status.conditions[0]?.message ?? '';

type Found = Omit<Measurement, 'at'>;
const GOOD: Found = { phase: 'Successful', hasData: true, value: '[1]' };
const BAD: Found = { phase: 'Failed', hasData: true, value: '[0.5]' };
const NOTHING: Found = { phase: 'Inconclusive', hasData: false, message: 'no data' };
const DOWN: Found = { phase: 'Error', hasData: false, message: 'the provider cannot be reached (ECONNREFUSED)' };

/** Measures in simulated time what a test says; counts the measurements that were taken. */
function measuring(simulator: ReleaseSimulator, what: () => Found): { measure: MeasureMetrics; taken: number[] } {
  const taken: number[] = [];
  const measure: MeasureMetrics = async ({ metrics }, record) => {
    const now = simulator.use.now();
    const due = dueMetrics(metrics, record, now);
    taken.push(...due.map(() => simulator.seconds()));
    const found = due.map(({ name }) => [name, { at: now, ...what() }] as const);
    return due.length === 0 ? record : foldMeasurements(metrics.map(limitsOf), record, new Map(found));
  };
  return { measure, taken };
}

describe('a release with metrics of other providers', () => {
  test('goes on while they are good, and measures them on their interval', async () => {
    const release = await simulateRelease(strategyWith(METRIC), { rps: 200 });
    const { measure, taken } = measuring(release, () => GOOD);
    const canary = await release.until(isOver, 60, { measure });
    expect(canary.status).toMatchObject({ phase: 'WaitingPromotion', weights: { canary: 100 } });
    const gaps = taken.slice(1).map((at, i) => at - (taken[i] ?? 0));
    expect(taken.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60);
  });

  test('is taken back by one that fails, and the sentence says what that is not', async () => {
    const release = await simulateRelease(strategyWith({ ...METRIC, failureLimit: 1 }), { rps: 200 });
    const { measure, taken } = measuring(release, () => BAD);
    const canary = await release.until(isOver, 60, { measure });
    expect(canary.status).toMatchObject({ phase: 'Failed', weights: { stable: 100, canary: 0 } });
    expect(taken).toHaveLength(2);
    expect(sentenceOf(canary)).toBe(
      "aborted: metric success-rate failed 2 times, last at [0.5]: failureLimit is 1; metrics are outside the verdict's guarantee",
    );
  });

  test('(94) without data it never goes on, and the deadline takes it back', async () => {
    const release = await simulateRelease(strategyWith(METRIC), { rps: 200 });
    const { measure } = measuring(release, () => DOWN);
    const weights: number[] = [];
    const canary = await release.until(
      (now) => {
        weights.push(now.status.weights.canary);
        return isOver(now);
      },
      60,
      { measure },
    );
    expect(canary.status.phase).toBe('Failed');
    expect(Math.max(...weights)).toBe(20);
    expect(sentenceOf(canary)).toMatch(
      /^aborted: progressDeadline of 10m is over: held: metric success-rate could not be measured \d+ times in a row \(the provider cannot be reached/,
    );
    // Held for the whole of it before.
    expect(weights.filter((weight) => weight === 20).length).toBeGreaterThanOrEqual((10 * 60) / 5);
  });

  test('goes on where data come back before the deadline', async () => {
    const release = await simulateRelease(strategyWith(METRIC), { rps: 200 });
    let found = NOTHING;
    const { measure } = measuring(release, () => found);
    const held = await release.until(({ status }) => status.release?.verdict?.reason === 'Metrics', 60, { measure });
    expect(held.status.weights.canary).toBe(20);
    expect(held.status.release?.verdict?.sentence).toMatch(/^held: metric success-rate is inconclusive, \d+ times/);
    found = GOOD;
    expect((await release.until(isOver, 60, { measure })).status.phase).toBe('WaitingPromotion');
  });

  test('a dry run changes nothing, and the step says what it would have done', async () => {
    const release = await simulateRelease(strategyWith({ ...METRIC, dryRun: true }), { rps: 200 });
    const { measure } = measuring(release, () => BAD);
    const canary = await release.until(isOver, 60, { measure });
    expect(canary.status.phase).toBe('WaitingPromotion');
    const key = { cluster: 'local', namespace: 'shop', name: 'cart' };
    const entries = await release.store.listAudit(key, 50, AbortSignal.timeout(20_000));
    expect(JSON.stringify(entries)).toMatch(/metric success-rate failed 1 time, .*it is a dry run, so nothing follows/);
  });

  test('a conviction waits for no metric', async () => {
    const release = await simulateRelease(strategyWith(METRIC), { rps: 200, canaryBad: 0.3 });
    let last = 0;
    const measure: MeasureMetrics = async (_, record) => {
      last = release.seconds();
      return record;
    };
    const canary = await release.until(isOver, 60, { measure });
    expect(canary.status.phase).toBe('Failed');
    expect(sentenceOf(canary)).toMatch(/convicted/);
    expect(last).toBeLessThan(release.seconds());
  });

  test('is not measured before the canary has a share, nor once it waits for promotion', async () => {
    const release = await simulateRelease(strategyWith(METRIC), { rps: 200 });
    const { measure, taken } = measuring(release, () => GOOD);
    const first = await release.until(({ status }) => status.weights.canary > 0, 60, { measure });
    expect(first.status.weights.canary).toBe(20);
    expect(taken).toEqual([]);
    await release.until(isOver, 60, { measure });
    const before = taken.length;
    for (let i = 0; i < 30; i++) await release.pass({ measure });
    expect(taken.length).toBe(before);
  });
});
