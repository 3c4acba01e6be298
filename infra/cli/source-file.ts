import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { codeOf, UsageError } from './errors.ts';

/** The text of a file, or of standard input for `-`. Throws UsageError for a file that is not there or is a folder. */
export async function readSourceFile(file: string): Promise<{ text: string; file: string }> {
  if (file === '-') return { text: await readAll(process.stdin), file: 'standard input' };
  try {
    return { text: await readFile(file, 'utf8'), file };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UsageError(`there is no file ${file}`);
    if (codeOf(error) === 'EISDIR') throw new UsageError(`${file} is a folder; name a file, or - for standard input`);
    throw error;
  }
}
