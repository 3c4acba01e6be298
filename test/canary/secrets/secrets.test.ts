import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCachedSecretReader } from '../../../functions/canary/secrets/cached-secret-reader.ts';
import { createFileSecretReader } from '../../../functions/canary/secrets/file-secret-reader.ts';
import type { SecretReader } from '../../../functions/canary/secrets/secret.ts';
import { segmentsOf } from '../../../functions/canary/secrets/secret.ts';
import { createSsmSecretReader } from '../../../functions/canary/secrets/ssm-secret-reader.ts';
import { type SecretHarness, secretReaderContract } from '../../contract/secret-reader.ts';
import { ssmClientFor } from '../../contract/ssm-harness.ts';
import { type SsmFake, startSsmFake } from '../../support/ssm-fake.ts';

let fake: SsmFake;
let folder: string;
beforeAll(async () => {
  fake = await startSsmFake();
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterAll(async () => {
  await fake.close();
  await rm(folder, { recursive: true });
});
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

secretReaderContract('Parameter Store, a fake', async (): Promise<SecretHarness> => {
  const client = ssmClientFor(fake.url);
  return {
    read: createSsmSecretReader(client, 'contract'),
    async put(key, secret) {
      const Name = `/outrigger/contract/secrets/${segmentsOf(key).join('/')}`;
      await client.send(new PutParameterCommand({ Name, Value: secret, Type: 'SecureString', Overwrite: true }));
    },
  };
});

secretReaderContract(
  'files',
  async (): Promise<SecretHarness> => ({
    read: createFileSecretReader(folder),
    async put(key, secret) {
      const file = join(folder, ...segmentsOf(key));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, secret);
    },
  }),
);

describe('Parameter Store', () => {
  test('text that was never encrypted is no secret', async () => {
    const client = ssmClientFor(fake.url);
    const Name = '/outrigger/default/secrets/eu1/shop/plain';
    await client.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String' }));
    const read = createSsmSecretReader(client, 'default');
    expect(await read({ cluster: 'eu1', namespace: 'shop', name: 'plain' }, signal())).toBeUndefined();
  });

  test('a failure is no absence', async () => {
    fake.trouble = { kind: 'error', type: 'AccessDeniedException', status: 400 };
    fake.troubleCalls = 1;
    const read = createSsmSecretReader(ssmClientFor(fake.url), 'default');
    await expect(read({ cluster: 'eu1', namespace: 'shop', name: 'token' }, signal())).rejects.toThrow();
  });
});

describe('a secret', () => {
  const key = { cluster: 'eu1', namespace: 'shop', name: 'token' };

  test('is read once a minute; one that is not there, or fails, again at the next call', async () => {
    let now = 0;
    const outcomes = [undefined, 'a', 'b'];
    let reads = 0;
    const inner: SecretReader = async () => {
      if (reads === 3) throw new Error('down');
      return outcomes[reads++];
    };
    const read = createCachedSecretReader(inner, () => now);
    expect(await read(key, signal())).toBeUndefined();
    expect(await read(key, signal())).toBe('a');
    now = 59_999;
    expect(await read(key, signal())).toBe('a');
    now = 60_000;
    expect(await read(key, signal())).toBe('b');
    now = 120_000;
    await expect(read(key, signal())).rejects.toThrow('down');
    // A clock that jumps back keeps nothing for ever.
    now = -60_000;
    await expect(read(key, signal())).rejects.toThrow('down');
  });

  test('of one namespace is not that of another, whatever their names', async () => {
    const read = createCachedSecretReader(
      async ({ cluster, namespace, name }) => [cluster, namespace, name].join('|'),
      () => 0,
    );
    expect(await read({ cluster: 'a', namespace: 'b', name: 'c' }, signal())).toBe('a|b|c');
    expect(await read({ cluster: 'a","b', namespace: 'c', name: 'd' }, signal())).toBe('a","b|c|d');
    expect(await read({ cluster: 'a', namespace: 'b","c', name: 'd' }, signal())).toBe('a|b","c|d');
  });

  test('only so many are kept', async () => {
    let reads = 0;
    const read = createCachedSecretReader(
      async () => `${reads++}`,
      () => 0,
    );
    for (let i = 0; i < 257; i++) await read({ ...key, name: `t${i}` }, signal());
    expect(await read({ ...key, name: 't256' }, signal())).toBe('256');
    expect(await read({ ...key, name: 't0' }, signal())).toBe('257');
  });
});
