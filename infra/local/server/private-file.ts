import { readFile, rename, writeFile } from 'node:fs/promises';
import { unlessAbsent } from '../../../functions/absent-file.ts';

/** A token that can be guessed is none: 16 characters of base64 are 96 bits. */
const TOKEN = /^[\x21-\x7e]{16,4096}$/;

/** The text of a file; undefined where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  return await unlessAbsent(readFile(file, 'utf8'));
}

/** Writes a file that only its owner reads; readers never see half of it. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Reads the bearer token that callers have to show; throws when it is too short to be one. */
export async function readTokenFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`the token file ${file} cannot be read`, { cause });
  });
  const token = text.trim();
  if (!TOKEN.test(token)) throw new Error(`${file} must hold one line of at least 16 visible characters`);
  return token;
}
