import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { foldMeasurements } from '../../functions/canary/metrics/fold.ts';
import type { Measurement } from '../../functions/canary/metrics/metric-state.ts';
import type { MeasureMetrics } from '../../functions/canary/steps/measure-metrics.ts';
import { dueMetrics, limitsOf } from '../../functions/canary/steps/metric-limits.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';

const METRIC = {
  name: 'success-rate',
  provider: { webhook: { url: 'https://checks.example.com/cart' } },
  successCondition: 'result >= 0.99',
  interval: '1m',
};
const TIMES = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const strategyWith = (metrics: readonly object[], before: readonly object[] = [{ setWeight: 20 }]): object => ({
  steps: [...before, { analysis: { metrics } }, { setWeight: 50 }],
  analysis: TIMES,
});
const isOver = (canary: Canary): boolean =>
  runningRelease(canary)?.state === 'WaitingPromotion' || canary.status.phase === 'Failed';
const isPaused = (canary: Canary): boolean => runningRelease(canary)?.state === 'Paused';
const isAtStep =
  (index: number) =>
  ({ status }: Canary): boolean =>
    status.release?.currentStepIndex === index;

type Found = Omit<Measurement, 'at'>;
const GOOD: Found = { phase: 'Successful', hasData: true, value: '1' };
const BAD: Found = { phase: 'Failed', hasData: true, value: '0.5' };
const NEITHER: Found = { phase: 'Inconclusive', hasData: true, value: '0.98', message: 'neither condition is true' };
const DOWN: Found = { phase: 'Error', hasData: false, message: 'the provider cannot be reached (ECONNREFUSED)' };

/** Measures in simulated time what a test tells; notes when. */
function measuring(simulator: ReleaseSimulator, what: () => Found) {
  const taken: { readonly at: number; readonly step: number }[] = [];
  const measure: MeasureMetrics = async ({ canary, metrics }, record) => {
    const now = simulator.use.now();
    const due = dueMetrics(metrics, record, now);
    const step = canary.status.release?.currentStepIndex ?? -1;
    taken.push(...due.map(() => ({ at: simulator.seconds(), step })));
    const found = due.map(({ name }) => [name, { at: now, ...what() }] as const);
    return due.length === 0 ? record : foldMeasurements(metrics.map(limitsOf), record, new Map(found));
  };
  return { measure, taken };
}

describe('an analysis step', () => {
  test('stays at its weight until it is measured as often as it asks for, and then goes on', async () => {
    const release = await simulateRelease(strategyWith([{ ...METRIC, count: 3 }]), { rps: 1_000 });
    const { measure, taken } = measuring(release, () => GOOD);
    const begun = await release.until(isAtStep(1), 60, { measure });
    expect(begun.status).toMatchObject({ weights: { canary: 20 }, release: { state: 'Progressing' } });
    const since = release.seconds();
    const next = await release.until(isAtStep(2), 60, { measure });
    expect(release.seconds() - since).toBeGreaterThanOrEqual(120);
    expect(taken.map(({ step }) => step)).toEqual([1, 1, 1]);
    expect(next.status.release?.verdict?.sentence).toMatch(/^analysis passed: success-rate 3 of 3; advanced: /);
    expect((await release.until(isOver, 60, { measure })).status.phase).toBe('WaitingPromotion');
    expect(taken).toHaveLength(3);
  });

  test('without a count measures once, and before the first share too', async () => {
    const release = await simulateRelease(strategyWith([METRIC], []), { rps: 1_000 });
    const { measure, taken } = measuring(release, () => GOOD);
    await release.until(isAtStep(0), 60, { measure });
    expect((await release.canary()).status.weights.canary).toBe(0);
    await release.until(isAtStep(1), 5, { measure });
    expect(taken.map(({ step }) => step)).toEqual([0]);
  });

  test('that fails takes the canary back, with what that is not', async () => {
    const release = await simulateRelease(strategyWith([{ ...METRIC, count: 3, failureLimit: 1 }]), { rps: 1_000 });
    const { measure, taken } = measuring(release, () => BAD);
    const { status } = await release.until(isOver, 60, { measure });
    expect([status.phase, status.weights.canary, taken.length]).toEqual(['Failed', 0, 2]);
    expect(status.conditions[0]?.message).toBe(
      "aborted: metric success-rate failed 2 times, last at 0.5: failureLimit is 1; metrics are outside the verdict's guarantee",
    );
  });

  test('that is inconclusive pauses; promote goes on', async () => {
    const release = await simulateRelease(strategyWith([METRIC]), { rps: 1_000 });
    const { measure, taken } = measuring(release, () => NEITHER);
    const { status } = await release.until(isPaused, 60, { measure });
    expect(status.release).toMatchObject({
      paused: { reason: 'InconclusiveAnalysisRun' },
      verdict: { sentence: expect.stringContaining('metric success-rate was inconclusive 1 time') },
    });
    expect(status.conditions.find(({ type }) => type === 'Paused')).toMatchObject({
      status: 'True',
      reason: 'InconclusiveAnalysisRun',
      message: expect.stringContaining('"outrigger canary promote cart -n shop" goes on'),
    });
    expect(status.conditions.find(({ type }) => type === 'Inconclusive')).toMatchObject({ status: 'True' });
    for (let i = 0; i < 60; i++) await release.pass({ measure });
    expect(taken).toHaveLength(1);
    await steerRelease(release.use.call(), 'promote');
    expect((await release.canary()).status.release).toMatchObject({ currentStepIndex: 2, state: 'Progressing' });
  });

  test('that is inconclusive is run again by resume', async () => {
    const release = await simulateRelease(strategyWith([METRIC]), { rps: 1_000 });
    let found = NEITHER;
    const { measure, taken } = measuring(release, () => found);
    await release.until(isPaused, 60, { measure });
    found = GOOD;
    await steerRelease(release.use.call(), 'resume');
    await release.until(isAtStep(2), 5, { measure });
    expect(taken).toHaveLength(2);
  });

  test('(94) without data never goes on, and the deadline takes the canary back', async () => {
    const strategy = { ...strategyWith([METRIC]), progressDeadline: '5m' };
    const release = await simulateRelease(strategy, { rps: 1_000 });
    const { measure } = measuring(release, () => DOWN);
    const { status } = await release.until(isOver, 60, { measure });
    expect([status.phase, status.release?.taken.map(({ weight }) => weight)]).toEqual(['Failed', [0, 20]]);
    expect(status.conditions[0]?.message).toMatch(
      /^aborted: progressDeadline of 5m is over: analysis: success-rate 0 of 1 \(the provider cannot be reached/,
    );
  });

  test('mutes no conviction', async () => {
    const metric = { ...METRIC, count: 60 };
    const release = await simulateRelease(strategyWith([metric]), { rps: 1_000 });
    const { measure } = measuring(release, () => GOOD);
    await release.until(isAtStep(1), 60, { measure });
    release.behaviour = { rps: 1_000, canaryBad: 0.3 };
    const { status } = await release.until(isOver, 5, { measure });
    expect(status.conditions[0]?.message).toMatch(/^aborted: canary .*convicted$/);
  });

  test('that a person pauses keeps what was measured', async () => {
    const release = await simulateRelease(strategyWith([{ ...METRIC, count: 2 }]), { rps: 1_000 });
    const { measure, taken } = measuring(release, () => GOOD);
    await release.until(() => taken.length === 1, 60, { measure });
    await steerRelease(release.use.call(), 'pause');
    for (let i = 0; i < 60; i++) await release.pass({ measure });
    expect(taken).toHaveLength(1);
    await steerRelease(release.use.call(), 'resume');
    await release.until(isAtStep(2), 5, { measure });
    expect(taken).toHaveLength(2);
  });

  test('is left by skip, whatever it has found', async () => {
    const release = await simulateRelease(strategyWith([{ ...METRIC, count: 60 }]), { rps: 1_000 });
    const { measure } = measuring(release, () => GOOD);
    await release.until(isAtStep(1), 60, { measure });
    expect(await steerRelease(release.use.call(), 'promote')).toMatchObject({
      refusal: { reason: 'NothingToPromote' },
    });
    await steerRelease(release.use.call(), 'skip');
    expect((await release.canary()).status).toMatchObject({ weights: { canary: 50 } });
  });
});
