import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleEntryPoints } from '../../infra/deploy/bundle.ts';
import {
  generateIssuerKeys,
  mintServiceAccountToken,
  type TokenSubject,
} from '../../infra/local/server/service-account-token.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { type DynamoFront, startDynamoFront } from '../support/dynamo-front.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { CANARIES, releaseEvent } from '../support/release-entry-point.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { at } from '../support/values.ts';

/** Loads the module as Lambda's INIT does, calls the handler with each event, prints what it answered. */
const RUNNER = `
const { handler } = await import(process.argv[1]);
const results = [];
for (const event of JSON.parse(process.env.EVENTS)) results.push(await handler(event));
console.log(JSON.stringify({ results, parameters: handler.length }));
process.exit(0);`;

interface Seen {
  readonly results: readonly { statusCode: number; body: string }[];
  readonly parameters: number;
  readonly log: readonly Record<string, unknown>[];
}

let folder: string;
let ssm: SsmFake;
let dynamo: DynamoFront;
let env: Record<string, string>;
let token: (more?: Partial<TokenSubject>) => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-bundle-'));
  await bundleEntryPoints(folder);
  ssm = await startSsmFake();
  dynamo = await startDynamoFront();
  const keys = await generateIssuerKeys('k1');
  const issuer = 'https://issuer.test';
  const record = { issuer, jwks: { keys: [keys.publicJwk] }, discovery: { host: 'xds.example.com' } };
  const Name = '/outrigger/f/clusters/local';
  await ssmClientFor(ssm.url).send(new PutParameterCommand({ Name, Value: JSON.stringify(record), Type: 'String' }));
  token = (more = {}) =>
    mintServiceAccountToken(keys.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      audience: 'outrigger/f',
      issuer,
      duration: 600,
      now: Date.now(),
      ...more,
    });
  env = {
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    OUTRIGGER_FLEET: 'f',
    OUTRIGGER_TABLE: 'canaries',
  };
});
afterAll(async () => {
  ssm.close();
  dynamo.close();
  await rm(folder, { recursive: true });
});

async function start(entryPoint: string, events: readonly unknown[], more: Record<string, string> = {}): Promise<Seen> {
  const args = ['--input-type=module', '-e', RUNNER, join(folder, `${entryPoint}.mjs`)];
  const options = { env: { ...env, EVENTS: JSON.stringify(events), ...more } };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const lines: Record<string, unknown>[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const seen = lines.pop();
  return { results: [], parameters: 0, ...seen, log: lines };
}

/** An empty table, for one read of the head and one of the canaries, or for several of both. */
function emptyTable(times = 1): void {
  dynamo.calls.length = 0;
  for (let i = 1; i < times; i++) emptyOnce();
  emptyOnce();
}
function emptyOnce(): void {
  dynamo.troubles('GetItem', { kind: 'answer', body: '{}' }, { kind: 'answer', body: '{}' });
  dynamo.troubles('Query', { kind: 'answer', body: '{"Items":[]}' });
}

const poll = async (kind: string, bearer: string, body = '{}'): Promise<Record<string, unknown>> =>
  httpApiEvent({ path: `/v3/discovery:${kind}`, headers: { authorization: `Bearer ${bearer}` }, body });

describe('the bundled discovery entry point, in a fresh process', () => {
  test('answers polls from Parameter Store and DynamoDB: the record read at INIT, the canaries by the first poll', async () => {
    emptyTable();
    ssm.calls.length = 0;
    const bearer = await token();
    const { results, parameters } = await start('discovery', [
      await poll('routes', bearer, '{"resource_names":["outbound"]}'),
      await poll('clusters', bearer),
      await poll('clusters', await token({ audience: 'other' })),
    ]);
    expect(results.map((r) => r.statusCode)).toEqual([200, 200, 401]);
    expect(at(JSON.parse(results[1]?.body ?? ''), 'resources')).toEqual([]);
    expect(ssm.calls).toEqual(['GetParametersByPath']);
    expect(dynamo.calls).toEqual(['GetItem', 'GetItem', 'Query']);
    expect(parameters).toBeLessThanOrEqual(2);
  });
});

describe('the bundled canaries entry point, in a fresh process', () => {
  test('answers the release API from both stores', async () => {
    emptyTable(2);
    // The first opens connections and compiles its code: on a busy machine it may be told to ask again.
    const { results, log, parameters } = await start('canaries', [
      releaseEvent('GET', CANARIES),
      releaseEvent('GET', CANARIES),
      releaseEvent('GET', CANARIES.replace('local', 'nowhere')),
    ]);
    expect(results.map((r) => r.statusCode).slice(1)).toEqual([200, 404]);
    expect([200, 503]).toContain(results[0]?.statusCode);
    expect(JSON.parse(results[1]?.body ?? '')).toMatchObject({ kind: 'CanaryList', items: [] });
    expect(log.slice(-2)).toMatchObject([{ message: 'release request', status: '200' }, { status: '404' }]);
    expect(parameters).toBeLessThanOrEqual(2);
  });
});

describe.each(['mutate', 'canaries', 'abort', 'discovery'])('%s, misconfigured (78)', (entryPoint) => {
  test('opens all the same, answers 500, and says once with each call what is wrong, without a value', async () => {
    const broken = { OUTRIGGER_TABLE: 'hunter2!', OUTRIGGER_PATH_KEYS: '{"keys":[{"secret":"hunter2"}]}' };
    const { results, log } = await start(entryPoint, [releaseEvent('GET', CANARIES), {}], broken);
    expect(results.map((r) => r.statusCode)).toEqual([500, 500]);
    const line = { level: 'error', message: 'function is misconfigured', why: expect.stringMatching(/OUTRIGGER_/) };
    expect(log).toEqual([expect.objectContaining(line), expect.objectContaining(line)]);
    expect(JSON.stringify([log, results])).not.toContain('hunter2');
  });
});
