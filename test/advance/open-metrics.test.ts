import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMetricsIn } from '../../functions/advance/open-metrics.ts';
import { openMetrics } from '../../functions/canary/metrics/metric-state.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { metricOf } from '../contract/metric-provider.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { canaryOf } from '../support/canaries.ts';
import { collectLog } from '../support/log-lines.ts';
import { awsAt, type PlainServer, startPlainServer } from '../support/metric-servers.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

let server: PlainServer;
let ssm: SsmFake;
beforeAll(async () => {
  [server, ssm] = await Promise.all([startPlainServer(), startSsmFake()]);
});
afterAll(async () => void (await Promise.all([server.close(), ssm.close()])));
beforeEach(() => {
  ssm.calls.length = 0;
  server.respondBy((response) => response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'));
});

/** The message of the one metric that is measured as the function does it, whatever its cluster record opens. */
async function messageOf(prometheus: object): Promise<string | undefined> {
  const parsed = parseClusterRecord({
    egress: { http: [server.host], private: ['127.0.0.0/8'], workspaces: ['eu-central-1/ws-1'] },
  });
  if (!parsed.valid) throw new Error('the record is good');
  const client = ssmClientFor(ssm.url);
  const Name = '/outrigger/prod/secrets/eu1/shop/token';
  await client.send(new PutParameterCommand({ Name, Value: 'Bearer x', Type: 'SecureString', Overwrite: true }));
  const { measure } = openMetricsIn({
    ...{ ssm: client, fleet: 'prod', aws: awsAt(server.url), log: collectLog().log, now: Date.now },
    recordFor: async () => parsed.value,
  });
  const metric = metricOf({ prometheus: { query: 'up', ...prometheus } }, { successCondition: 'result == 1' });
  const release = { cluster: 'eu1', canary: canaryOf(), metrics: [metric] };
  let record = openMetrics('r1', Date.now());
  await expect
    .poll(async () => {
      record = await measure(release, record);
      return record.metrics.length;
    })
    .toBe(1);
  const last = record.metrics[0]?.measurements.at(-1);
  return last?.message ?? last?.phase;
}

test('the function never calls itself, whatever a record opens: its runtime listens there', async () => {
  expect(await messageOf({ address: server.url })).toMatch(/an address that is not public, which is never called/);
  expect(server.seen).toEqual([]);
});

test('it signs for workspaces by its own role', async () => {
  expect(await messageOf({ workspace: 'eu-central-1/ws-1' })).toBe('Successful');
  expect(server.seen[0]?.headers.authorization).toMatch(/\/eu-central-1\/aps\/aws4_request/);
});

test('it reads the secrets of its fleet', async () => {
  expect(await messageOf({ address: server.url, secretRef: 'token' })).toMatch(/never called/);
  expect(ssm.calls).toContain('GetParameter');
  expect(await messageOf({ address: server.url, secretRef: 'other' })).toBe(
    'there is no secret other of this namespace',
  );
});
