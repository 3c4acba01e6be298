import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { applyRelease } from '../../functions/releases/apply-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { type SteerVerb, steerRelease } from '../../functions/releases/steer-release.ts';
import { type Behaviour, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { releaseManifest, share } from '../support/use-cases.ts';
import { readerOf, workloadObject } from '../support/workloads.ts';

const TIMES = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '5m' } };
const STEPS = [1, 10, 25, 40, 60, 80].map((setWeight) => ({ setWeight }));
const STEPWISE = { steps: STEPS, analysis: TIMES, rollback: { mode: 'Stepwise' } };
const BAD: Behaviour = { rps: 1_000, canaryBad: 0.3 };
const WORKLOADS = {
  stable: { kind: 'Deployment', name: 'cart' },
  canary: { kind: 'Deployment', name: 'cart-canary' },
} as const;

/** Looks that find so many Pods of stable ready, of ten of the canary. */
const stableHas = (replicas: number) => ({
  workloads: readerOf({
    cart: workloadObject(WORKLOADS.stable, { replicas }),
    'cart-canary': workloadObject(WORKLOADS.canary),
  }),
});

const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const isOnItsWay = ({ status }: Canary): boolean => status.release?.state === 'RollingBack';
const isAt =
  (weight: number) =>
  ({ status }: Canary): boolean =>
    status.weights.canary === weight;
const weightsOf = ({ status }: Canary) => status.release?.taken.map(({ weight }) => weight);
/** A release that was good until it had a weight, and then was not. */
const badAt = async (weight: number, strategy: object = STEPWISE, place = {}): Promise<ReleaseSimulator> => {
  const release = await simulateRelease(strategy, { rps: 1_000 }, 1, place);
  await release.until(isAt(weight));
  release.behaviour = BAD;
  return release;
};
const onItsWay = async (weight: number): Promise<ReleaseSimulator> => {
  const release = await badAt(weight);
  await release.until(isOnItsWay, 10);
  return release;
};

describe('a release that is taken back step by step', () => {
  test.each<[from: number, way: readonly number[], secondsMax: number]>([
    // Each weight stays for 15 s, and looks are 5 s apart.
    [100, [60, 40, 25], 75],
    [80, [60, 40, 25], 75],
    [60, [40, 25], 50],
    [40, [25], 25],
  ])('convicted at %s %, it goes back by %j within %s s', async (from, way, secondsMax) => {
    const release = await badAt(from);
    const begun = await release.until(isOnItsWay, 10);
    const since = release.seconds();
    expect(begun.status.conditions.find(({ type }) => type === 'Progressing')?.message).toMatch(
      /: canary .*(convicted|outside the guarantee)/,
    );
    const canary = await release.until(isFailed, 5);
    expect(release.seconds() - since).toBeLessThanOrEqual(secondsMax);
    expect(weightsOf(canary)).toEqual([0, 1, 10, 25, 40, 60, 80, 100].filter((one) => one <= from).concat(way));
    expect(canary.status).toMatchObject({ weights: { canary: 0 }, release: { state: 'Aborted' } });
    expect(canary.status.conditions[0]?.message).toMatch(/^aborted: canary .*(convicted|outside the guarantee)$/);
  });

  test('from a quarter of the requests it goes back in one write: stable has room for that', async () => {
    const release = await badAt(25);
    expect(weightsOf(await release.until(isFailed, 10))).toEqual([0, 1, 10, 25]);
  });

  test('however fine its plan, it has five weights at most on its way', async () => {
    const steps = Array.from({ length: 31 }, (_, i) => ({ setWeight: 7 + 3 * i }));
    const release = await simulateRelease({ ...STEPWISE, steps, progressDeadline: '2m' }, { rps: 1_000 });
    await release.until(isAt(97));
    release.behaviour = { rps: 1_000, lag: Number.POSITIVE_INFINITY };
    const taken = weightsOf(await release.until(isFailed, 10)) ?? [];
    const way = taken.slice(taken.indexOf(97) + 1);
    expect(way).toEqual(way.toSorted((a, b) => b - a));
    expect([way.length, way.at(-1)]).toEqual([4, 25]);
  });

  test('its history has each weight, and those who are notified hear of the conviction at once', async () => {
    const release = await onItsWay(60);
    await release.until(isFailed, 5);
    const entries = (
      await release.store.listAudit(release.use.call().key, 3, AbortSignal.timeout(10_000))
    ).toReversed();
    expect(entries.map(({ verb, verdict, to }) => [verb, verdict, to?.canary])).toEqual([
      ['step', 'errors', 40],
      ['step', 'RollingBack', 25],
      ['abort', 'RolledBack', 0],
    ]);
    expect(new Set(entries.map(({ reason }) => reason)).size).toBe(1);
  });

  test('one that nobody follows goes back too, and waits for no proxy: 30 s for each weight', async () => {
    const release = await simulateRelease({ ...STEPWISE, progressDeadline: '2m' }, { rps: 1_000 });
    await release.until(isAt(60));
    release.behaviour = { rps: 1_000, lag: Number.POSITIVE_INFINITY };
    await release.until(isOnItsWay, 10);
    const since = release.seconds();
    const canary = await release.until(isFailed, 5);
    expect(release.seconds() - since).toBeGreaterThanOrEqual(60);
    expect(release.seconds() - since).toBeLessThanOrEqual(80);
    expect(weightsOf(canary)?.slice(-2)).toEqual([40, 25]);
  });

  test('a control plane that stands still in between goes on, and gives the canary nothing more', async () => {
    const release = await onItsWay(80);
    for (let i = 0; i < 60; i++) await release.callers();
    expect(weightsOf(await release.until(isFailed, 5))?.slice(-3)).toEqual([60, 40, 25]);
  });

  test('a stable that is known to have its replicas gets everything at once; one that was scaled in does not', async () => {
    const strategy = { ...STEPWISE, workloads: WORKLOADS };
    for (const [replicas, last] of [[10, 60] as const, [4, 25] as const]) {
      const release = await simulateRelease(strategy, { rps: 1_000 });
      await release.until(isAt(60), 60, stableHas(10));
      release.behaviour = BAD;
      expect(weightsOf(await release.until(isFailed, 10, stableHas(replicas)))?.at(-1)).toBe(last);
    }
  });
});

describe('on its way back', () => {
  test('an abort by a person is one write', async () => {
    const release = await onItsWay(80);
    const seconds = release.seconds();
    await abortRelease(release.use.call(), 'now');
    const canary = await release.canary();
    expect([canary.status.phase, canary.status.weights.canary, release.seconds()]).toEqual(['Failed', 0, seconds]);
    for (let i = 0; i < 20; i++) await release.pass();
    expect((await release.canary()).status).toEqual(canary.status);
  });

  test.each<SteerVerb>(['pause', 'resume', 'skip', 'promote', 'start'])('%s holds nothing up', async (verb) => {
    const release = await onItsWay(80);
    const reason = verb === 'start' ? 'AlreadyReleasing' : 'RollingBack';
    for (const full of [false, true]) {
      const outcome = await steerRelease(release.use.call(), verb, { full });
      expect(outcome).toMatchObject({ outcome: 'refused', refusal: { reason } });
    }
    await release.until(isFailed, 5);
  });

  test('no weight is set by hand but 0, which ends it', async () => {
    const release = await onItsWay(80);
    expect(await setReleaseWeights(release.use.call(), share(70))).toMatchObject({
      refusal: { reason: 'RollingBack' },
    });
    await setReleaseWeights(release.use.call(), share(0));
    expect((await release.canary()).status).toMatchObject({ weights: { canary: 0 }, release: { state: 'Undone' } });
  });

  test('undo ends it', async () => {
    const release = await onItsWay(80);
    await steerRelease(release.use.call(), 'undo');
    expect((await release.canary()).status).toMatchObject({ weights: { canary: 0 }, release: { state: 'Undone' } });
  });

  test('one that joins a group meanwhile is taken back at once, as a group is', async () => {
    const release = await onItsWay(80);
    const joined = { strategy: { steps: STEPS, analysis: TIMES }, group: 'shop' };
    await applyRelease(release.use.call(), releaseManifest('cart', joined));
    await release.pass();
    expect((await release.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
  });
});
