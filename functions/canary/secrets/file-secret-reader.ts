import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../absent-file.ts';
import { DNS_LABEL } from '../../json/check.ts';
import { type SecretReader, segmentsOf } from './secret.ts';

/** Secrets on this machine: `{folder}/{cluster}/{namespace}/{name}`, or without a namespace, the text of a file each. */
export function createFileSecretReader(folder: string): SecretReader {
  return async (key, signal) => {
    const segments = segmentsOf(key);
    if (!segments.every((segment) => DNS_LABEL.test(segment))) return undefined;
    return await unlessAbsent(readFile(join(folder, ...segments), { encoding: 'utf8', signal }));
  };
}
