import { expect, test } from 'vitest';
import { lookAtAll } from '../../functions/advance/step/look.ts';
import { freezeOf } from '../support/freezes.ts';
import { NO_METRICS, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';

const SHOP = { scope: 'Namespace', cluster: 'local', namespace: 'shop' } as const;
const TIMES = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const STRATEGY = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };

/** Looks at the release twice in one go. @returns how often freezes were read */
async function readsOf({ store, use }: ReleaseSimulator): Promise<number> {
  let reads = 0;
  const { tools, key } = use.call();
  const steps = {
    ...store,
    readFreezes: async (...args: Parameters<typeof store.readFreezes>) => {
      reads++;
      return await store.readFreezes(...args);
    },
  };
  const looks = { ...tools, canaries: store, steps, discoveryOf: async () => undefined, measure: NO_METRICS };
  expect(await lookAtAll(looks, [key, key], AbortSignal.timeout(10_000))).toEqual([key, key]);
  return reads;
}

test('freezes are read once for a Kubernetes cluster and look, and only before a larger share', async () => {
  const release = await simulateRelease(STRATEGY, { rps: 1_000 });
  await release.callers();
  expect(await readsOf(release)).toBe(0);
  await release.until(({ status }) => status.weights.canary === 10);
  await release.store.putFreeze(SHOP, freezeOf(SHOP), undefined, AbortSignal.timeout(5_000));
  await release.until(({ status }) => status.release?.verdict?.reason === 'Frozen', 10);
  await release.callers();
  expect(await readsOf(release)).toBe(1);
  const { status } = await release.canary();
  expect([status.weights.canary, status.release?.verdict?.reason]).toEqual([10, 'Frozen']);
});

test('a freeze that is put within a pass, after it has read them, holds the share too', async () => {
  const release = await simulateRelease(STRATEGY, { rps: 1_000 });
  await release.until(({ status }) => status.weights.canary === 10);
  const { tools, key } = release.use.call();
  const { store } = release;
  let reads = 0;
  const readFreezes: typeof store.readFreezes = async (...args) => {
    const found = await store.readFreezes(...args);
    if (++reads === 1) await store.putFreeze(SHOP, freezeOf(SHOP), undefined, AbortSignal.timeout(5_000));
    return found;
  };
  const steps = { ...store, readFreezes };
  const looks = { ...tools, canaries: store, steps, discoveryOf: async () => undefined, measure: NO_METRICS };
  for (let passes = 0; passes < 120; passes++) {
    await release.callers();
    await lookAtAll(looks, [key], AbortSignal.timeout(10_000));
  }
  const { status } = await release.canary();
  expect([reads > 1, status.weights.canary, status.release?.verdict?.reason]).toEqual([true, 10, 'Frozen']);
});
