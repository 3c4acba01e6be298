import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The names in a zip's central directory (APPNOTE 4.3.12: signature, 42 bytes more, then the name). */
export function entriesOf(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at !== -1; at = zip.indexOf('PK\x01\x02', at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

/** The checksum of a file's bytes, in hexadecimal digits. */
export async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
