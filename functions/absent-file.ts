import { isRecord } from './json/faults.ts';

/** Waits for something to be done with a file or folder; undefined where there is none. */
export async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (isRecord(error) && error['code'] === 'ENOENT') return undefined;
    throw error;
  });
}
