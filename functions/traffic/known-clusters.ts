import type { NamedRecord } from '../cluster-record/cluster-record.ts';
import { type CachedValueOptions, cacheValue } from '../http/cached-value.ts';
import type { Snapshot } from '../template-store/cache/bundled-templates.ts';
import { keepLastGood, type LastGoodRecord } from '../template-store/cache/last-good-record.ts';
import { type StoreProblem, unreadable } from '../template-store/store-problem.ts';

/** The Kubernetes clusters of the fleet: whose proxies are known at all. */
export interface KnownClusters {
  /** All records; waits at most `waitMs` when none are held yet. Throws TemplateStoreError when there are none. */
  records(waitMs: number): Promise<readonly NamedRecord[]>;
  /** The records where they are recent, for callers that cannot wait. */
  recent(): readonly NamedRecord[] | undefined;
}

/** The configuration; times in milliseconds. */
export interface KnownClustersOptions extends Omit<CachedValueOptions, 'onFailure'> {
  readonly report: (problem: StoreProblem) => void;
  /** Its records serve until the store has been read for the first time. */
  readonly snapshot?: Snapshot;
}

/**
 * Keeps all cluster records in memory. One that cannot be read (undefined) or does not parse is reported, and its last
 * good version stays; while the store cannot be read all of them do.
 */
export function createKnownClusters(
  read: (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>>,
  options: KnownClustersOptions,
): KnownClusters {
  const kept = new Map<string, LastGoodRecord>();
  const held = cacheValue(
    async (signal) => {
      const documents = await read(signal);
      for (const cluster of kept.keys()) if (!documents.has(cluster)) kept.delete(cluster);
      for (const [cluster, document] of documents) {
        const one = kept.get(cluster) ?? keepLastGood(cluster, options.report);
        one.take(document);
        kept.set(cluster, one);
      }
      return [...kept].flatMap(([cluster, one]): NamedRecord[] => {
        const record = one.last();
        return record === undefined ? [] : [{ cluster, record }];
      });
    },
    { ...options, onFailure: unreadable(options.report, 'cluster records') },
  );

  return {
    recent: () => held.fresh(),
    records: async (waitMs) =>
      await held.get(waitMs).catch((error: unknown) => {
        const { snapshot } = options;
        const records = (snapshot?.clusters ?? []).flatMap((cluster): NamedRecord[] => {
          const record = snapshot?.record(cluster);
          return record === undefined ? [] : [{ cluster, record }];
        });
        if (records.length === 0) throw error;
        return records;
      }),
  };
}
