import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import type { WorkloadReader } from '../../functions/canary/workloads/workload.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { simulateRelease } from '../support/release-simulator.ts';
import { readerOf, workloadObject } from '../support/workloads.ts';

const STABLE = { kind: 'Deployment', name: 'cart' } as const;
const CANARY = { kind: 'StatefulSet', name: 'cart-canary' } as const;
const NAMED = { stable: STABLE, canary: CANARY };
const ANALYSIS = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const STRATEGY = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: ANALYSIS, workloads: NAMED };

const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const reasonIs =
  (reason: string) =>
  ({ status }: Canary): boolean =>
    status.release?.verdict?.reason === reason;
const scaledIn = ({ status }: Canary) => status.conditions.find(({ type }) => type === 'StableScaledIn');

/** Workloads that a test changes while a release goes on. */
function fleetOf(start: { readonly stable?: number; readonly ready?: number } = {}) {
  const fleet = {
    stable: start.stable ?? 10,
    ready: start.ready ?? 10,
    hangs: false,
    looks: {
      workloads: {
        read: async (...args: Parameters<WorkloadReader['read']>) =>
          fleet.hangs
            ? { unreadable: 'has not been read yet' }
            : await readerOf({
                cart: workloadObject(STABLE, { replicas: fleet.stable }),
                'cart-canary': workloadObject(CANARY, { replicas: 10, ready: fleet.ready }),
              }).read(...args),
      },
    },
  };
  return fleet;
}

describe('a release with workloads', () => {
  test('goes on while enough Pods of the canary are ready, and waits for a person at the end', async () => {
    const release = await simulateRelease(STRATEGY, { rps: 1_000 });
    const canary = await release.until(isWaiting, 60, fleetOf().looks);
    expect(canary.status.release?.workloads).toEqual({ ...NAMED, replicas: 10 });
    expect(canary.status.release?.taken.map(({ weight }) => weight)).toEqual([0, 10, 50, 100]);
    await steerRelease(release.use.call(), 'promote');
    expect((await release.canary()).status.phase).toBe('Succeeded');
  });

  test('waits for the Pods that a share needs, and goes on once they are ready', async () => {
    const release = await simulateRelease(STRATEGY, { rps: 1_000 });
    const fleet = fleetOf({ ready: 1 });
    const canary = await release.until(reasonIs('CanaryPodsNotReady'), 60, fleet.looks);
    expect(canary.status.weights.canary).toBe(10);
    expect(canary.status.release?.verdict?.sentence).toBe(
      '50 % of the 10 replicas that Deployment cart had at the start wants 5 ready Pods of StatefulSet cart-canary, and there are 1',
    );
    fleet.ready = 10;
    await release.until(isWaiting, 60, fleet.looks);
  });

  test('measures shares by what stable had at the start, however an autoscaler follows the requests', async () => {
    const release = await simulateRelease(STRATEGY, { rps: 1_000 });
    const fleet = fleetOf({ ready: 5 });
    await release.until(({ status }) => status.weights.canary === 50, 60, fleet.looks);
    fleet.stable = 5;
    const canary = await release.until(reasonIs('CanaryPodsNotReady'), 60, fleet.looks);
    expect(canary.status.weights.canary).toBe(50);
    expect(scaledIn(canary)).toMatchObject({
      status: 'True',
      message: expect.stringContaining('5 of the 10 replicas'),
    });
    fleet.stable = 10;
    fleet.ready = 10;
    expect(scaledIn(await release.until((one) => scaledIn(one)?.status === 'False', 60, fleet.looks))).toBeDefined();
  });

  test('waits for what cannot be read to its deadline, and no share is ever given', async () => {
    const release = await simulateRelease({ ...STRATEGY, progressDeadline: '2m' }, { rps: 1_000 });
    const fleet = fleetOf();
    fleet.hangs = true;
    const canary = await release.until(isFailed, 60, fleet.looks);
    expect(canary.status.release?.taken.map(({ weight }) => weight)).toEqual([0]);
    expect(canary.status.conditions[0]?.message).toMatch(/progressDeadline of 2m is over: has not been read yet/);
  });

  test('a program that enters no Kubernetes cluster gives no share either', async () => {
    const release = await simulateRelease({ ...STRATEGY, progressDeadline: '1m' }, { rps: 1_000 });
    const canary = await release.until(isFailed, 60);
    expect(canary.status.conditions[0]?.message).toMatch(/this program enters no Kubernetes cluster/);
  });

  test('a person goes past it with a reason, which the history has; without one not', async () => {
    const release = await simulateRelease(STRATEGY, { rps: 1_000 });
    const { looks } = fleetOf({ ready: 1 });
    await release.until(reasonIs('CanaryPodsNotReady'), 60, looks);
    const readiness = { found: () => undefined };
    const refused = await steerRelease(release.use.call(), 'skip', {}, {}, readiness);
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { reason: 'CanaryPodsNotReady' } });
    await steerRelease(release.use.call(), 'skip', {}, {}, { ...readiness, force: 'one large Pod' });
    expect((await release.canary()).status.weights.canary).toBe(50);
    const [last] = await release.store.listAudit(release.use.call().key, 1, AbortSignal.timeout(5_000));
    expect(last?.reason).toBe('forced past CanaryPodsNotReady: one large Pod');
  });

  test('an abort and a conviction wait for nothing of them', async () => {
    const release = await simulateRelease(STRATEGY, { rps: 1_000 });
    const fleet = fleetOf();
    await release.until(({ status }) => status.weights.canary === 10, 60, fleet.looks);
    fleet.hangs = true;
    release.behaviour = { rps: 1_000, canaryBad: 0.5 };
    const convicted = await release.until(isFailed, 3, fleet.looks);
    expect(convicted.status).toMatchObject({ weights: { canary: 0 }, release: { verdict: expect.anything() } });
    const other = await simulateRelease(STRATEGY, { rps: 1_000 });
    await other.until(({ status }) => status.weights.canary === 10, 60, fleetOf().looks);
    await abortRelease(other.use.call(), 'slow');
    expect((await other.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
  });
});
