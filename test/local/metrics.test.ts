import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMetrics } from '../../functions/canary/metrics/metric-state.ts';
import { openLocalMetrics } from '../../infra/local/server/metrics.ts';
import { metricOf } from '../contract/metric-provider.ts';
import { canaryOf } from '../support/canaries.ts';
import { collectLog } from '../support/log-lines.ts';
import { type PlainServer, startPlainServer } from '../support/metric-servers.ts';

let server: PlainServer;
let stateDir: string;
beforeAll(async () => {
  server = await startPlainServer();
  stateDir = await mkdtemp(join(tmpdir(), 'metrics-'));
  await mkdir(join(stateDir, 'secrets', 'local', 'shop'), { recursive: true });
  await writeFile(join(stateDir, 'secrets', 'local', 'shop', 'token'), 'Bearer local\n');
});
afterAll(async () => {
  await server.close();
  await rm(stateDir, { recursive: true });
});
beforeEach(() => server.respondBy((response) => response.end('{"ok":true}')));

/** The one metric of a release on this machine, measured once. */
async function measured(record: unknown, provider: Parameters<typeof metricOf>[0], environment = {}): Promise<unknown> {
  const getClusterRecord = async (): Promise<unknown> => {
    if (record instanceof Error) throw record;
    return record;
  };
  const { measure } = openLocalMetrics(stateDir, { getClusterRecord }, collectLog().log, environment);
  const metric = metricOf(provider, { successCondition: 'result.ok' });
  const release = { cluster: 'local', canary: canaryOf(), metrics: [metric] };
  let found = openMetrics('r1', Date.now());
  await expect
    .poll(async () => {
      found = await measure(release, found);
      return found.metrics.length;
    })
    .toBe(1);
  const last = found.metrics[0]?.measurements.at(-1);
  return last?.message ?? last?.phase;
}

const webhook = (): Parameters<typeof metricOf>[0] => ({ webhook: { url: server.url, secretRef: 'token' } });
const open = (): object => ({ egress: { http: [server.host], private: ['127.0.0.1/32'] } });

test('this machine is asked where its record opens it, with secrets of the state folder', async () => {
  expect(await measured(open(), webhook())).toBe('Successful');
  expect(server.seen[0]?.headers.authorization).toBe('Bearer local');
});

test.each<[title: string, record: unknown, message: RegExp]>([
  ['no network', { egress: { http: ['127.0.0.1:1'] } }, /is not listed/],
  ['nothing', {}, /is not listed/],
  ['no record', undefined, /is not listed/],
  ['a record that is none', { egress: 7 }, /cannot be read/],
  ['a folder that cannot be read', new Error('EACCES'), /cannot be read/],
])('nothing is asked where there is %s', async (_title, record, message) => {
  expect(await measured(record, webhook())).toMatch(message);
  expect(server.seen).toEqual([]);
});

test('AWS is asked only where a region is set', async () => {
  const record = { egress: { alarms: ['*'] } };
  expect(await measured(record, { alarm: { name: 'x' } })).toMatch(/no AWS credentials/);
  const environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: server.url,
  };
  const keys = { AWS_ACCESS_KEY_ID: 'AKIDLOCAL', AWS_SECRET_ACCESS_KEY: 'not-a-key' };
  const before = { ...process.env };
  Object.assign(process.env, keys);
  try {
    expect(await measured(record, { alarm: { name: 'x' } }, environment)).toMatch(/there is no CloudWatch alarm x/);
    expect(server.seen[0]?.headers.authorization).toMatch(/Credential=AKIDLOCAL\/\d{8}\/eu-central-1\/monitoring/);
  } finally {
    for (const name of Object.keys(keys)) delete process.env[name];
    Object.assign(process.env, before);
  }
});
