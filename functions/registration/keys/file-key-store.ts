import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unlessAbsent } from '../../absent-file.ts';
import { isRecord } from '../../json/faults.ts';
import { isPrivateKey, readKeyRing } from './key-ring.ts';
import { type KeyRing, type KeyStore, KeyStoreError } from './key-store.ts';

/**
 * The signing keys in a file that only its owner can read: `path-keys.json` of a state folder. Its fields `publicJwk` and
 * `privateJwk` are the newest pair; a ring of several pairs stands beside them.
 */
export function createFileKeyStore(file: string): KeyStore {
  return {
    async readKeys(signal) {
      signal.throwIfAborted();
      const text = await unlessAbsent(readFile(file, { encoding: 'utf8', signal }));
      if (text === undefined) return undefined;
      const ring = ringIn(text);
      if (ring === undefined) throw new KeyStoreError('path-keys.json does not hold the signing keys of path tokens');
      return ring;
    },
    async writeKeys(ring, signal) {
      signal.throwIfAborted();
      const privateJwk = ring.privateKeys.at(-1);
      if (privateJwk === undefined) throw new KeyStoreError('a key ring needs a key');
      const { d: _, ...publicJwk } = privateJwk;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.new`, JSON.stringify({ publicJwk, privateJwk, ...ring }), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    async removeKeys(signal) {
      signal.throwIfAborted();
      return (await unlessAbsent(unlink(file).then(() => true))) ?? false;
    },
  };
}

function ringIn(text: string): KeyRing | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const ring = readKeyRing(value);
  if (ring !== undefined || !isRecord(value) || 'privateKeys' in value) return ring;
  const { privateJwk } = value;
  return isPrivateKey(privateJwk) ? { generation: 1, privateKeys: [privateJwk] } : undefined;
}
