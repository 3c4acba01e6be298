import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createFileKeyStore } from '../../functions/registration/keys/file-key-store.ts';
import { createMemoryKeyStore } from '../../functions/registration/keys/memory-key-store.ts';
import { generatePathTokenKeys } from '../../functions/registration/keys/mint-path-token.ts';
import { createFileRecordStore } from '../../functions/registration/record/file-record-store.ts';
import { createMemoryRecordStore } from '../../functions/registration/record/memory-record-store.ts';
import type { RecordDocument } from '../../functions/registration/record/record-store.ts';
import { createSsmRecordStore } from '../../functions/registration/record/ssm-record-store.ts';
import { startSsmFake } from '../support/ssm-fake.ts';
import { keyStoreContract } from './key-store.ts';
import { recordStoreContract } from './record-store.ts';
import { ssmKeyHarness, ssmRecordHarness } from './registration-ssm.ts';
import { ssmClientFor } from './ssm-harness.ts';

const signal = new AbortController().signal;
const root = await mkdtemp(join(tmpdir(), 'outrigger-registration-'));
const fake = await startSsmFake();
afterAll(async () => {
  fake.close();
  await rm(root, { recursive: true });
});

recordStoreContract('memory', async () => {
  const records = new Map<string, RecordDocument>();
  return { store: createMemoryRecordStore(records), clear: async () => records.clear() };
});

recordStoreContract('files', async () => {
  const folder = join(root, 'clusters');
  return {
    store: createFileRecordStore(folder),
    putBroken: async (cluster) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${cluster}.yaml`), 'policy: [unclosed');
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
});

recordStoreContract('Parameter Store, wire-level fake', async () =>
  ssmRecordHarness(ssmClientFor(fake.url), 'records'),
);

keyStoreContract('memory', async () => ({ store: createMemoryKeyStore() }));
keyStoreContract('files', async () => {
  const file = join(root, 'keys', 'path-keys.json');
  return { store: createFileKeyStore(file), putBroken: (text) => writeFile(file, text) };
});
keyStoreContract('Parameter Store, wire-level fake', async () => ssmKeyHarness(ssmClientFor(fake.url), 'keys'));

describe('files', () => {
  test('what somebody wrote by hand keeps its comments where its fields stay', async () => {
    const folder = join(root, 'by-hand');
    await mkdir(folder);
    const file = join(folder, 'local.yaml');
    await writeFile(
      file,
      '# ours\npolicy: enabled # everybody\nnext:\n  share: 5 # a few\n  channel: canary\nold: 1\n',
    );
    await createFileRecordStore(folder).updateRecord(
      'local',
      (record) => ({ policy: record?.['policy'], next: { share: 10, channel: 'canary' }, epoch: 2 }),
      signal,
    );
    expect(await readFile(file, 'utf8')).toBe(
      '# ours\npolicy: enabled # everybody\nnext:\n  share: 10 # a few\n  channel: canary\nepoch: 2\n',
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('a lock that a process left behind is taken over', async () => {
    const folder = join(root, 'locked');
    await mkdir(folder);
    const lock = join(folder, 'local.yaml.lock');
    await writeFile(lock, '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, hourAgo, hourAgo);
    await createFileRecordStore(folder).updateRecord('local', () => ({ epoch: 1 }), signal);
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a folder that is not there holds no records', async () => {
    expect(await createFileRecordStore(join(root, 'nowhere')).listRecords(signal)).toEqual(new Map());
  });

  test('keys of one pair, as they were written before there were rings, are a ring of one', async () => {
    const file = join(root, 'path-keys.json');
    const pair = await generatePathTokenKeys('local');
    await writeFile(file, JSON.stringify(pair));
    const store = createFileKeyStore(file);
    expect(await store.readKeys(signal)).toEqual({ generation: 1, privateKeys: [pair.privateJwk] });
    const next = await generatePathTokenKeys('local-2');
    await store.writeKeys({ generation: 2, privateKeys: [pair.privateJwk, next.privateJwk] }, signal);
    // Whoever reads it as a pair sees the one that signs.
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject(next);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('Parameter Store', () => {
  test('keys are a SecureString of the key that was named', async () => {
    const { store } = ssmKeyHarness(ssmClientFor(fake.url), 'secure');
    const { privateJwk } = await generatePathTokenKeys('k');
    await store.writeKeys({ generation: 1, privateKeys: [privateJwk] }, signal);
    expect(fake.parameters.get('/outrigger/secure/keys/path-token').Type).toBe('SecureString');
  });

  test('what others write between our read and our write is in the end there too, whoever read what', async () => {
    const ours = createSsmRecordStore(ssmClientFor(fake.url), 'races');
    const name = '/outrigger/races/clusters/eu-1';
    const put = (record: RecordDocument): number =>
      fake.parameters.put(name, JSON.stringify(record), 'String', 'Standard', true);
    put({ epoch: 1, minEpoch: 1 });
    let calls = 0;
    const written = await ours.updateRecord(
      'eu-1',
      (record) => {
        calls += 1;
        if (calls === 1) put({ epoch: 1, minEpoch: 2 });
        // This one has read what we wrote over it.
        if (calls === 2) put({ epoch: 1, minEpoch: 1, ours: true, third: true });
        return { ...record, ours: true };
      },
      signal,
    );
    expect(written).toEqual({ epoch: 1, minEpoch: 2, ours: true, third: true });
    expect(await ours.readRecord('eu-1', signal)).toEqual(written);
    expect(calls).toBe(3);
  });

  test('a field that another took away stays away', async () => {
    const ours = createSsmRecordStore(ssmClientFor(fake.url), 'taken');
    await ours.updateRecord('eu-1', () => ({ epoch: 1, next: {} }), signal);
    let isFirst = true;
    await ours.updateRecord(
      'eu-1',
      (record) => {
        if (isFirst) fake.parameters.put('/outrigger/taken/clusters/eu-1', '{"epoch":1}', 'String', 'Standard', true);
        isFirst = false;
        return { ...record, epoch: 2 };
      },
      signal,
    );
    expect(await ours.readRecord('eu-1', signal)).toEqual({ epoch: 2 });
  });

  test('nothing is written where nothing changes', async () => {
    const ours = createSsmRecordStore(ssmClientFor(fake.url), 'same');
    for (let i = 0; i < 3; i++) await ours.updateRecord('eu-1', () => ({ epoch: 1, a: { b: [1] } }), signal);
    expect(fake.parameters.history('/outrigger/same/clusters/eu-1')).toHaveLength(1);
  });

  test('with others writing all the time it gives up with a sentence', async () => {
    const ours = createSsmRecordStore(ssmClientFor(fake.url), 'busy');
    let n = 0;
    const busy = ours.updateRecord(
      'eu-1',
      (record) => {
        n += 1;
        if (n > 1) fake.parameters.put('/outrigger/busy/clusters/eu-1', `{"n":${n}}`, 'String', 'Standard', true);
        else fake.parameters.put('/outrigger/busy/clusters/eu-1', '{"n":0}', 'String', 'Standard', false);
        return { ...record, ours: n };
      },
      signal,
    );
    await expect(busy).rejects.toThrow(/by others all the time; try again/);
  });

  test('what is too large for Parameter Store is refused before anything is written', async () => {
    const ours = createSsmRecordStore(ssmClientFor(fake.url), 'large');
    const noise = Array.from({ length: 20_000 }, (_, i) => (Math.sin(i + 1) * 1e15).toString(36)).join('');
    await expect(ours.updateRecord('eu-1', () => ({ noise }), signal)).rejects.toThrow(/too large/);
    expect(fake.parameters.byPath('/outrigger/large', undefined, true)).toEqual([]);
  });
});
