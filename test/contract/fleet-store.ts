import { describe, expect, test } from 'vitest';
import type { FleetStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { reportOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every store of fleet reports does. */
export function fleetStoreContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`fleet store contract: ${title}`, () => {
    let store: FleetStore;
    let cluster: string;
    const byProxies = async (of = cluster): Promise<number[]> =>
      (await store.readFleet(of, signal())).map((r) => Object.keys(r.proxies).length).sort((a, b) => a - b);

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test('no environment has reported', async () => {
      expect(await store.readFleet(cluster, signal())).toEqual([]);
    });

    test('a report comes back as it was', async () => {
      const report = reportOf(3);
      await store.writeFleet(cluster, 'env-1', report, signal());
      expect(await store.readFleet(cluster, signal())).toEqual([report]);
    });

    test('an environment’s report replaces its last one; environments and clusters are apart', async () => {
      await store.writeFleet(cluster, 'env-1', reportOf(1), signal());
      await store.writeFleet(cluster, 'env-2', reportOf(2), signal());
      await store.writeFleet(`${cluster}-other`, 'env-1', reportOf(4), signal());
      await store.writeFleet(cluster, 'env-1', reportOf(3), signal());
      expect(await byProxies()).toEqual([2, 3]);
      expect(await byProxies(`${cluster}-other`)).toEqual([4]);
    });

    test('a report of some minutes ago is forgotten', async () => {
      await store.writeFleet(cluster, 'env-1', reportOf(1, Date.now() - 600_000), signal());
      await store.writeFleet(cluster, 'env-2', reportOf(2), signal());
      expect(await byProxies()).toEqual([2]);
    });

    test('reports of more than a megabyte in all are whole', async () => {
      for (let i = 0; i < 6; i++) await store.writeFleet(cluster, `env-${i}`, reportOf(15_000 + i), signal());
      expect(await byProxies()).toEqual([15_000, 15_001, 15_002, 15_003, 15_004, 15_005]);
    });

    test('a report that is too large is refused with a sentence', async () => {
      const writing = store.writeFleet(cluster, 'env-1', reportOf(40_000), signal());
      await expect(writing).rejects.toThrow(/^the fleet report has \d+ bytes/);
    });

    test.each(['../x', 'a/b', 'a#b', '__proto__'])('an environment is only a name: %j', async (environment) => {
      await store.writeFleet(cluster, environment, reportOf(1), signal());
      expect(await byProxies()).toEqual([1]);
    });

    test('a caller whose time is over gets an error', async () => {
      await expect(store.readFleet(cluster, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
    });
  });
}
