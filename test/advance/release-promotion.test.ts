import { describe, expect, test } from 'vitest';
import { type LookTools, lookAtAll } from '../../functions/advance/step/look.ts';
import { sightAll } from '../../functions/advance/step/sight-all.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import type { WorkloadReader } from '../../functions/canary/workloads/workload.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { NO_METRICS, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { readerOf, type WorkloadParts, workloadObject } from '../support/workloads.ts';

const STABLE = { kind: 'Deployment', name: 'cart' } as const;
const CANARY = { kind: 'Deployment', name: 'cart-canary' } as const;
const ANALYSIS = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const strategyWith = (more: object): object => ({
  steps: [{ setWeight: 50 }],
  analysis: ANALYSIS,
  workloads: { stable: STABLE, canary: CANARY, ...more },
});
const OBSERVE = strategyWith({ promotion: 'Observe' });

const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const isPromoted = ({ status }: Canary): boolean => status.release?.state === 'Promoted';
const reasonIs =
  (reason: string) =>
  (canary: Canary): boolean =>
    isWaiting(canary) && canary.status.release?.verdict?.reason === reason;

/** Two Deployments that a test changes while a release goes on. */
function fleetOf(canary: WorkloadParts = { image: 'cart:v2' }) {
  const fleet = {
    stable: {} as WorkloadParts,
    canary,
    isDown: false,
    workloads: {
      read: async (...args: Parameters<WorkloadReader['read']>) =>
        fleet.isDown
          ? { unreadable: 'the API server does not answer' }
          : await readerOf({
              cart: workloadObject(STABLE, fleet.stable),
              'cart-canary': workloadObject(CANARY, fleet.canary),
            }).read(...args),
    },
  };
  return fleet;
}
const auditOf = async ({ store, use }: ReleaseSimulator) =>
  await store.listAudit(use.call().key, 5, AbortSignal.timeout(5_000));
const toolsOf = ({ store, use }: ReleaseSimulator, workloads: WorkloadReader): LookTools => ({
  ...use.call().tools,
  ...{ canaries: store, steps: store, discoveryOf: async () => undefined, measure: NO_METRICS, workloads },
});

describe('promotion Observe', () => {
  test('ends the release when stable runs what the canary ran, wholly and with all its Pods', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    const waiting = await release.until(reasonIs('StableDiffers'), 60, fleet);
    expect(waiting.status.weights.canary).toBe(100);
    expect(waiting.status.conditions.find(({ type }) => type === 'Progressing')?.message).toBe(
      'all steps done: Deployment cart is to run what Deployment cart-canary ran: containers[app].image of their Pod templates differs',
    );
    fleet.stable = { image: 'cart:v2', total: 11, updated: 4, ready: 10 };
    await release.until(reasonIs('StablePodsNotReady'), 5, fleet);
    const unready: readonly WorkloadParts[] = [
      { ready: 9 },
      // One Pod is still of the version before.
      { total: 11, updated: 10, ready: 11 },
      { paused: true },
      { generation: 4, observedGeneration: 3 },
    ];
    for (const parts of unready) {
      fleet.stable = { image: 'cart:v2', ...parts };
      for (let i = 0; i < 4; i++) await release.pass(fleet);
      expect(isPromoted(await release.canary()), JSON.stringify(parts)).toBe(false);
    }
    fleet.stable = { image: 'cart:v2' };
    const canary = await release.until(isPromoted, 5, fleet);
    expect(canary.status).toMatchObject({ phase: 'Succeeded', weights: { stable: 100, canary: 0 } });
    expect((await auditOf(release))[0]).toMatchObject({
      verb: 'promote',
      verdict: 'StableRuns',
      reason: 'stable runs what the canary ran',
    });
  });

  test('waits without a bound, also where nothing can be read, and a person may end it', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(reasonIs('StableDiffers'), 60, fleet);
    fleet.isDown = true;
    await release.until(reasonIs('WorkloadUnreadable'), 5, fleet);
    for (let i = 0; i < 200; i++) await release.pass(fleet);
    expect((await release.canary()).status).toMatchObject({ phase: 'WaitingPromotion', weights: { canary: 100 } });
    await steerRelease(release.use.call(), 'promote');
    expect(isPromoted(await release.canary())).toBe(true);
  });

  test('says that stable was scaled in while it waits, and an abort is through at once', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(isWaiting, 60, fleet);
    fleet.stable = { replicas: 2 };
    const scaledIn = ({ status }: Canary) =>
      status.conditions.some(({ type, status: is }) => type === 'StableScaledIn' && is === 'True');
    await release.until(scaledIn, 5, fleet);
    await abortRelease(release.use.call(), 'slow');
    expect((await release.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
    fleet.stable = { image: 'cart:v2' };
    await release.pass(fleet);
    expect((await release.canary()).status.phase).toBe('Failed');
  });

  test('an abort between the look and its write is not undone by the promotion', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(isWaiting, 60, fleet);
    fleet.stable = { image: 'cart:v2' };
    const { store } = release;
    const canaries = {
      ...store,
      update: async (...args: Parameters<typeof store.update>) => {
        await abortRelease(release.use.call(), 'slow');
        return await store.update(...args);
      },
    };
    for (let i = 0; i < 3; i++) await release.pass({ ...fleet, canaries });
    expect((await release.canary()).status).toMatchObject({ phase: 'Failed', release: { state: 'Aborted' } });
  });

  test('without it a person promotes, whatever stable runs', async () => {
    const release = await simulateRelease(strategyWith({}), { rps: 1_000 });
    const fleet = fleetOf();
    fleet.stable = { image: 'cart:v2' };
    await release.until(isWaiting, 60, fleet);
    for (let i = 0; i < 24; i++) await release.pass(fleet);
    expect(isWaiting(await release.canary())).toBe(true);
  });
});

describe('another Pod template', () => {
  test('while a release goes on begins it again, from no share', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(({ status }) => status.weights.canary === 50, 60, fleet);
    fleet.canary = { image: 'cart:v3' };
    await release.pass(fleet);
    const { status } = await release.canary();
    expect(status).toMatchObject({ weights: { canary: 0 }, release: { trigger: 'Workload', attempt: 2 } });
    expect((await auditOf(release))[0]).toMatchObject({ verb: 'start', who: expect.any(String) });
    await release.until(isWaiting, 60, fleet);
  });

  test('while it waits to be promoted is not promoted unseen', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(isWaiting, 60, fleet);
    fleet.canary = { image: 'cart:v3' };
    fleet.stable = { image: 'cart:v3' };
    await release.pass(fleet);
    expect((await release.canary()).status).toMatchObject({ weights: { canary: 0 }, release: { state: 'Baseline' } });
  });

  test('at rest begins a release, once, however many look', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    const fleet = fleetOf();
    await steerRelease(release.use.call(), 'undo');
    const { key } = release.use.call();
    const look = async () =>
      await sightAll(
        toolsOf(release, fleet.workloads),
        [{ key, canary: await release.canary() }],
        AbortSignal.timeout(10_000),
      );
    expect(await look()).toEqual([]);
    expect((await release.canary()).status.workload).toMatchObject(CANARY);
    fleet.canary = { image: 'cart:v3' };
    const begun = (await Promise.all([look(), look(), look()])).flat();
    expect(begun).toEqual([key]);
    expect((await release.canary()).status.release).toMatchObject({ trigger: 'Workload', attempt: 1 });
    expect((await auditOf(release)).filter(({ verb }) => verb === 'start')).toHaveLength(2);
    expect(await lookAtAll(toolsOf(release, fleet.workloads), [key], AbortSignal.timeout(10_000))).toEqual([key]);
  });

  test('one canary that fails keeps no other from being seen', async () => {
    const release = await simulateRelease(OBSERVE, { rps: 1_000 });
    await steerRelease(release.use.call(), 'undo');
    const fleet = fleetOf();
    const { key } = release.use.call();
    const canary = await release.canary();
    const broken = { key: { ...key, name: 'gone' }, canary };
    const found = await sightAll(
      toolsOf(release, fleet.workloads),
      [broken, { key, canary }],
      AbortSignal.timeout(10_000),
    );
    expect(found).toEqual([]);
    expect((await release.canary()).status.workload).toMatchObject(CANARY);
  });
});
