import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

const RECORD = '# ours\nminEpoch: 7\nfuture: kept\nnotifications:\n  - { name: old, slack: { secretRef: s } }\n';
const PAGE = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'notifications.md'), 'utf8');
const [, EXAMPLE = ''] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
let stateDir = '';
let record = '';
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'outrigger-notifications-'));
  record = join(stateDir, 'clusters', 'local.yaml');
  await mkdir(join(stateDir, 'clusters'));
  await writeFile(record, RECORD);
});
afterEach(async () => await rm(stateDir, { recursive: true }));

const notifications = async (...args: readonly string[]): Promise<Run> =>
  await outrigger(['cluster', 'notifications', '--state-dir', stateDir, ...args]);
const set = async (text: string): Promise<Run> => {
  await writeFile(join(stateDir, 'wanted.yaml'), text);
  return await notifications('-f', join(stateDir, 'wanted.yaml'));
};
const stored = async () => parse(await readFile(record, 'utf8'));

test('the example of the page takes the place of what stood there; all else stays', async () => {
  const { code, stdout, stderr } = await set(EXAMPLE);
  expect([code, stdout, stderr]).toEqual([0, 'cluster/local notifications set: oncall, audit, topic, bus\n', '']);
  expect(await stored()).toEqual({ minEpoch: 7, future: 'kept', ...parse(EXAMPLE) });
  expect(parseClusterRecord(await stored())).toMatchObject({ valid: true, value: { notifications: { length: 4 } } });
  expect(await readFile(record, 'utf8')).toContain('# ours');
});

test('what is shown can be set', async () => {
  const shown = await notifications();
  expect(parse(shown.stdout)).toEqual({ notifications: [{ name: 'old', slack: { secretRef: 's' } }] });
  expect(JSON.parse((await notifications('-o', 'json')).stdout)).toEqual(parse(shown.stdout));
  expect((await set(shown.stdout)).code).toBe(0);
  expect(await stored()).toEqual(parse(RECORD));
  expect((await set('notifications: []')).stdout).toBe('cluster/local notifications set: none\n');
  expect((await notifications()).stdout).toBe('notifications: []\n');
});

test.each<[text: string, words: string]>([
  ['notifications: [{ name: a }]', 'notifications[0]: must have exactly one of slack, webhook, sns, eventBridge'],
  [
    'notifications: [{ name: a, slack: { secretRef: s }, events: [steps] }]',
    'notifications[0].events[0]: must be one of',
  ],
  ['notifications: []\negress: {}', 'egress: unknown field'],
  ['- name: a', 'must hold one document with the key notifications'],
  ['', 'must hold one document with the key notifications'],
  ['notifications: []\n---\nnotifications: []', 'must hold one document with the key notifications'],
])('%j is refused, and nothing is written', async (text, words) => {
  const { code, stdout, stderr } = await set(text);
  expect([code === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain(words);
  expect(await readFile(record, 'utf8')).toBe(RECORD);
});

test('a cluster without a record gets none', async () => {
  await writeFile(join(stateDir, 'wanted.yaml'), EXAMPLE);
  const { code, stderr } = await notifications('--cluster', 'eu1', '-f', join(stateDir, 'wanted.yaml'));
  expect(code).not.toBe(0);
  expect(stderr).toContain('cluster eu1 has no record: register it first');
});
