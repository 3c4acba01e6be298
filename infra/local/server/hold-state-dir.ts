import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readLocalEndpoint } from './endpoint-file.ts';

/** A state folder that belongs to this process until it is released. */
export interface HeldStateDir {
  release(): void;
}

/** Another gateway runs with the folder; the message names it and what to do. */
class StateDirInUseError extends Error {
  override readonly name = 'StateDirInUseError' as const;
}

/** Empty for ever: only its lock counts. */
const FILE = 'running.db';
/** SQLite's word for "another connection has the lock" (sqlite.org/rescode.html). */
const BUSY = 5;

/**
 * Takes a state folder for one gateway: a second one would overwrite `local.json`, and take it away when it ends. The lock
 * is SQLite's, so that it ends with the process however that ends; a process ID in a file would outlive it, and come to
 * stand for another process. Throws StateDirInUseError.
 */
export async function holdStateDir(stateDir: string): Promise<HeldStateDir> {
  const database = new DatabaseSync(join(stateDir, FILE));
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === BUSY)) throw error;
    const other = await readLocalEndpoint(stateDir);
    const which = other === undefined ? '' : ` (process ${other.pid}, ${other.url})`;
    throw new StateDirInUseError(
      `another endpoint runs with state in ${stateDir}${which}; end it, or name another folder with --state-dir`,
      { cause: error },
    );
  }
  const release = (): void => {
    if (database.isOpen) database.close();
  };
  return { release };
}
