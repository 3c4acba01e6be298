import { describe, expect, test } from 'vitest';
import type { Confirmation, ConfirmationStore } from '../../functions/canary/confirmation.ts';
import type { PaceStore } from '../../functions/canary/pace.ts';
import type { ProxyReportStore } from '../../functions/canary/proxy-reports.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { reportOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every store of proxy reports does. */
export function proxyReportsContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`proxy reports contract: ${title}`, () => {
    let store: ProxyReportStore & ConfirmationStore & PaceStore;
    let cluster: string;
    const byProxies = async (of = cluster): Promise<number[]> =>
      (await store.readProxyReports(of, signal())).map((r) => Object.keys(r.proxies).length).sort((a, b) => a - b);

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test('no environment has reported', async () => {
      expect(await store.readProxyReports(cluster, signal())).toEqual([]);
    });

    test('a report comes back as it was', async () => {
      const report = reportOf(3);
      await store.writeProxyReport(cluster, 'env-1', report, signal());
      expect(await store.readProxyReports(cluster, signal())).toEqual([report]);
    });

    test('an environment’s report replaces its last one; environments and clusters are apart', async () => {
      await store.writeProxyReport(cluster, 'env-1', reportOf(1), signal());
      await store.writeProxyReport(cluster, 'env-2', reportOf(2), signal());
      await store.writeProxyReport(`${cluster}-other`, 'env-1', reportOf(4), signal());
      await store.writeProxyReport(cluster, 'env-1', reportOf(3), signal());
      expect(await byProxies()).toEqual([2, 3]);
      expect(await byProxies(`${cluster}-other`)).toEqual([4]);
    });

    test('a report is there for those who ask some minutes later, and forgotten after an hour', async () => {
      await store.writeProxyReport(cluster, 'env-1', reportOf(1, Date.now() - 61 * 60_000), signal());
      await store.writeProxyReport(cluster, 'env-2', reportOf(2, Date.now() - 50 * 60_000), signal());
      expect(await byProxies()).toEqual([2]);
    });

    test('a confirmation comes back, a newer one replaces it and an older one does not', async () => {
      const key = { cluster, namespace: 'shop', name: 'cart' };
      const of = (version: number, seen = 20): Confirmation => ({
        resourceVersion: String(version),
        asOf: '2026-11-22T12:00:00.000Z',
        seen,
        converged: 19,
      });
      const kept = async (...confirmations: readonly Confirmation[]): Promise<unknown> => {
        for (const one of confirmations) await store.keepConfirmation(key, one, signal());
        return await store.findConfirmation(key, signal());
      };
      expect(await kept()).toBeUndefined();
      expect(await kept(of(9))).toEqual(of(9));
      expect(await kept(of(10))).toEqual(of(10));
      expect(await kept(of(9), of(10, 5))).toEqual(of(10));
      expect(await store.findConfirmation({ ...key, name: 'pay' }, signal())).toBeUndefined();
      expect(await store.readProxyReports(cluster, signal())).toEqual([]);
    });

    test('of several paces the longest of the last hour is kept', async () => {
      const hour = 3_600_000;
      const steps: [refreshMs: number, at: number, kept: number][] = [
        [2_000, 0, 2_000],
        [30_000, 1, 30_000],
        [2_000, 2, 30_000],
        [30_000, hour, 30_000],
        [2_000, 2 * hour, 30_000],
        [2_000, 2 * hour + 1, 2_000],
      ];
      expect(await store.findPace(cluster, signal())).toBeUndefined();
      for (const [refreshMs, at, kept] of steps) {
        await store.notePace(cluster, { refreshMs, at: 10 * hour + at }, signal());
        expect((await store.findPace(cluster, signal()))?.refreshMs).toBe(kept);
      }
      expect(await store.findPace(`${cluster}-other`, signal())).toBeUndefined();
      expect(await store.readProxyReports(cluster, signal())).toEqual([]);
    });

    test('reports of more than a megabyte in all are whole', async () => {
      for (let i = 0; i < 6; i++) await store.writeProxyReport(cluster, `env-${i}`, reportOf(15_000 + i), signal());
      expect(await byProxies()).toEqual([15_000, 15_001, 15_002, 15_003, 15_004, 15_005]);
    });

    test('a report that is too large is refused with a sentence', async () => {
      const writing = store.writeProxyReport(cluster, 'env-1', reportOf(40_000), signal());
      await expect(writing).rejects.toThrow(/^the proxy report has \d+ bytes/);
    });

    test.each(['../x', 'a/b', 'a#b', '__proto__'])('an environment is only a name: %j', async (environment) => {
      await store.writeProxyReport(cluster, environment, reportOf(1), signal());
      expect(await byProxies()).toEqual([1]);
    });

    test('a caller whose time is over gets an error', async () => {
      await expect(store.readProxyReports(cluster, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
    });
  });
}
