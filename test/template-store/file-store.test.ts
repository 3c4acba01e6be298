import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileStore } from '../../functions/template-store/file-store.ts';
import type { StoredTemplate } from '../../functions/template-store/store.ts';

const GOOD = 'containers: [{name: envoy, image: "envoy:v1"}]\n';
const signal = new AbortController().signal;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-file-store-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function list(files: Readonly<Record<string, string>>): Promise<readonly StoredTemplate[]> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return await createFileStore({ templates: folder }).listTemplates('stable', signal);
}

test('a folder that is missing rejects, so that nothing is taken for empty', async () => {
  const store = createFileStore({ templates: join(folder, 'none') });
  await expect(store.listTemplates('stable', signal)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('only yaml, yml and json files are templates', async () => {
  const files = {
    'a.yaml': GOOD,
    'b.yml': GOOD,
    'c.json': '{"containers": []}',
    'README.md': '',
    d: GOOD,
    '.yaml': GOOD,
  };
  expect((await list({ ...files, 'e.yaml.bak': GOOD, 'f.YAML~': GOOD })).map((t) => t.name)).toEqual(['a', 'b', 'c']);
});

test('the name is the file name, except of a SidecarTemplate, which has its own', async () => {
  const own = 'apiVersion: outrigger.dev/v1alpha1\nkind: SidecarTemplate\nmetadata: {name: other}\nspec: {}\n';
  const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {config: {containers: []}}\n';
  const names = (await list({ 'envoy.v2.yaml': GOOD, 'own.yaml': own, 'seed.yaml': configMap })).map((t) => t.name);
  expect(names).toEqual(['envoy.v2', 'other', 'seed']);
});

test('without a folder of channels all serve what lies in it; with one, each what lies in its own', async () => {
  const store = createFileStore({ templates: folder });
  const served = async (channel: string): Promise<unknown> =>
    (await store.listTemplates(channel, signal)).map((t) => t.name);
  await list({ 'a.yaml': GOOD });
  expect([await served('stable'), await served('canary')]).toEqual([['a'], ['a']]);
  await mkdir(join(folder, 'channels', 'canary'), { recursive: true });
  await writeFile(join(folder, 'channels', 'canary', 'b.yaml'), GOOD);
  expect([await served('stable'), await served('canary'), await served('blue')]).toEqual([['a'], ['b'], []]);
});

test('no channel leads out of the folder', async () => {
  await mkdir(join(folder, 'templates', 'channels'), { recursive: true });
  await writeFile(join(folder, 'outside.yaml'), GOOD);
  const store = createFileStore({ templates: join(folder, 'templates') });
  for (const channel of ['../..', '..', '.', '']) expect(await store.listTemplates(channel, signal)).toEqual([]);
});

test('the version changes with the content and only with it', async () => {
  const [first] = await list({ 'a.yaml': GOOD });
  const [same] = await list({ 'a.yaml': GOOD });
  const [other] = await list({ 'a.yaml': `${GOOD}# a comment\n` });
  expect(same?.version).toBe(first?.version);
  expect(other?.version).not.toBe(first?.version);
});

test('a malformed file says what and where, and hides no other', async () => {
  const templates = await list({ 'a.yaml': 'containers: [\n', 'b.yaml': GOOD });
  expect(templates).toMatchObject([
    { name: 'a', unreadable: expect.stringMatching(/line \d+, column \d+/) },
    { name: 'b' },
  ]);
});

test.each<[string, (path: string) => Promise<unknown>]>([
  ['a folder called like a template', (path) => mkdir(path)],
  ['a link that leads nowhere', (path) => symlink('/nonexistent/template', path)],
])('%s hides no other template', async (_case, make) => {
  await make(join(folder, 'a.yaml'));
  expect(await list({ 'b.yaml': GOOD })).toContainEqual(
    expect.objectContaining({ name: 'b', document: expect.anything() }),
  );
});

test('a file that is not UTF-8 is unreadable, never a template with other characters', async () => {
  await writeFile(join(folder, 'a.yaml'), Buffer.from('metadata: {annotations: {a: "\xff"}}\n', 'latin1'));
  expect(await list({})).toMatchObject([{ name: 'a', unreadable: expect.stringContaining('UTF-8') }]);
});

test('a record is read from the cluster folder, undefined without file or folder', async () => {
  await mkdir(join(folder, 'clusters'));
  await writeFile(join(folder, 'clusters', 'local.yaml'), 'policy: disabled\n');
  const store = createFileStore({ templates: folder, clusters: join(folder, 'clusters') });
  expect(await store.getClusterRecord('local', signal)).toEqual({ policy: 'disabled' });
  expect(await store.getClusterRecord('other', signal)).toBeUndefined();
  const without = createFileStore({ templates: folder, clusters: join(folder, 'none') });
  expect(await without.getClusterRecord('local', signal)).toBeUndefined();
});

test('without a cluster folder no file of the working directory is taken for a record', async () => {
  const store = createFileStore({ templates: folder });
  const cluster = relative(process.cwd(), join(folder, 'local'));
  await writeFile(join(folder, 'local.yaml'), 'policy: disabled\n');
  expect(await store.getClusterRecord(cluster, signal)).toBeUndefined();
  expect(await store.listClusterRecords(signal)).toEqual(new Map());
});

test('a record that is no YAML rejects: it is a fault, not an absence', async () => {
  await writeFile(join(folder, 'local.yaml'), 'policy: [\n');
  const store = createFileStore({ templates: folder, clusters: folder });
  await expect(store.getClusterRecord('local', signal)).rejects.toThrow();
});
