import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createFileStore, type FileStore } from '../../functions/table/sqlite/file-store.ts';
import { AUDIT_ENTRIES_MAX } from '../../functions/table/sqlite/writes.ts';
import { answerOf, auditOf, canaryOf, nextOf, reportOf } from '../support/stored-canaries.ts';

const WRITER = join(import.meta.dirname, '..', 'support', 'file-store-writer.ts');
const CLUSTER = 'local';
const KEY = { cluster: CLUSTER, namespace: 'shop', name: 'cart' };
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

let root: string;
let folder: string;
let store: FileStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-file-store-'));
  folder = join(root, 'canaries');
  store = createFileStore(folder);
});
afterEach(async () => {
  store.close();
  await rm(root, { recursive: true });
});

const create = async (): Promise<unknown> =>
  await store.create(CLUSTER, canaryOf(), { audit: auditOf(canaryOf()) }, signal());
const startWriters = (writers: number, writes: number): ChildProcess =>
  spawn(process.execPath, [WRITER, folder, CLUSTER, String(writers), String(writes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const printed = async (writer: ChildProcess): Promise<number[]> =>
  writer.stdout === null ? [] : (await text(writer.stdout)).split('\n').filter(Boolean).map(Number);
/** What has to be the same number at any time: the version, the head, and how many writes were recorded. */
const counts = async (from = store): Promise<number[]> => {
  const { head, canaries } = await from.listCanaries(CLUSTER, signal());
  const audit = await from.listAudit(KEY, 100_000, signal());
  return [Number(canaries[0]?.metadata.resourceVersion), head, audit.length];
};

test('50 writers in 5 processes on one canary: each version has one, none is lost (89)', async () => {
  await create();
  const writers = Array.from({ length: 5 }, () => startWriters(10, 1));
  const versions = (await Promise.all(writers.map(printed))).flat();
  expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 2));
  expect(await counts()).toEqual([51, 51, 51]);
});

test('a writer that is killed loses nothing that was answered, leaves no half, and blocks nobody (99)', async () => {
  await create();
  for (let round = 1; round <= 3; round++) {
    const writer = startWriters(4, 1_000_000);
    const output = printed(writer);
    const before = (await counts())[0] ?? 0;
    await expect.poll(async () => (await counts())[0], { timeout: 15_000 }).toBeGreaterThan(before + 20);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const acknowledged = Math.max(...(await output));
    const fresh = createFileStore(folder);
    const [version = 0, head, audit] = await counts(fresh);
    expect([head, audit]).toEqual([version, Math.min(version, AUDIT_ENTRIES_MAX)]);
    expect(version).toBeGreaterThanOrEqual(acknowledged);
    const current = await fresh.getCanary(KEY, signal());
    const next = nextOf(current ?? canaryOf());
    const outcome = await fresh.update(CLUSTER, String(version), next, { audit: auditOf(next) }, signal());
    expect(outcome).toEqual({ outcome: 'written' });
    fresh.close();
  }
});

test('a write is on the disk before it is answered: each commit is synced (99)', async () => {
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  try {
    await create();
    const database = exec.mock.contexts.find((context) => context instanceof DatabaseSync);
    // sqlite.org/pragma.html: 2 is FULL, which syncs the journal at every commit; 1 and 0 do not.
    expect(database?.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(database?.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  } finally {
    exec.mockRestore();
  }
});

test('what one process wrote another reads, and it is there after a restart', async () => {
  await create();
  const other = createFileStore(folder);
  expect(await other.getCanary(KEY, signal())).toEqual(canaryOf());
  store.close();
  expect(await store.getCanary(KEY, signal())).toEqual(canaryOf());
  other.close();
});

test('a writer that holds the file is waited for, within the caller’s time', async () => {
  await create();
  const holder = new DatabaseSync(join(folder, 'canaries.db'));
  holder.exec('BEGIN IMMEDIATE');
  const next = nextOf(canaryOf());
  const update = async (ms: number): Promise<unknown> =>
    await store.update(CLUSTER, '1', next, { audit: auditOf(next) }, AbortSignal.timeout(ms));
  await expect(update(100)).rejects.toThrow(CanaryStoreError);
  // Readers do not wait for it.
  expect(await store.getCanary(KEY, signal())).toEqual(canaryOf());
  const waiting = update(10_000);
  holder.exec('ROLLBACK');
  expect(await waiting).toEqual({ outcome: 'written' });
  holder.close();
});

test('a kept answer and a proxy report that cannot be read stop no write', async () => {
  await create();
  const database = new DatabaseSync(join(folder, 'canaries.db'));
  const put = database.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  put.run('C#local', 'idem#ada#broken', '{');
  put.run('F#local', 'fleet#broken', '{"writtenAt":"now"}');
  const idempotency = { key: { caller: 'ada', key: 'k' }, answer: answerOf(60) };
  const next = nextOf(canaryOf());
  const written = store.update(CLUSTER, '1', next, { audit: auditOf(next), idempotency }, signal());
  expect(await written).toEqual({ outcome: 'written' });
  const report = reportOf(1);
  await store.writeProxyReport(CLUSTER, 'env-1', report, signal());
  expect(await store.readProxyReports(CLUSTER, signal())).toEqual([report]);
  // Nobody can tell whose request it answered, so it is not forgotten.
  await expect(store.findAnswer(CLUSTER, { caller: 'ada', key: 'broken' }, signal())).rejects.toThrow(/cannot be read/);
  database.close();
});

test('of each canary the newest thousand audit entries are kept', async () => {
  await create();
  const database = new DatabaseSync(join(folder, 'canaries.db'));
  const put = database.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  for (const name of ['cart', 'pay']) {
    for (let i = 1; i < AUDIT_ENTRIES_MAX; i++) put.run('C#local', `audit#shop#${name}#2026#${i + 10_000}#t`, '{}');
  }
  const count = (name: string): unknown =>
    database.prepare('SELECT count(*) AS n FROM rows WHERE sort LIKE ?').get(`audit#shop#${name}#%`)?.['n'];
  expect([count('cart'), count('pay')]).toEqual([AUDIT_ENTRIES_MAX, AUDIT_ENTRIES_MAX - 1]);
  const next = nextOf(canaryOf());
  await store.update(CLUSTER, '1', next, { audit: auditOf(next) }, signal());
  expect([count('cart'), count('pay')]).toEqual([AUDIT_ENTRIES_MAX, AUDIT_ENTRIES_MAX - 1]);
  expect((await store.listAudit(KEY, 1, signal()))[0]).toEqual(auditOf(next));
  database.close();
});

test('a file that is no database is an error, and stays as it is', async () => {
  await create();
  store.close();
  for (const file of await readdir(folder)) await rm(join(folder, file));
  const file = join(folder, 'canaries.db');
  await writeFile(file, 'not a database, but somebody’s only copy of something\n'.repeat(40));
  const { size } = await stat(file);
  await expect(store.listCanaries(CLUSTER, signal())).rejects.toThrow(CanaryStoreError);
  await expect(create()).rejects.toThrow(/^canaries.db cannot be used/);
  expect((await stat(file)).size).toBe(size);
});

test('a folder that cannot be made is an error', async () => {
  await writeFile(join(root, 'file'), '');
  const nowhere = createFileStore(join(root, 'file', 'canaries'));
  await expect(nowhere.readHead(CLUSTER, signal())).rejects.toThrow(CanaryStoreError);
});

test('nobody else on the machine may look into the folder', async () => {
  await create();
  expect((await stat(folder)).mode & 0o077).toBe(0);
});
