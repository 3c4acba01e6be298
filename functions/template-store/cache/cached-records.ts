import { type ClusterRecord, parseClusterRecord } from '../../cluster-record/cluster-record.ts';
import { TemplateStoreError } from '../../errors.ts';
import { type CachedValue, type CachedValueOptions, cacheValue } from '../../http/cached-value.ts';
import type { TemplateStore } from '../store.ts';
import { type StoreProblem, unreadable } from '../store-problem.ts';
import { keepLastGood } from './last-good-record.ts';

/** Stands for the record of a Kubernetes cluster that has none in the store. */
export const NO_RECORD = 'no record';

/** A cluster record, or that there is none: it was never registered, or its record was deleted. */
export type RecordState = ClusterRecord | typeof NO_RECORD;

/** The cluster records of a fleet, each cached for itself. */
export interface CachedRecords {
  /** The record of a Kubernetes cluster, or that there is none. */
  of(cluster: string): CachedValue<RecordState>;
  /** Reads some records at once, before it is known which clusters will call; rejects when the store cannot be read. */
  readAhead(signal: AbortSignal): Promise<ReadonlyMap<string, ClusterRecord>>;
}

const MISSING = 'its calls are refused (403) until it is registered: outrigger cluster register';

/** One record with what has been good of it. */
interface Kept {
  readonly cached: CachedValue<RecordState>;
  /** Takes over a record that was read ahead. */
  put(record: ClusterRecord): void;
}

/**
 * Caches cluster records. One that is not valid never replaces the last good one. One that is gone does: with it went the
 * `minEpoch` that keeps retired tokens retired, so that what is not there must count as such in every environment.
 */
export function cacheRecords(
  store: TemplateStore,
  options: Omit<CachedValueOptions, 'onFailure'>,
  report: (problem: StoreProblem) => void,
): CachedRecords {
  const records = new Map<string, Kept>();

  return {
    of: (cluster) => recordOf(cluster).cached,
    async readAhead(signal) {
      const ahead = new Map<string, ClusterRecord>();
      for (const [name, document] of await store.listClusterRecords(signal)) {
        const parsed = parseClusterRecord(document);
        // A bad one is reported when its cluster calls.
        if (!parsed.valid) continue;
        recordOf(name).put(parsed.value);
        ahead.set(name, parsed.value);
      }
      return ahead;
    },
  };

  function recordOf(cluster: string): Kept {
    const known = records.get(cluster);
    if (known !== undefined) return known;
    const made = cacheRecord(cluster);
    records.set(cluster, made);
    return made;
  }

  function cacheRecord(cluster: string): Kept {
    let kept = keepLastGood(cluster, report);
    let isReported = false;
    const read = async (signal: AbortSignal): Promise<RecordState> => {
      const document = await store.getClusterRecord(cluster, signal);
      if (document === undefined) {
        if (!isReported) report({ what: 'cluster record missing', name: cluster, why: MISSING });
        isReported = true;
        // What comes after it must not fall back to it.
        kept = keepLastGood(cluster, report);
        return NO_RECORD;
      }
      isReported = false;
      kept.take(document);
      const record = kept.last();
      if (record === undefined) throw new TemplateStoreError('the cluster record is not valid');
      return record;
    };
    const onFailure = unreadable(report, cluster);
    const cached = cacheValue(read, { ...options, onFailure }, (state) => state === NO_RECORD);
    return {
      cached,
      put(record) {
        kept.put(record);
        cached.put(record);
      },
    };
  }
}
