import { type DriftReport, readReport } from '../../drift/report.ts';
import { type DriftStore, latestAt, stands, timeOf } from '../../drift/store.ts';
import { driftKey } from '../keys.ts';
import type { Rows, Transact } from '../rows.ts';
import { parseJson, writeStored } from '../stored.ts';

/**
 * The drift reports on rows with transactions.
 *
 * @param now milliseconds since the epoch
 */
export function createRowDrift(transact: Transact, now: () => number): DriftStore {
  const read = (rows: Rows, cluster: string): DriftReport | undefined =>
    readReport(parseJson(rows.get(driftKey(cluster))));

  return {
    writeDrift: async (report, signal) => {
      const text = writeStored('drift report', report);
      const cluster = report.metadata.name;
      await transact(
        'write',
        (rows) => {
          const last = read(rows, cluster);
          const isLater = last !== undefined && timeOf(last) > timeOf(report) && timeOf(last) <= latestAt(now());
          if (!isLater) rows.put(driftKey(cluster), text);
        },
        signal,
      );
    },
    readDrift: async (cluster, signal) => {
      const report = await transact('read', (rows) => read(rows, cluster), signal);
      return report === undefined || !stands(report, now()) ? undefined : report;
    },
  };
}
