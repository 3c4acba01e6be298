import { readFile, rename, writeFile } from 'node:fs/promises';
import { unlessAbsent } from '../../../functions/absent-file.ts';

/** The text of a file; undefined where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  return await unlessAbsent(readFile(file, 'utf8'));
}

/** Writes a file that only its owner reads; readers never see half of it. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
