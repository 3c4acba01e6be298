import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Document, parseDocument } from 'yaml';
import { unlessAbsent } from '../../absent-file.ts';
import { isRecord } from '../../json/faults.ts';
import { isSameRecord } from './record-fields.ts';
import { type RecordDocument, type RecordStore, RecordStoreError, refuseClusterName } from './record-store.ts';

/** A writer holds the lock for some milliseconds; what is older was left by a process that ended. */
const LOCK_STALE_MS = 10_000;
/** Between two looks at another writer's lock. */
const LOCK_PAUSE_MS = 20;

/**
 * Cluster records as `{cluster}.yaml` in a folder: the store of `npm start`. Files are replaced whole, never half
 * written, by one writer at a time; comments and layout of a file that was edited by hand stay where fields stay.
 */
export function createFileRecordStore(folder: string): RecordStore {
  const fileOf = (cluster: string): string => {
    refuseClusterName(cluster);
    return join(folder, `${cluster}.yaml`);
  };

  return {
    readRecord: async (cluster, signal) => recordIn(await readText(fileOf(cluster), signal), cluster),
    async listRecords(signal) {
      const files = (await unlessAbsent(readdir(folder))) ?? [];
      const names = files.filter((f) => f.endsWith('.yaml')).map((f) => parsePath(f).name);
      const read = names.map(async (name) => [name, await readText(join(folder, `${name}.yaml`), signal)] as const);
      return new Map((await Promise.all(read)).map(([name, text]) => [name, readable(text, name)]));
    },
    async updateRecord(cluster, change, signal) {
      const file = fileOf(cluster);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await locked(`${file}.lock`, signal, async () => {
        const text = await readText(file, signal);
        const before = recordIn(text, cluster);
        const record = change(before);
        if (text !== undefined && isSameRecord(record, before)) return record;
        await writeFile(`${file}.new`, printed(text, before ?? {}, record), { mode: 0o600 });
        await rename(`${file}.new`, file);
        return record;
      });
    },
    async removeRecord(cluster, signal) {
      signal.throwIfAborted();
      return (await unlessAbsent(unlink(fileOf(cluster)).then(() => true))) ?? false;
    },
  };
}

/** The file with the fields of the record in it: what is the same in both keeps its comments and its layout. */
function printed(text: string | undefined, before: RecordDocument, record: RecordDocument): string {
  const parsed = text === undefined ? new Document({}) : parseDocument(text);
  const document = parsed.contents === null ? new Document({}) : parsed;
  setFields(document, [], before, record);
  return document.toString({ lineWidth: 0 });
}

function setFields(document: Document, path: readonly string[], before: RecordDocument, after: RecordDocument): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [Object.hasOwn(before, key) ? before[key] : undefined, after[key]];
    if (isDeepStrictEqual(was, is)) continue;
    if (!Object.hasOwn(after, key)) document.deleteIn([...path, key]);
    else if (isRecord(was) && isRecord(is)) setFields(document, [...path, key], was, is);
    else document.setIn([...path, key], nodeOf(document, is));
  }
}

function recordIn(text: string | undefined, cluster: string): RecordDocument | undefined {
  if (text === undefined) return undefined;
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new RecordStoreError(`the record of ${cluster} is not YAML`);
  const record: unknown = document.toJS() ?? {};
  if (!isRecord(record)) throw new RecordStoreError(`the record of ${cluster} is not readable: it is no object`);
  return record;
}

function readable(text: string | undefined, cluster: string): RecordDocument | undefined {
  try {
    return recordIn(text, cluster);
  } catch {
    return undefined;
  }
}

/** A scalar as it is, so that it takes the place of another one beside that one's comment. */
function nodeOf(document: Document, value: unknown): unknown {
  const isScalar = typeof value !== 'object' || value === null;
  return isScalar ? value : document.createNode(value, { aliasDuplicateObjects: false });
}

async function readText(file: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  return await unlessAbsent(readFile(file, { encoding: 'utf8', signal }));
}

/** Does something while no other process does it with the same lock file. */
async function locked<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await open(file, 'wx').catch((error: unknown) => {
      if (isRecord(error) && error['code'] === 'EEXIST') return undefined;
      throw error;
    });
    if (lock !== undefined) {
      await lock.close();
      return await work().finally(() => rm(file, { force: true }));
    }
    const found = await unlessAbsent(stat(file));
    if (found !== undefined && Date.now() - found.mtimeMs > LOCK_STALE_MS) await rm(file, { force: true });
    await pause(LOCK_PAUSE_MS, undefined, { signal });
  }
}
