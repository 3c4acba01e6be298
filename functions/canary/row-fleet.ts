import { FLEET_PREFIX, fleetKey, fleetPartitionOf } from './keys.ts';
import type { Rows, Transact } from './rows.ts';
import type { FleetReport, FleetStore } from './store.ts';
import { FLEET_SECONDS, parseJson, readFleetReport, writeStored } from './stored.ts';

/**
 * The fleet reports on rows with transactions.
 *
 * @param now milliseconds since the epoch
 */
export function createRowFleet(transact: Transact, now: () => number): FleetStore {
  const isOver = (report: FleetReport): boolean => report.writtenAt + FLEET_SECONDS * 1_000 <= now();
  const list = (rows: Rows, cluster: string): { readonly sort: string; readonly report: FleetReport }[] =>
    rows
      .list({ partition: fleetPartitionOf(cluster), prefix: FLEET_PREFIX })
      .map(({ sort, text }) => ({ sort, report: readFleetReport(parseJson(text), sort) }));

  return {
    writeFleet: async (cluster, environment, report, signal) => {
      const text = writeStored('fleet report', report);
      await transact(
        'write',
        (rows) => {
          const partition = fleetPartitionOf(cluster);
          for (const { sort, report } of list(rows, cluster)) if (isOver(report)) rows.delete({ partition, sort });
          rows.put(fleetKey(cluster, environment), text);
        },
        signal,
      );
    },
    readFleet: (cluster, signal) =>
      transact('read', (rows) => list(rows, cluster).flatMap(({ report }) => (isOver(report) ? [] : [report])), signal),
  };
}
