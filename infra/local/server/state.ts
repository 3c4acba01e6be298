import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { createFileKeyStore } from '../../../functions/registration/keys/file-key-store.ts';
import type { KeyRing, KeyStore } from '../../../functions/registration/keys/key-store.ts';
import { generatePathTokenKeys } from '../../../functions/registration/keys/mint-path-token.ts';
import { readIfThere, writePrivately } from './private-file.ts';
import { generateIssuerKeys, type IssuerKeyPair } from './service-account-token.ts';

/** The longest that a small file is waited for, in milliseconds. */
const FILE_MS = 5_000;

/** Where state lies when no `--state-dir` is given. */
export const STATE_DIR_DEFAULT = '.outrigger';

/** The files of a state directory. It holds a private key and a token, so others on the machine may not read it. */
export async function openStateDir(dir: string): Promise<string> {
  const path = resolve(dir);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Where the signing keys of a state folder are. */
export function localKeys(stateDir: string): KeyStore {
  return createFileKeyStore(join(resolve(stateDir), 'path-keys.json'));
}

/** The signing keys of the local clusters' path tokens; made at the first start and kept, so that URLs stay valid. */
export async function loadPathKeys(stateDir: string): Promise<KeyRing> {
  const signal = AbortSignal.timeout(FILE_MS);
  const store = localKeys(stateDir);
  const kept = await store.readKeys(signal);
  if (kept !== undefined) return kept;
  const { privateJwk } = await generatePathTokenKeys('local');
  const ring = { generation: 1, privateKeys: [privateJwk] };
  await store.writeKeys(ring, signal);
  return ring;
}

/** The keys of the issuer that stands in for a Kubernetes cluster's; made once and kept, so that tokens stay valid. */
export async function loadIssuerKeys(stateDir: string): Promise<IssuerKeyPair> {
  const file = join(stateDir, 'issuer-keys.json');
  const text = await readIfThere(file);
  if (text !== undefined) {
    const keys: IssuerKeyPair = JSON.parse(text);
    return keys;
  }
  const keys = await generateIssuerKeys('local');
  await writePrivately(file, JSON.stringify(keys));
  return keys;
}

/** The gateway's certificate for its address; made again when it expires within a day or is for another address. */
export async function loadCertificate(
  stateDir: string,
  address: string,
): Promise<{ key: string; cert: string; caFile: string }> {
  const dir = join(stateDir, 'tls');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const [caFile, certFile, keyFile] = ['ca.crt', 'tls.crt', 'tls.key'].map((f) => join(dir, f)) as [
    string,
    string,
    string,
  ];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const isWildcard = address === '0.0.0.0' || address === '::';
  const own = isWildcard ? all.filter((a) => !a.internal && a.family === 'IPv4').map((a) => a.address) : [address];
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...own])];
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readIfThere));
  if (ca !== undefined && cert !== undefined && key !== undefined && isGood({ ca, cert, key }, hosts)) {
    return { cert, key, caFile };
  }
  // Loaded only here: the X.509 library takes longer to load than everything else together.
  const { makeCertificate } = await import('./certificate.ts');
  const made = await makeCertificate(hosts);
  await writePrivately(keyFile, made.key);
  await writePrivately(certFile, made.cert);
  await writePrivately(caFile, made.ca);
  return { cert: made.cert, key: made.key, caFile };
}

/** Whether the files belong together and serve these hosts for another day; anything odd means no. */
function isGood(
  files: { readonly ca: string; readonly cert: string; readonly key: string },
  hosts: readonly string[],
): boolean {
  try {
    const [certificate, authority] = [new X509Certificate(files.cert), new X509Certificate(files.ca)];
    const left = Date.parse(certificate.validTo) - Date.now();
    return (
      left > 86_400_000 &&
      certificate.verify(authority.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(files.key)) &&
      hosts.every((h) => certificate.checkHost(h) !== undefined || certificate.checkIP(h) !== undefined)
    );
  } catch {
    return false;
  }
}
