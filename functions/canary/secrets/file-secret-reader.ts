import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../absent-file.ts';
import { DNS_LABEL } from '../../json/check.ts';
import type { SecretReader } from './secret.ts';

/** Secrets on this machine: `{folder}/{cluster}/{namespace}/{name}`, the text of a file each. */
export function createFileSecretReader(folder: string): SecretReader {
  return async ({ cluster, namespace, name }, signal) => {
    if (![cluster, namespace, name].every((segment) => DNS_LABEL.test(segment))) return undefined;
    return await unlessAbsent(readFile(join(folder, cluster, namespace, name), { encoding: 'utf8', signal }));
  };
}
