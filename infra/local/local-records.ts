import { join, resolve } from 'node:path';
import { createFileRecordStore } from '../../functions/registration/file-record-store.ts';
import type { RecordStore } from '../../functions/registration/record-store.ts';
import { LOCAL_CLUSTER } from './doors.ts';
import { LOCAL_RECORD } from './local-store.ts';

/** The cluster records of a state folder; that of the local cluster begins as what it gets without a file. */
export function openLocalRecords(stateDir: string): RecordStore {
  const files = createFileRecordStore(join(resolve(stateDir), 'clusters'));
  return {
    ...files,
    readRecord: async (cluster, signal) =>
      (await files.readRecord(cluster, signal)) ?? (cluster === LOCAL_CLUSTER ? LOCAL_RECORD : undefined),
    updateRecord: async (cluster, change, signal) =>
      await files.updateRecord(
        cluster,
        (record) => change(record ?? (cluster === LOCAL_CLUSTER ? LOCAL_RECORD : undefined)),
        signal,
      ),
  };
}
