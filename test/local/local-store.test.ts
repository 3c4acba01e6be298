import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { writeLocalRecord } from '../../infra/local/server/local-records.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { recordOf } from '../support/values.ts';

const signal = new AbortController().signal;
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-local-store-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test('the local cluster has the shipped sidecar by default; no other cluster has a record', async () => {
  const store = openLocalStore(TEMPLATES_DIR_DEFAULT, root);
  expect(await store.getClusterRecord('local', signal)).toEqual({ defaultTemplates: ['envoy-initializer'] });
  expect(await store.getClusterRecord('other', signal)).toBeUndefined();
});

test('a running gateway has the records that are there, and no other', async () => {
  const store = openLocalStore(TEMPLATES_DIR_DEFAULT, root, () => ({ issuer: 'https://issuer.test' }), false);
  expect(await store.getClusterRecord('local', signal)).toBeUndefined();
  expect([await store.listClusters(signal), await store.listClusterRecords(signal)]).toEqual([[], new Map()]);
  await writeLocalRecord(root, signal);
  const { epoch, minEpoch } = recordOf(await store.getClusterRecord('local', signal));
  expect([Math.abs(Number(epoch) - Date.now() / 1_000) < 60, minEpoch]).toEqual([true, epoch]);
  await writeLocalRecord(root, signal);
  expect(await store.getClusterRecord('local', signal)).toEqual({
    ...{ issuer: 'https://issuer.test', defaultTemplates: ['envoy-initializer'] },
    ...{ epoch, minEpoch },
  });
});

test('a record that is there is left as it is, word for word', async () => {
  await mkdir(join(root, 'clusters'));
  const file = join(root, 'clusters', 'local.yaml');
  await writeFile(file, '# mine\npolicy:   disabled\n');
  await writeLocalRecord(root, signal);
  expect(await readFile(file, 'utf8')).toBe('# mine\npolicy:   disabled\n');
});

test('a record in the state folder takes the place of the default', async () => {
  await mkdir(join(root, 'clusters'));
  await writeFile(join(root, 'clusters', 'local.yaml'), 'policy: disabled\n');
  const store = openLocalStore(TEMPLATES_DIR_DEFAULT, root);
  expect(await store.getClusterRecord('local', signal)).toEqual({ policy: 'disabled' });
});

test('a listing has what a reading has: what is known of the endpoint, under what the record says', async () => {
  await mkdir(join(root, 'clusters'));
  await writeFile(join(root, 'clusters', 'local.yaml'), 'policy: disabled\n');
  const endpoint = { issuer: 'https://issuer.test', policy: 'enabled' };
  const store = openLocalStore(TEMPLATES_DIR_DEFAULT, root, () => endpoint);
  const expected = { issuer: 'https://issuer.test', policy: 'disabled' };
  expect(await store.getClusterRecord('local', signal)).toEqual(expected);
  expect(await store.listClusterRecords(signal)).toEqual(new Map([['local', expected]]));
});

test('every shipped template can be applied', async () => {
  const templates = await openLocalStore(TEMPLATES_DIR_DEFAULT, root).listTemplates('stable', signal);
  expect(templates.map((t) => t.name)).toContain('envoy-initializer');
  const invalid = templates.filter((t) => !('document' in t) || !parseTemplate(t.document, t.version).valid);
  expect(invalid).toEqual([]);
});
