import { type DriftReport, readReport } from '../../drift/report.ts';
import { type DriftStore, expiryOf, latestAt, stands, timeOf } from '../../drift/store.ts';
import { rowKey, segments } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** The last drift report of a Kubernetes cluster: `report`, in the one partition that `advance` puts anything new into. */
const DRIFT_REPORT: Kept<string, DriftReport> = {
  title: 'drift report',
  attribute: 'report',
  keyOf: (cluster) => rowKey(cluster, 'report', `D#${segments(cluster)}`),
  decode: readReport,
  numbersOf: (report) => ({ madeAt: timeOf(report) }),
  givesWay: (report, now) => [
    { number: 'madeAt', is: '<=', than: timeOf(report) },
    { number: 'madeAt', is: '>', than: latestAt(now) },
  ],
  expiryOf,
  isCurrent: stands,
};

/** The last drift report of each Kubernetes cluster as a kept value. */
export function createDriftStore(values: KeptValues): DriftStore {
  return {
    writeDrift: (report, signal) => values.write(DRIFT_REPORT, report.metadata.name, report, signal),
    readDrift: (cluster, signal) => values.read(DRIFT_REPORT, cluster, signal),
  };
}
