import { readFile } from 'node:fs/promises';

/** A token that can be guessed is none: 16 characters of base64 are 96 bits. */
const TOKEN = /^[\x21-\x7e]{16,4096}$/;

/** Reads the bearer token that callers have to show; throws when it is too short to be one. */
export async function readTokenFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`the token file ${file} cannot be read`, { cause });
  });
  const token = text.trim();
  if (!TOKEN.test(token)) throw new Error(`${file} must hold one line of at least 16 visible characters`);
  return token;
}
