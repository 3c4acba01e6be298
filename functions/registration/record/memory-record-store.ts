import { isSameRecord } from './record-fields.ts';
import { type RecordDocument, type RecordStore, refuseClusterName } from './record-store.ts';

/** Records in memory: for tests, and for trying a change without writing it. */
export function createMemoryRecordStore(records = new Map<string, RecordDocument>()): RecordStore {
  return {
    async readRecord(cluster, signal) {
      signal.throwIfAborted();
      refuseClusterName(cluster);
      return structuredClone(records.get(cluster));
    },
    async listRecords(signal) {
      signal.throwIfAborted();
      return structuredClone(records);
    },
    async updateRecord(cluster, change, signal) {
      signal.throwIfAborted();
      refuseClusterName(cluster);
      const before = records.get(cluster);
      const record = change(structuredClone(before));
      if (!isSameRecord(record, before)) records.set(cluster, structuredClone(record));
      return record;
    },
    async removeRecord(cluster, signal) {
      signal.throwIfAborted();
      refuseClusterName(cluster);
      return records.delete(cluster);
    },
  };
}
