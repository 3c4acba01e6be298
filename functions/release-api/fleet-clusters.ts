import { TemplateStoreError } from '../errors.ts';
import { CLUSTER_WAIT_MS } from '../limits.ts';
import { type ClusterRecord, parseClusterRecord } from '../template/cluster-record.ts';
import { type Held, type HoldOptions, hold } from '../template/held.ts';
import type { TemplateStore } from '../template/store.ts';
import { ApiError } from './api-error.ts';

/** The Kubernetes clusters of a fleet, by their records. Both throw TemplateStoreError when they cannot be read. */
export interface FleetClusters {
  /** The only one; ApiError 400 that lists them where there are several, 404 where there is none. */
  only(): Promise<string>;
  /** Its record; ApiError 404 where there is none, so that a slip of the pen releases nothing. */
  recordOf(cluster: string): Promise<ClusterRecord>;
}

/** Reads records through memory; the last good one is kept while the store is down. */
export function createFleetClusters(
  store: Pick<TemplateStore, 'listClusterRecords' | 'getClusterRecord'>,
  options: HoldOptions,
): FleetClusters {
  const names = hold(async (signal) => [...(await store.listClusterRecords(signal)).keys()].sort(), options);
  const records = new Map<string, Held<ClusterRecord | undefined>>();

  return {
    async only() {
      const found = await names.get(CLUSTER_WAIT_MS);
      const [first, ...more] = found;
      if (first === undefined) throw new ApiError('NotFound', 'no Kubernetes cluster is registered with this fleet');
      if (more.length === 0) return first;
      const which = found.map((name) => `clusters/${name}`).join(', ');
      throw new ApiError('BadRequest', `the fleet has several Kubernetes clusters; put one into the path: ${which}, …`);
    },
    async recordOf(cluster) {
      const held = records.get(cluster) ?? hold(reader(cluster), options);
      const record = await held.get(CLUSTER_WAIT_MS);
      if (record === undefined) {
        throw new ApiError('NotFound', `no Kubernetes cluster ${cluster} is registered with this fleet`);
      }
      // Only what was found is kept: names from outside would fill the memory.
      records.set(cluster, held);
      return record;
    },
  };

  function reader(cluster: string): (signal: AbortSignal) => Promise<ClusterRecord | undefined> {
    let last: ClusterRecord | undefined;
    return async (signal) => {
      const document = await store.getClusterRecord(cluster, signal);
      // A record that has gone must not stop a release that is under way.
      if (document === undefined) return last;
      const parsed = parseClusterRecord(document);
      if (!parsed.valid) throw new TemplateStoreError('the cluster record is not valid');
      last = parsed.value;
      return last;
    };
  }
}
