import { afterEach, expect, test } from 'vitest';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { createLog } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { startSweeping } from '../../infra/local/server/sweep.ts';
import { NO_NOTIFY } from '../support/notices.ts';
import { NO_METRICS } from '../support/release-simulator.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseOf, targetFor } from '../support/releases.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { releaseManifest } from '../support/use-cases.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
let stop: () => Promise<void> = async () => {};
afterEach(() => stop());

async function storeWithTombstones(...services: readonly string[]): Promise<ReturnType<typeof createMemoryStore>> {
  const store = createMemoryStore();
  for (const service of services) {
    const targets = [targetFor({ service }, { keepUntil: '2020-01-01T00:00:00.000Z' })];
    const canary = releaseOf({ service, deleted: true, targets });
    await store.create('local', canary, { audit: auditOf(canary) }, signal());
  }
  return store;
}

function toolsOf(store: ReturnType<typeof createMemoryStore>, listClusters: () => Promise<readonly string[]>) {
  const common = { canaries: store, log: createLog(() => {}, Date.now), now: Date.now };
  const more = {
    steps: store,
    random: Math.random,
    newUid: () => 'uid',
    discoveryOf: async () => undefined,
    measure: NO_METRICS,
  };
  const notify = { ...NO_NOTIFY, changes: store, notices: store, log: common.log, now: common.now };
  return { ...common, listClusters, looks: { ...common, ...more }, notify };
}

test('clears tombstones again and again, also after a look that failed', async () => {
  const store = await storeWithTombstones('a');
  let looks = 0;
  const listClusters = async (): Promise<readonly string[]> => {
    if (++looks === 1) throw new Error('not yet');
    return ['local'];
  };
  stop = startSweeping(toolsOf(store, listClusters), 1);
  await expect.poll(async () => (await store.listCanaries('local', signal())).canaries).toEqual([]);
  await expect.poll(() => looks).toBeGreaterThan(3);
});

test('ends when it is told to', async () => {
  const store = await storeWithTombstones('a');
  let looks = 0;
  const listClusters = async (): Promise<readonly string[]> => {
    looks++;
    void stop();
    return ['local'];
  };
  stop = startSweeping(toolsOf(store, listClusters), 1);
  await expect.poll(() => looks).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(looks).toBe(1);
  expect((await store.listCanaries('local', signal())).canaries).toHaveLength(1);
});

test('a release that is started moves by itself', async () => {
  const store = createMemoryStore();
  const { strategy } = releaseManifest('cart', { strategy: {} }).spec;
  if (strategy === undefined) throw new Error('it has one');
  const moment = { now: Date.now(), times: TIMES };
  const canary = begin(releaseOf({ service: 'a', atRest: true }), strategy, 'Start', moment);
  await store.create('local', canary, { audit: auditOf(canary) }, signal());
  stop = startSweeping(
    toolsOf(store, async () => ['local']),
    1,
  );
  const key = { cluster: 'local', namespace: 'shop', name: 'a' };
  // No proxy polls here: that is what it finds, and writes.
  const reason = async () => (await store.getCanary(key, signal()))?.status.release?.verdict?.reason;
  await expect.poll(reason).toBe('NoProxies');
});
