import { TemplateStoreError } from '../errors.ts';
import { type ClusterRecord, parseClusterRecord } from './cluster-record.ts';
import { type Held, type HoldOptions, hold } from './held.ts';
import { keepLastGood } from './last-good-record.ts';
import type { TemplateStore } from './store.ts';
import { type StoreTrouble, unreadable } from './trouble.ts';

/** The cluster records of a fleet, each held for itself. */
export interface HeldRecords {
  /** The record of a Kubernetes cluster; the defaults where none was ever stored. */
  of(cluster: string): Held<ClusterRecord>;
  /** Reads some records at once, before it is known who will call; rejects when the store cannot be read. */
  readAhead(signal: AbortSignal): Promise<ReadonlyMap<string, ClusterRecord>>;
}

/** One record with what has been good of it. */
interface Kept {
  readonly held: Held<ClusterRecord>;
  /** Takes over a record that was read ahead. */
  put(record: ClusterRecord): void;
}

/** Holds cluster records. One that is not valid, or gone, never replaces the last good one. */
export function holdRecords(
  store: TemplateStore,
  options: Omit<HoldOptions, 'onFailure'>,
  report: (trouble: StoreTrouble) => void,
): HeldRecords {
  const records = new Map<string, Kept>();

  return {
    of: (cluster) => recordOf(cluster).held,
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
    const made = holdRecord(cluster);
    records.set(cluster, made);
    return made;
  }

  function holdRecord(cluster: string): Kept {
    const kept = keepLastGood(cluster, report);
    let isStored = false;
    const read = async (signal: AbortSignal): Promise<ClusterRecord> => {
      const document = await store.getClusterRecord(cluster, signal);
      const last = kept.last();
      if (document === undefined && last !== undefined && isStored) {
        // Its minEpoch must not fall back to 0: revoked tokens would be good again.
        report({ what: 'cluster record missing', name: cluster, why: 'the last one is kept' });
        return last;
      }
      isStored ||= document !== undefined;
      kept.take(document ?? {});
      const record = kept.last();
      if (record === undefined) throw new TemplateStoreError('the cluster record is not valid');
      return record;
    };
    const held = hold(read, { ...options, onFailure: unreadable(report, cluster) });
    return {
      held,
      put(record) {
        kept.put(record);
        isStored = true;
        held.put(record);
      },
    };
  }
}
