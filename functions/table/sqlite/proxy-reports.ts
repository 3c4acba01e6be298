import type { FleetReport, FleetStore } from '../../canary/proxy-reports.ts';
import { FLEET_PREFIX, fleetKey } from '../keys.ts';
import { fleetPartitionOf } from '../row-key.ts';
import type { Transact } from '../rows.ts';
import { FLEET_SECONDS, parseFleetReport, parseJson, readFleetReport, writeStored } from '../stored.ts';

/**
 * The fleet reports on rows with transactions.
 *
 * @param now milliseconds since the epoch
 */
export function createRowFleet(transact: Transact, now: () => number): FleetStore {
  const isOver = (report: FleetReport): boolean => report.writtenAt + FLEET_SECONDS * 1_000 <= now();
  return {
    writeFleet: async (cluster, environment, report, signal) => {
      const text = writeStored('fleet report', report);
      await transact(
        'write',
        (rows) => {
          const partition = fleetPartitionOf(cluster);
          for (const { sort, text: other } of rows.list({ partition, prefix: FLEET_PREFIX })) {
            // One that cannot be read goes too: its environment leaves another one in some seconds.
            const report = parseFleetReport(parseJson(other));
            if (report === undefined || isOver(report)) rows.delete({ partition, sort });
          }
          rows.put(fleetKey(cluster, environment), text);
        },
        signal,
      );
    },
    readFleet: (cluster, signal) =>
      transact(
        'read',
        (rows) =>
          rows
            .list({ partition: fleetPartitionOf(cluster), prefix: FLEET_PREFIX })
            .map(({ sort, text }) => readFleetReport(parseJson(text), sort))
            .filter((report) => !isOver(report)),
        signal,
      ),
  };
}
