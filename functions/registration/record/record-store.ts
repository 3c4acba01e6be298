import { CLUSTER_NAME } from '../../cluster-name.ts';

/** A cluster record as it is stored: JSON with every field, those of newer versions too. */
export type RecordDocument = Readonly<Record<string, unknown>>;

/** Makes the next record of the one that stands there; undefined: there is none. Called again where another was faster. */
export type RecordChange = (record: RecordDocument | undefined) => RecordDocument;

/** Where cluster records are written: Parameter Store, or a folder of files. One contract suite holds both. */
export interface RecordStore {
  /** The record, whole; undefined when there is none. Rejects when it cannot be read. */
  readRecord(cluster: string, signal: AbortSignal): Promise<RecordDocument | undefined>;
  /** Every record of the fleet by cluster; undefined stands for one that cannot be read. */
  listRecords(signal: AbortSignal): Promise<ReadonlyMap<string, RecordDocument | undefined>>;
  /**
   * Reads, changes and writes; what is the same already is not written. Another writer's change in between is not lost:
   * `change` is called again on what stands there then (at most some times).
   *
   * @returns what stands there now
   */
  updateRecord(cluster: string, change: RecordChange, signal: AbortSignal): Promise<RecordDocument>;
  /** Takes the record away; false when there was none. */
  removeRecord(cluster: string, signal: AbortSignal): Promise<boolean>;
}

/** A record cannot be read or written: it is not one, it is too large, or others write it all the time. */
export class RecordStoreError extends Error {
  override readonly name = 'RecordStoreError' as const;
}

/** Refuses what is no name of a Kubernetes cluster (EKS: at most 100 letters, digits, - and _), before a path is made. */
export function refuseClusterName(cluster: string): void {
  if (CLUSTER_NAME.test(cluster)) return;
  throw new RecordStoreError('the name of a cluster must be letters, digits, ., - and _, at most 100 characters');
}
