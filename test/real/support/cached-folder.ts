import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where a real part lies in the user's cache, or will lie. `name` holds its version. */
export function cachedFolder(name: string): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'outrigger', name);
}

/**
 * Fills a folder of the cache unless it is there. It is filled under another name and renamed when it is whole, so that
 * a run that was stopped leaves no half, and two at once do not disturb each other: the first to end wins.
 *
 * @param fill fills the folder that it gets, which is empty
 * @returns the folder
 */
export async function fillCachedFolder(folder: string, fill: (fresh: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await fill(fresh);
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
