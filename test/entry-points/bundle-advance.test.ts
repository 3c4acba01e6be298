import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleEntryPoints } from '../../infra/deploy/bundle.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { type DynamoFront, startDynamoFront } from '../support/dynamo-front.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { recordOf } from '../support/values.ts';

/** Loads the module as Lambda's INIT does, calls the handler as a schedule does, prints what came of it. */
const RUNNER = `
const { handler } = await import(process.argv[1]);
const event = { version: '0', source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: {} };
const outcome = await handler(event).then(() => 'done', (error) => error.name);
console.log(JSON.stringify({ outcome, parameters: handler.length }));
process.exit(0);`;

describe('the bundled advance entry point, in a fresh process', () => {
  let folder: string;
  let ssm: SsmFake;
  let dynamo: DynamoFront;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-bundle-'));
    await bundleEntryPoints(folder);
    ssm = await startSsmFake();
    dynamo = await startDynamoFront();
    const Name = '/outrigger/f/clusters/prod';
    await ssmClientFor(ssm.url).send(new PutParameterCommand({ Name, Value: '{}', Type: 'String' }));
  });
  beforeEach(() => {
    dynamo.calls.length = 0;
  });
  afterAll(async () => {
    ssm.close();
    dynamo.close();
    await rm(folder, { recursive: true });
  });

  async function tick(more: Record<string, string> = {}): Promise<readonly Record<string, unknown>[]> {
    const env = {
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      // Nobody listens there.
      AWS_ENDPOINT_URL_EKS: 'http://127.0.0.1:1',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      OUTRIGGER_FLEET: 'f',
      OUTRIGGER_TABLE: 'canaries',
      ...more,
    };
    const args = ['--input-type=module', '-e', RUNNER, join(folder, 'advance.mjs')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return stdout
      .trim()
      .split('\n')
      .map((line) => recordOf(JSON.parse(line)));
  }

  test('looks through the canaries of every Kubernetes cluster, and is quiet where nothing is due', async () => {
    dynamo.troubles('GetItem', { kind: 'answer', body: '{}' });
    dynamo.troubles('Query', { kind: 'answer', body: '{"Items":[]}' });
    expect(await tick()).toEqual([{ outcome: 'done', parameters: 0 }]);
    expect(dynamo.calls).toEqual(['GetItem', 'Query']);
  });

  test('says which cluster it cannot read, and is done all the same', async () => {
    dynamo.troubles('GetItem', { kind: 'answer', body: '{}' }, { kind: 'answer', body: '{}' });
    dynamo.troubles('Query', { kind: 'answer', body: '{"Items":[]}' });
    const [line, last] = await tick({ OUTRIGGER_CLUSTERS: 'prod' });
    expect(line).toMatchObject({
      message: 'drift unreadable',
      cluster: 'prod',
      error: 'EksError',
      code: 'Unreachable',
    });
    expect(last).toMatchObject({ outcome: 'done' });
    expect(dynamo.calls).toEqual(['GetItem', 'Query', 'GetItem']);
  });

  test('misconfigured it fails, so that the schedule’s errors count, and says why without a value', async () => {
    const [line, last] = await tick({ OUTRIGGER_CLUSTERS: 'hunter2!', OUTRIGGER_TABLE: 'hunter2!' });
    const why = expect.stringMatching(/^OUTRIGGER_TABLE must be .*; OUTRIGGER_CLUSTERS must be/);
    expect(line).toMatchObject({ level: 'error', message: 'function is misconfigured', why });
    expect(last).toMatchObject({ outcome: 'ConfigError' });
    expect(JSON.stringify([line, last])).not.toContain('hunter2');
  });
});
