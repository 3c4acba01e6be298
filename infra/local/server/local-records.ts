import { join, resolve } from 'node:path';
import { createFileRecordStore } from '../../../functions/registration/record/file-record-store.ts';
import type { RecordDocument, RecordStore } from '../../../functions/registration/record/record-store.ts';
import { newEpochs } from '../../../functions/registration/registration-record.ts';
import { LOCAL_RECORD } from './local-store.ts';
import { LOCAL_CLUSTER } from './mutate.ts';

/**
 * The cluster records of a state folder; that of the local cluster begins as what it gets without a file, with epochs of
 * this moment.
 */
export function openLocalRecords(stateDir: string): RecordStore {
  const files = createFileRecordStore(join(resolve(stateDir), 'clusters'));
  const first: RecordDocument = { ...LOCAL_RECORD, ...newEpochs(Date.now()) };
  const orFirst = (cluster: string, record: RecordDocument | undefined): RecordDocument | undefined =>
    record ?? (cluster === LOCAL_CLUSTER ? first : undefined);
  return {
    ...files,
    readRecord: async (cluster, signal) => orFirst(cluster, await files.readRecord(cluster, signal)),
    updateRecord: async (cluster, change, signal) =>
      await files.updateRecord(cluster, (record) => change(orFirst(cluster, record)), signal),
  };
}

/** Writes the record of the local cluster where there is none: without one its callers are refused. */
export async function writeLocalRecord(stateDir: string, signal: AbortSignal): Promise<void> {
  await openLocalRecords(stateDir).updateRecord(LOCAL_CLUSTER, (record = LOCAL_RECORD) => record, signal);
}
