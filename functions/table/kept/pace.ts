import { PACE_KEPT_MS, type Pace, type PaceStore } from '../../canary/pace.ts';
import { isRecord } from '../../json/faults.ts';
import { proxyPartitionOf, rowKey } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** The pace of a Kubernetes cluster: the longest of the last hour. `pace`, in the partition that `discovery` writes to. */
const PACE: Kept<string, Pace> = {
  title: 'pace',
  attribute: undefined,
  keyOf: (cluster) => rowKey(cluster, 'pace', proxyPartitionOf(cluster)),
  decode: (document) => {
    // JSON has the time as `at`, an item of DynamoDB as `heardAt`.
    const { refreshMs, heardAt, at = heardAt } = isRecord(document) ? document : {};
    return typeof refreshMs === 'number' && typeof at === 'number' ? { refreshMs, at } : undefined;
  },
  numbersOf: ({ refreshMs, at }) => ({ refreshMs, heardAt: at }),
  givesWay: ({ refreshMs, at }) => [
    { number: 'refreshMs', is: '<=', than: refreshMs },
    { number: 'heardAt', is: '<', than: at - PACE_KEPT_MS },
  ],
};

/** The pace of each Kubernetes cluster as a kept value. */
export function createPaceStore(values: KeptValues): PaceStore {
  return {
    notePace: (cluster, pace, signal) => values.write(PACE, cluster, pace, signal),
    findPace: (cluster, signal) => values.read(PACE, cluster, signal),
  };
}
