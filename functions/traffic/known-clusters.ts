import { describeFaults } from '../faults.ts';
import type { NamedRecord } from '../http/proxy-token.ts';
import { parseClusterRecord } from '../template/cluster-record.ts';
import { type HoldOptions, hold } from '../template/held.ts';
import type { Snapshot } from '../template/snapshot.ts';
import { type StoreTrouble, unreadable } from '../template/trouble.ts';

/** The Kubernetes clusters of the fleet: whose proxies are known at all. */
export interface KnownClusters {
  /** All records; waits at most `waitMs` when none are held yet. Throws TemplateStoreError when there are none. */
  records(waitMs: number): Promise<readonly NamedRecord[]>;
}

/** The configuration; times in milliseconds. */
export interface KnownClustersOptions extends Omit<HoldOptions, 'onFailure'> {
  readonly report: (trouble: StoreTrouble) => void;
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
  const lastGood = new Map<string, NamedRecord>();
  const reported = new Map<string, string>();
  const texts = new Map<string, string>();
  const held = hold(
    async (signal) => {
      const documents = await read(signal);
      for (const cluster of lastGood.keys()) if (!documents.has(cluster)) lastGood.delete(cluster);
      for (const [cluster, document] of documents) accept(cluster, document);
      return [...lastGood.values()];
    },
    { ...options, onFailure: unreadable(options.report, 'cluster records') },
  );

  return {
    records: async (waitMs) =>
      await held.get(waitMs).catch((error: unknown) => {
        const { snapshot } = options;
        const records = snapshot?.clusters.flatMap((cluster): NamedRecord[] => {
          const record = snapshot.record(cluster);
          return record === undefined ? [] : [{ cluster, record }];
        });
        if (records === undefined || records.length === 0) throw error;
        return records;
      }),
  };

  /** An unchanged record stays the same object: answers are remembered by it. */
  function accept(cluster: string, document: unknown): void {
    const text = JSON.stringify(document) ?? '';
    if (lastGood.has(cluster) && texts.get(cluster) === text) return;
    texts.set(cluster, text);
    const parsed = parseClusterRecord(document);
    if (parsed.valid) {
      lastGood.set(cluster, { cluster, record: parsed.value });
      return;
    }
    const why = describeFaults(parsed.faults);
    if (reported.get(cluster) !== why) options.report({ what: 'cluster record refused', name: cluster, why });
    reported.set(cluster, why);
  }
}
