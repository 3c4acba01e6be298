import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { isRecord } from '../../json/faults.ts';
import { encodeDocument, PARAMETER_BYTES_MAX, PARTS_MAX } from '../../template-store/codec.ts';
import { createPartReader } from '../../template-store/ssm/parts.ts';
import { createSsmRecords } from '../../template-store/ssm/ssm-records.ts';
import { isSameRecord, withChangeOf } from './record-fields.ts';
import { type RecordDocument, type RecordStore, RecordStoreError, refuseClusterName } from './record-store.ts';

/** How often a change is applied again to what another writer wrote meanwhile. */
const TRIES_MAX = 8;

interface StoredRecord {
  /** Parameter Store's version; 0 where there is no record. */
  readonly version: number;
  readonly record: RecordDocument | undefined;
}

/**
 * The cluster records of a fleet in Parameter Store, `/outrigger/{fleet}/clusters/{cluster}`, in the forms of `codec.ts`.
 *
 * Parameter Store has no conditional write but the very first one. It numbers versions without a gap, though, and keeps
 * them: a write that is not the successor of what was read has overwritten others, whose changes are then taken from the
 * versions that they made, and written again together with ours. For that moment readers see the record without them.
 */
export function createSsmRecordStore(client: SSMClient, fleet: string): RecordStore {
  const root = `/outrigger/${fleet}`;
  const parts = createPartReader(client, fleet);
  const readAll = createSsmRecords(client, fleet);
  const parameterOf = (cluster: string): string => {
    refuseClusterName(cluster);
    return `${root}/clusters/${cluster}`;
  };

  return {
    readRecord: async (cluster, signal) => (await read(cluster, parameterOf(cluster), signal)).record,
    async listRecords(signal) {
      const records = [...(await readAll(signal))];
      return new Map(records.map(([name, record]) => [name, isRecord(record) ? record : undefined]));
    },
    async updateRecord(cluster, change, signal) {
      const name = parameterOf(cluster);
      let before = await read(cluster, name, signal);
      let [base, original] = [before.record, before.record];
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const record = change(base);
        if (isSameRecord(record, before.record)) return record;
        const version = await writeRecord({ client, root, cluster }, record, before.version === 0, signal);
        if (version === undefined) {
          before = await read(cluster, name, signal);
          [base, original] = [before.record, before.record];
          continue;
        }
        // 1: it was removed meanwhile, and is new.
        if (version === before.version + 1 || version === 1) return record;
        for (const theirs of await overwritten(cluster, before.version + 1, version, signal)) {
          // The other writer had read what we read, or a later version, but never the one that we have just written.
          base = withChangeOf(base, original, theirs);
        }
        before = { version, record };
      }
      throw new RecordStoreError(`the record of ${cluster} is being written by others all the time; try again`);
    },
    async removeRecord(cluster, signal) {
      return await unlessMissing(
        client
          .send(new DeleteParameterCommand({ Name: parameterOf(cluster) }), { abortSignal: signal })
          .then(() => true),
        false,
      );
    },
  };

  /** The records that other writers made, from version `from` up to but not including version `to`. */
  async function overwritten(
    cluster: string,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<RecordDocument[]> {
    const records: RecordDocument[] = [];
    for (let version = from; version < to; version++) {
      const { record } = await read(cluster, `${parameterOf(cluster)}:${version}`, signal);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** @param reference the parameter's name, or `name:version` */
  async function read(cluster: string, reference: string, signal: AbortSignal): Promise<StoredRecord> {
    const command = new GetParameterCommand({ Name: reference });
    const answer = await unlessMissing(client.send(command, { abortSignal: signal }), undefined);
    if (answer?.Parameter === undefined) return { version: 0, record: undefined };
    const { Value: value = '', Version: version = 0 } = answer.Parameter;
    const [decoded] = await parts.decode(`registrar/${cluster}`, [value], signal);
    if (decoded === undefined || 'unreadable' in decoded || !isRecord(decoded.document)) {
      const why = decoded !== undefined && 'unreadable' in decoded ? decoded.unreadable : 'it is no object';
      throw new RecordStoreError(`the record of ${cluster} (${name(reference)}) is not readable: ${why}`);
    }
    return { version, record: decoded.document };
  }
}

/** Writes a record. Returns its version; undefined where it was to be the first and another writer was faster. */
async function writeRecord(
  { client, root, cluster }: { readonly client: SSMClient; readonly root: string; readonly cluster: string },
  record: RecordDocument,
  isFirst: boolean,
  signal: AbortSignal,
): Promise<number | undefined> {
  const encoded = encodeDocument(record);
  if (encoded === undefined) {
    const kilobytes = (PARTS_MAX * PARAMETER_BYTES_MAX) / 1024;
    throw new RecordStoreError(`the record of ${cluster} is too large: compressed it may have ${kilobytes} KB`);
  }
  const options = { abortSignal: signal };
  const put = (Name: string, Value: string, Overwrite: boolean): Promise<{ Version?: number | undefined }> =>
    client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite }), options);
  for (const [part, value] of encoded.parts) await put(`${root}/parts/${part}`, value, true);
  try {
    return (await put(`${root}/clusters/${cluster}`, encoded.head, !isFirst)).Version ?? 0;
  } catch (error) {
    if (isFirst && error instanceof ParameterAlreadyExists) return undefined;
    throw error;
  }
}

function name(reference: string): string {
  return reference.split('/').at(-1) ?? reference;
}

async function unlessMissing<T, U>(asked: Promise<T>, missing: U): Promise<T | U> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ParameterNotFound) return missing;
    throw error;
  }
}
