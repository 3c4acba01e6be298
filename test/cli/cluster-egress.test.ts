import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { NO_EGRESS } from '../../functions/cluster-record/egress.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

const RECORD = ['# ours', 'minEpoch: 7', 'future: kept', 'egress:', '  hosts: [old.example.com]', '  newer: [x]', ''];
let stateDir = '';
let file = '';
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'outrigger-egress-'));
  file = join(stateDir, 'clusters', 'local.yaml');
  await mkdir(join(stateDir, 'clusters'));
  await writeFile(file, RECORD.join('\n'));
});
afterEach(async () => await rm(stateDir, { recursive: true }));

const egress = async (...args: readonly string[]): Promise<Run> =>
  await outrigger(['cluster', 'egress', '--state-dir', stateDir, ...args]);
const stored = async () => parse(await readFile(file, 'utf8'));

test('is shown as it stands', async () => {
  expect(parse((await egress()).stdout)).toEqual({ egress: { hosts: ['old.example.com'], newer: ['x'] } });
  expect(JSON.parse((await egress('-o', 'json')).stdout)).toEqual(parse((await egress('-o', 'yaml')).stdout));
  expect((await readFile(file, 'utf8')).split('\n')).toEqual(RECORD);
});

test('every list can be set, and the record is one that functions read', async () => {
  const wanted = {
    hosts: ['prometheus.example.com', '*.grafana.net', 'a.example.com:8443'],
    http: ['prometheus.internal:9090'],
    private: ['10.20.0.0/16'],
    workspaces: ['eu-central-1/ws-0123'],
    cloudwatch: ['AWS/ApplicationELB'],
    regions: ['us-east-1'],
    alarms: ['cart-*', 'a, b'],
  };
  expect(Object.keys(wanted).toSorted()).toEqual(Object.keys(NO_EGRESS).toSorted());
  const run = await egress(...Object.entries(wanted).flatMap(([list, entries]) => [`--${list}`, ...entries]));
  expect(run).toEqual({ code: 0, stdout: `cluster/local egress set: ${Object.keys(wanted).join(', ')}\n`, stderr: '' });
  expect(parseClusterRecord(await stored())).toMatchObject({ valid: true, value: { egress: wanted } });
});

test('other lists, fields of newer versions and comments stay; an empty text empties a list', async () => {
  expect((await egress('--alarms', 'cart-5xx')).code).toBe(0);
  const kept = { minEpoch: 7, future: 'kept' };
  const newer = { newer: ['x'], alarms: ['cart-5xx'] };
  expect(await stored()).toEqual({ ...kept, egress: { hosts: ['old.example.com'], ...newer } });
  expect((await egress('--hosts', '')).code).toBe(0);
  expect(await stored()).toEqual({ ...kept, egress: { hosts: [], ...newer } });
  expect(await readFile(file, 'utf8')).toContain('# ours');
});

test.each<[args: readonly string[], words: string]>([
  [['--hosts', 'good.example.com', 'https://a.example.com'], '--hosts "https://a.example.com" must be a host such as'],
  [['--hosts', 'A.example.com'], '--hosts "A.example.com" must be a host such as'],
  [['--hosts', '*'], '--hosts "*" must be a host such as'],
  [['--http', 'a.example.com'], '--http "a.example.com" must be a host and its port'],
  [['--http', 'a.example.com:99999'], '--http "a.example.com:99999" must be a host and its port'],
  [['--private', '10.0.0.1'], '--private "10.0.0.1" must be a network such as 10.20.0.0/16'],
  [['--regions', 'eu'], '--regions "eu" must be an AWS region'],
  [['--alarms', ...Array.from({ length: 65 }, (_, i) => `a${i}`)], '--alarms must have at most 64 entries'],
])('%j is refused with the option and the entry, and nothing is written', async (args, words) => {
  const { code, stdout, stderr } = await egress('--alarms', 'fine', ...args);
  expect([code === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain(words);
  expect((await readFile(file, 'utf8')).split('\n')).toEqual(RECORD);
});

test('what stood there wrong is said by its path', async () => {
  await writeFile(file, 'egress: { http: [no-port.example.com] }\n');
  const { stderr } = await egress('--alarms', 'fine');
  expect(stderr).toContain('egress.http[0] must be a host and its port');
  expect(stderr).toContain('(it stands in the record)');
});

test('a cluster without a record gets none', async () => {
  const { code, stderr } = await egress('--cluster', 'eu1', '--alarms', 'fine');
  expect(code).not.toBe(0);
  expect(stderr).toContain('cluster eu1 has no record: register it first');
  expect((await egress('--cluster', 'eu1')).stderr).toContain('cluster eu1 has no record');
});
