import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTlsPair, type TlsPair, watchTlsPair } from '../../infra/container/tls-files.ts';
import { makeCertificate } from '../../infra/local/server/certificate.ts';

let folder: string;
let stop: () => void = () => undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-tls-'));
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

/** A pair in a folder of its own, behind a link, as the kubelet puts a Secret there. */
async function put(name: string): Promise<TlsPair> {
  const { cert, key } = await makeCertificate(['127.0.0.1']);
  await writeFile(join(folder, `${name}.crt`), cert);
  await writeFile(join(folder, `${name}.key`), key);
  await link(name, name);
  return { cert, key };
}

async function link(certOf: string, keyOf: string): Promise<void> {
  for (const file of [`${certOf}.crt`, `${keyOf}.key`]) {
    const to = join(folder, `tls${file.slice(file.lastIndexOf('.'))}`);
    await symlink(file, `${to}.new`);
    await rename(`${to}.new`, to);
  }
}

const files = (): { certFile: string; keyFile: string } => ({
  certFile: join(folder, 'tls.crt'),
  keyFile: join(folder, 'tls.key'),
});

test('a swapped link is taken once; half a pair, or none, is refused once, and what was taken stays', async () => {
  const first = await put('a');
  expect(await readTlsPair(files())).toEqual(first);
  const taken: TlsPair[] = [];
  const refused: string[] = [];
  stop = watchTlsPair(
    files(),
    first,
    5,
    (pair) => taken.push(pair),
    (why) => refused.push(why),
  );
  const second = await put('b');
  await expect.poll(() => taken.at(-1)).toEqual(second);
  // Between two links the certificate of one may be seen with the key of the other.
  refused.length = 0;
  await link('a', 'b');
  await expect
    .poll(() => refused)
    .toEqual([expect.stringMatching(/tls\.crt and .*tls\.key are no certificate and its key/)]);
  await rm(join(folder, 'tls.key'));
  await expect.poll(() => refused.at(-1)).toMatch(/tls\.key cannot be read$/);
  const before = taken.length;
  await link('b', 'b');
  // What is served already is not taken again; a third pair is.
  const third = await put('c');
  await expect.poll(() => taken.at(-1)).toEqual(third);
  expect(taken.length).toBe(before + 1);
  expect(refused.filter((why) => why.endsWith('tls.key cannot be read'))).toHaveLength(1);
});

test.each([
  ['no PEM', 'hello'],
  ['nothing', ''],
])('a certificate file that holds %s is refused, and none of it is repeated', async (_title, text) => {
  await put('a');
  await writeFile(join(folder, 'a.crt'), text);
  await expect(readTlsPair(files())).rejects.toThrow(/no certificate and its key, in PEM$/);
});
