import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkTime, pauseAfter } from '../../canary/store-time.ts';
import { CanaryStoreError } from '../../errors.ts';
import { isRecord } from '../../json/faults.ts';
import { createKeptStores } from '../kept/kept-stores.ts';
import type { RowKey } from '../row-key.ts';
import type { Rows, Transact } from '../rows.ts';
import type { TableStore } from '../table-store.ts';
import { createRowEvidence } from './evidence.ts';
import { createRowFreezes } from './freezes.ts';
import { createRowKeptValues } from './kept-values.ts';
import { createRowProxyReports } from './proxy-reports.ts';
import { createRowStore } from './row-store.ts';

/** A file store, open until it is closed. */
export interface FileStore extends TableStore {
  close(): void;
}

/** The file, beside which SQLite keeps its journal (`-wal`, `-shm`). */
const FILE = 'canaries.db';
/** SQLite's words for "another process is writing" (sqlite.org/rescode.html), the low byte of the extended codes. */
const BUSY = [5, 6];

/**
 * Canaries, proxy and drift reports in one SQLite file of a folder, which is made if it is not there: the store of `npm start`.
 * SQLite brings what a folder of files would need lock files for: transactions between processes whose locks end with
 * the process that held them, and a journal from which a write that was cut short is undone. Names from outside are
 * values in it, never paths.
 */
export function createFileStore(folder: string): FileStore {
  let database: DatabaseSync | undefined;
  const open = async (): Promise<DatabaseSync> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    database ??= openDatabase(join(folder, FILE));
    return database;
  };
  const transact: Transact = async (mode, work, signal) => {
    checkTime(signal);
    return await whenFree(async () => runTransaction(await open(), mode, work), signal);
  };
  const newToken = (): string => crypto.randomUUID();
  return {
    ...createRowStore({ transact, now: Date.now, newToken }),
    ...createRowProxyReports(transact, Date.now),
    ...createRowEvidence(transact, Date.now),
    ...createRowFreezes(transact),
    ...createKeptStores(createRowKeptValues(transact, Date.now)),
    close: () => {
      database?.close();
      database = undefined;
    },
  };
}

/** Runs a transaction as soon as no other process is writing. */
async function whenFree<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (error instanceof CanaryStoreError) throw error;
      if (!isBusy(error)) throw new CanaryStoreError(`${FILE} cannot be used`, { cause: error });
      if (!(await pauseAfter(tries, Math.random, signal))) {
        throw new CanaryStoreError(`${FILE} is being written by another process`, { cause: error });
      }
    }
  }
}

function openDatabase(file: string): DatabaseSync {
  // SQLite's own wait would stop the whole process; ours is a pause between tries.
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // A write is on the disk before it is answered; readers never wait for a writer.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(
      'CREATE TABLE IF NOT EXISTS rows (partition TEXT, sort TEXT, text TEXT NOT NULL, PRIMARY KEY (partition, sort)) WITHOUT ROWID',
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function runTransaction<T>(database: DatabaseSync, mode: 'read' | 'write', work: (rows: Rows) => T): T {
  database.exec(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
  try {
    const result = work(rowsOf(database));
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function rowsOf(database: DatabaseSync): Rows {
  const run = (sql: string, { partition, sort }: RowKey, ...more: string[]): void =>
    void database.prepare(sql).run(partition, sort, ...more);
  const order = { ascending: 'ORDER BY sort', descending: 'ORDER BY sort DESC LIMIT ?' };
  return {
    get: ({ partition, sort }) => {
      const row = database.prepare('SELECT text FROM rows WHERE partition = ? AND sort = ?').get(partition, sort);
      return row === undefined ? undefined : String(row['text']);
    },
    put: (key, text) => run('INSERT OR REPLACE INTO rows VALUES (?, ?, ?)', key, text),
    delete: (key) => run('DELETE FROM rows WHERE partition = ? AND sort = ?', key),
    list: (asked) => {
      const sql = 'SELECT sort, text FROM rows WHERE partition = ? AND sort >= ? AND sort <= ?';
      // No key holds a character beyond the last one of Unicode.
      const [first, last] = 'prefix' in asked ? [asked.prefix, `${asked.prefix}\u{10ffff}`] : [asked.from, asked.to];
      const newestFirst = 'prefix' in asked ? asked.newestFirst : undefined;
      const range = [asked.partition, first, last];
      const found =
        newestFirst === undefined
          ? database.prepare(`${sql} ${order.ascending}`).all(...range)
          : database.prepare(`${sql} ${order.descending}`).all(...range, newestFirst.limit);
      return found.map(({ sort, text }) => ({ sort: String(sort), text: String(text) }));
    },
  };
}

function isBusy(error: unknown): boolean {
  return isRecord(error) && typeof error['errcode'] === 'number' && BUSY.includes(error['errcode'] & 0xff);
}
