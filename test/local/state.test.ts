import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLocalEndpoint, removeLocalEndpoint, writeLocalEndpoint } from '../../infra/local/server/endpoint-file.ts';
import { loadCertificate, loadPathKeys, openStateDir } from '../../infra/local/server/state.ts';

let root = '';
let dir = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-state-'));
  dir = await openStateDir(join(root, 'a', 'state'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function modeOf(...path: string[]): Promise<string> {
  return ((await stat(join(dir, ...path))).mode & 0o777).toString(8);
}

const ENDPOINT = {
  url: 'http://127.0.0.1:1',
  webhookUrl: 'http://127.0.0.1:1/v1/mutate/local/t',
  apiUrl: 'http://127.0.0.1:1/apis',
  discoveryUrl: 'http://127.0.0.1:1/v3/discovery',
  pid: 1234,
};

test('nobody else on the machine can read the folder or a secret in it', async () => {
  await loadPathKeys(dir);
  await loadCertificate(dir, '127.0.0.1');
  await writeLocalEndpoint(dir, ENDPOINT);
  expect([await modeOf(), await modeOf('tls')]).toEqual(['700', '700']);
  for (const file of ['path-keys.json', 'local.json', 'tls/tls.key', 'tls/tls.crt', 'tls/ca.crt']) {
    expect([file, await modeOf(file)]).toEqual([file, '600']);
  }
});

test('keys are made once and kept over restarts, so that webhook URLs stay valid', async () => {
  const first = await loadPathKeys(dir);
  expect(await loadPathKeys(dir)).toEqual(first);
  expect(await loadPathKeys(await openStateDir(dir))).toEqual(first);
});

describe('the certificate', () => {
  test('is kept while it is good', async () => {
    const first = await loadCertificate(dir, '127.0.0.1');
    expect(await loadCertificate(dir, '127.0.0.1')).toEqual(first);
  });

  test('is made anew for another address, which it then names beside the loopback ones', async () => {
    const first = await loadCertificate(dir, '127.0.0.1');
    const second = await loadCertificate(dir, '10.1.2.3');
    expect(second.cert).not.toBe(first.cert);
    const certificate = new X509Certificate(second.cert);
    for (const address of ['10.1.2.3', '127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkHost('localhost')).toBe('localhost');
  });

  test('names no 0.0.0.0, which is nobody', async () => {
    const { cert } = await loadCertificate(dir, '0.0.0.0');
    expect(new X509Certificate(cert).checkIP('0.0.0.0')).toBeUndefined();
  });

  test.each<[string, () => Promise<unknown>]>([
    ['the authority is lost', () => rm(join(dir, 'tls', 'ca.crt'))],
    ['the key is lost', () => rm(join(dir, 'tls', 'tls.key'))],
    ['the key is of another certificate', () => exchange('tls.key')],
    ['the authority is of another certificate', () => exchange('ca.crt')],
    ['the certificate is no certificate', () => writeFile(join(dir, 'tls', 'tls.crt'), 'half')],
  ])('is made anew when %s', async (_case, spoil) => {
    await loadCertificate(dir, '127.0.0.1');
    await spoil();
    const { cert, key, caFile } = await loadCertificate(dir, '127.0.0.1');
    const ca = new X509Certificate(await readFile(caFile, 'utf8'));
    const certificate = new X509Certificate(cert);
    expect([certificate.verify(ca.publicKey), certificate.checkPrivateKey(createPrivateKey(key))]).toEqual([
      true,
      true,
    ]);
  });
});

/** Puts in a file of another certificate, as a start that was interrupted between two writes leaves it. */
async function exchange(file: string): Promise<void> {
  const other = await openStateDir(join(root, 'other'));
  await loadCertificate(other, '127.0.0.1');
  await writeFile(join(dir, 'tls', file), await readFile(join(other, 'tls', file)));
}

describe('local.json', () => {
  test('is read back as it was written, and is undefined when it is not there', async () => {
    expect(await readLocalEndpoint(dir)).toBeUndefined();
    await writeLocalEndpoint(dir, ENDPOINT);
    expect(await readLocalEndpoint(dir)).toEqual(ENDPOINT);
    expect(await readFile(join(dir, 'local.json'), 'utf8')).toMatch(/^\{\n {2}"url"[\s\S]*\}\n$/);
  });

  test('is taken back only by the gateway that wrote it', async () => {
    await writeLocalEndpoint(dir, ENDPOINT);
    await removeLocalEndpoint(dir, 999);
    expect(await readLocalEndpoint(dir)).toEqual(ENDPOINT);
    await removeLocalEndpoint(dir, ENDPOINT.pid);
    expect(await readLocalEndpoint(dir)).toBeUndefined();
    await removeLocalEndpoint(dir, ENDPOINT.pid);
  });
});
