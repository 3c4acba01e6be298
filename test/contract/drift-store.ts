import { describe, expect, test } from 'vitest';
import type { DriftStore } from '../../functions/drift/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { driftReportOf } from '../support/drift-reports.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);
const DAY_MS = 86_400_000;

/** What every store of drift reports does. */
export function driftStoreContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`drift store contract: ${title}`, () => {
    let harness: CanaryStoreHarness;
    let store: DriftStore;
    let cluster: string;

    withStore(open, (opened, fresh) => {
      harness = opened;
      store = opened.store;
      cluster = fresh;
    });

    test('there is no report', async () => {
      expect(await store.readDrift(cluster, signal())).toBeUndefined();
    });

    test('a report comes back as it was; Kubernetes clusters are apart', async () => {
      const report = driftReportOf(cluster, 0, { name: 'ä\n"\u2028{{' });
      await store.writeDrift(report, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(report);
      expect(await store.readDrift(`${cluster}-other`, signal())).toBeUndefined();
    });

    test('a later report replaces it, and so does one of the same time', async () => {
      const [first, second] = [driftReportOf(cluster, 60_000), driftReportOf(cluster, 1_000)];
      await store.writeDrift(first, signal());
      await store.writeDrift(second, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(second);
      const same = { ...second, pods: 17 };
      await store.writeDrift(same, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(same);
    });

    test('an earlier report, of an overlapping tick, changes nothing and is no error', async () => {
      const report = driftReportOf(cluster, 1_000);
      await store.writeDrift(report, signal());
      await store.writeDrift(driftReportOf(cluster, 60_000), signal());
      expect(await store.readDrift(cluster, signal())).toEqual(report);
    });

    test('many at the same time: the latest stands', async () => {
      const reports = Array.from({ length: 20 }, (_, i) => driftReportOf(cluster, 1_000 * (20 - i)));
      await Promise.all(reports.toSorted(() => -1).map((report) => store.writeDrift(report, signal())));
      expect(await store.readDrift(cluster, signal())).toEqual(reports.at(-1));
    });

    test('a report of yesterday is forgotten', async () => {
      await store.writeDrift(driftReportOf(cluster, DAY_MS + 1_000), signal());
      expect(await store.readDrift(cluster, signal())).toBeUndefined();
      const recent = driftReportOf(cluster, DAY_MS - 60_000);
      await store.writeDrift(recent, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(recent);
    });

    test('a report of a time that is yet to come, by a clock that was wrong, is passed over and replaced', async () => {
      await store.writeDrift(driftReportOf(cluster, -DAY_MS), signal());
      expect(await store.readDrift(cluster, signal())).toBeUndefined();
      const report = driftReportOf(cluster, 1_000);
      await store.writeDrift(report, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(report);
      // As far as clocks differ, a later one stands.
      const ahead = driftReportOf(cluster, -30_000);
      await store.writeDrift(ahead, signal());
      await store.writeDrift(report, signal());
      expect(await store.readDrift(cluster, signal())).toEqual(ahead);
    });

    test('a report that is too large is refused with a sentence', async () => {
      const writing = store.writeDrift(driftReportOf(cluster, 0, { reason: 'x'.repeat(420_000) }), signal());
      await expect(writing).rejects.toThrow(/^the drift report has \d+ bytes/);
    });

    test.each(['../x', 'a/b', 'a#b', '__proto__'])('a Kubernetes cluster is only a name: %j', async (name) => {
      const report = driftReportOf(`${name}-${cluster}`);
      await store.writeDrift(report, signal());
      expect(await store.readDrift(`${name}-${cluster}`, signal())).toEqual(report);
    });

    test('it is no canary: the head and the lists stay as they are', async () => {
      await store.writeDrift(driftReportOf(cluster), signal());
      expect(await harness.store.listCanaries(cluster, signal())).toEqual({ head: 0, canaries: [], unreadable: [] });
      expect(await harness.store.readProxyReports(cluster, signal())).toEqual([]);
    });

    test('a caller whose time is over gets an error', async () => {
      await expect(store.readDrift(cluster, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
      await expect(store.writeDrift(driftReportOf(cluster), AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
    });
  });
}
