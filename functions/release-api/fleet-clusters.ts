import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import { type CachedValue, type CachedValueOptions, cacheValue } from '../http/cached-value.ts';
import { CLUSTER_WAIT_MS, RETRY_AFTER_SECONDS } from '../limits.ts';
import type { Snapshot } from '../template-store/cache/bundled-templates.ts';
import { keepLastGood } from '../template-store/cache/last-good-record.ts';
import type { TemplateStore } from '../template-store/store.ts';
import { type StoreProblem, unreadable } from '../template-store/store-problem.ts';
import { RELEASE_API_PATH } from './request/segments.ts';
import { ApiError } from './response/api-error.ts';

/** The Kubernetes clusters of a fleet, by their records. */
export interface FleetClusters {
  /**
   * The only one; ApiError 400 that lists them where there are several, 404 where there is none, 503 that says how to name
   * one where they cannot be read.
   *
   * @param mayBeOld whether the snapshot of the deployment may say it then
   */
  only(mayBeOld?: boolean): Promise<string>;
  /**
   * Its record, waited for `waitMs` at most; ApiError 404 where there is none, so that a slip of the pen releases
   * nothing, and 500 where it is not valid and none that was is held. Throws TemplateStoreError when it cannot be read.
   */
  recordOf(cluster: string, waitMs?: number): Promise<ClusterRecord>;
}

/** How many clusters a message names. */
const NAMES_SHOWN_MAX = 10;

/** The configuration; times in milliseconds. */
export interface FleetClustersOptions extends Omit<CachedValueOptions, 'onFailure'> {
  /** Told what could not be read, or is not valid. */
  readonly report: (problem: StoreProblem) => void;
  readonly snapshot?: Pick<Snapshot, 'clusters'>;
}

/** What the store held of a cluster; `faults` where it is no record. */
type Reading = { readonly record: ClusterRecord | undefined } | { readonly faults: string };

/**
 * Reads records through memory; the last good one is kept while the store is down, or what it holds is not valid.
 */
export function createFleetClusters(
  store: Pick<TemplateStore, 'listClusters' | 'getClusterRecord'>,
  { report, snapshot, ...options }: FleetClustersOptions,
): FleetClusters {
  // A record that cannot be read counts: without it the only one left might be another cluster than the caller means.
  const names = cacheValue(async (signal) => [...(await store.listClusters(signal))].sort(), {
    ...options,
    onFailure: unreadable(report, 'clusters'),
  });
  const records = new Map<string, CachedValue<Reading>>();

  return {
    async only(mayBeOld = false) {
      const found = await names.get(CLUSTER_WAIT_MS).catch((cause: unknown) => {
        const known = snapshot?.clusters ?? [];
        if (mayBeOld && known.length === 1) return known;
        const how = `put the one that is meant into the path: ${RELEASE_API_PATH}/clusters/{cluster}/namespaces/…`;
        const message = `the Kubernetes clusters of the fleet cannot be read; nothing has changed: ask again, or ${how}`;
        throw new ApiError('ServiceUnavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
      });
      const [first, ...more] = found;
      if (first === undefined) throw new ApiError('NotFound', 'no Kubernetes cluster is registered with this fleet');
      if (more.length === 0) return first;
      const which = found
        .slice(0, NAMES_SHOWN_MAX)
        .map((name) => `clusters/${name}`)
        .join(', ');
      throw new ApiError('BadRequest', `the fleet has several Kubernetes clusters; put one into the path: ${which}, …`);
    },
    async recordOf(cluster, waitMs = CLUSTER_WAIT_MS) {
      const held =
        records.get(cluster) ?? cacheValue(reader(cluster), { ...options, onFailure: unreadable(report, cluster) });
      const reading = await held.get(waitMs);
      if ('faults' in reading) {
        const what = `the record of Kubernetes cluster ${cluster} is not valid; nothing was changed`;
        throw new ApiError('InternalError', `${what}: ${reading.faults}`);
      }
      const { record } = reading;
      if (record === undefined) {
        throw new ApiError('NotFound', `no Kubernetes cluster ${cluster} is registered with this fleet`);
      }
      // Only what was found is kept: names from outside would fill the memory.
      records.set(cluster, held);
      return record;
    },
  };

  function reader(cluster: string): (signal: AbortSignal) => Promise<Reading> {
    const kept = keepLastGood(cluster, report);
    return async (signal) => {
      const document = await readDocument(cluster, signal);
      // A record that has gone must not stop a release that is under way.
      const faults = document === undefined ? undefined : kept.take(document);
      const record = kept.last();
      return record === undefined && faults !== undefined ? { faults } : { record };
    };
  }

  /** The document; a SyntaxError for what is none, which another read does not change. */
  async function readDocument(cluster: string, signal: AbortSignal): Promise<unknown> {
    return await store.getClusterRecord(cluster, signal).catch((error: unknown) => {
      if (error instanceof SyntaxError) return error;
      throw error;
    });
  }
}
