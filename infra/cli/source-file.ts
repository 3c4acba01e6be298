import { open, readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { codeOf, UsageError } from './errors.ts';

/** The text of a file, or of standard input for `-`. Throws UsageError for a file that is not there or is a folder. */
export async function readSourceFile(file: string): Promise<{ text: string; file: string }> {
  if (file === '-') return { text: await readAll(process.stdin), file: 'standard input' };
  try {
    return { text: await readFile(file, 'utf8'), file };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The same bit by bit, for one that may have no end. */
export async function* streamSourceFile(file: string): AsyncGenerator<string> {
  if (file === '-') {
    for await (const chunk of process.stdin.setEncoding('utf8')) yield String(chunk);
    return;
  }
  try {
    const stream = (await open(file)).createReadStream({ encoding: 'utf8' });
    for await (const chunk of stream) yield String(chunk);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  if (codeOf(error) === 'ENOENT') return new UsageError(`there is no file ${file}`);
  if (codeOf(error) === 'EISDIR') return new UsageError(`${file} is a folder; name a file, or - for standard input`);
  return error;
}
