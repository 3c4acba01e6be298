import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LabelParameterVersionCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { atVersion, versionAfter } from '../../functions/canary/version-line.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { generateIssuerKeys, mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { CANARIES, releaseEvent } from '../support/release-entry-point.ts';
import { releaseOf, targetFor } from '../support/releases.ts';
import { reviewDocument } from '../support/reviews.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { at, recordOf } from '../support/values.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './support/dynamodb-local.ts';
import { cartManifest } from './support/endpoint.ts';
import { FunctionError, type LambdaRuntime, startLambdaRuntime } from './support/lambda-runtime.ts';
import { type PackagedService, unpackService } from './support/packaged-service.ts';
import { whyNotDynamoDbLocal, whyNotRuntimeClient } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const FLEET = 'f';
const ISSUER = 'https://issuer.test';
/** What must never be in a log: it stands in bodies, headers and paths. */
const SECRET = 'hunter2';

const whyNot = async (): Promise<string | undefined> => (await whyNotRuntimeClient()) ?? (await whyNotDynamoDbLocal());

await describeReal('the zips of osls package in the runtime client of AWS Lambda', whyNot, () => {
  let service: PackagedService;
  let ssm: SsmFake;
  let dynamo: DynamoDbLocal;
  let env: Record<string, string>;
  let paths: { readonly good: string; readonly foreign: string };
  let bearer: string;
  let keys: Awaited<ReturnType<typeof generatePathTokenKeys>>;
  const running: LambdaRuntime[] = [];

  beforeAll(async () => {
    service = await unpackService();
    dynamo = await startDynamoDbLocal();
    ssm = await startSsmFake();
    const client = ssmClientFor(ssm.url);
    const issuerKeys = await generateIssuerKeys('k1');
    const put = (Name: string, value: unknown): Promise<unknown> =>
      client.send(new PutParameterCommand({ Name, Value: JSON.stringify(value), Type: 'String' }));
    const template = `/outrigger/${FLEET}/templates/envoy`;
    await put(template, document('envoy'));
    await client.send(new LabelParameterVersionCommand({ Name: template, Labels: ['stable'] }));
    const discovery = { host: 'xds.example.com' };
    const jwks = { keys: [issuerKeys.publicJwk] };
    await put(`/outrigger/${FLEET}/clusters/local`, { defaultTemplates: ['envoy'], issuer: ISSUER, jwks, discovery });
    const others = await generatePathTokenKeys('k1');
    keys = await generatePathTokenKeys('k1');
    const pathOf = async ({ privateJwk }: typeof keys): Promise<string> =>
      `/v1/mutate/local/${await mintPathToken(privateJwk, FLEET, 'local', 1)}`;
    paths = { good: await pathOf(keys), foreign: await pathOf(others) };
    bearer = await mintServiceAccountToken(issuerKeys.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      audience: `outrigger/${FLEET}`,
      issuer: ISSUER,
      duration: 600,
      now: Date.now(),
    });
    env = {
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      OUTRIGGER_FLEET: FLEET,
      OUTRIGGER_TABLE: dynamo.table,
      OUTRIGGER_PATH_KEYS: JSON.stringify({ keys: [keys.publicJwk] }),
    };
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
  });
  afterAll(async () => {
    ssm?.close();
    await dynamo?.stop();
    await service?.remove();
  });

  /** Starts the function of this name in an environment of its own. */
  async function start(name: string, more: Readonly<Record<string, string>> = {}): Promise<LambdaRuntime> {
    const { folder, handler, timeoutMs } = packaged(name);
    const runtime = await startLambdaRuntime({ folder, handler, timeoutMs, env: { ...env, ...more } });
    running.push(runtime);
    return runtime;
  }
  function packaged(name: string): { folder: string; handler: string; timeoutMs: number } {
    const found = service.functions.get(name);
    if (found === undefined) throw new Error(`serverless.yml has no function ${name}`);
    return found;
  }
  /** The lines of its log with this message. They travel by another way than its answers, and are waited for. */
  async function logOf(runtime: LambdaRuntime, message: string, count: number): Promise<readonly unknown[]> {
    const own = (): readonly unknown[] =>
      runtime.lines
        .filter((line) => line.startsWith('{'))
        .map((line): unknown => JSON.parse(line))
        .filter((line) => at(line, 'message') === message);
    await expect.poll(() => own().length, { timeout: 5_000 }).toBe(count);
    for (const line of runtime.lines) {
      for (const secret of [SECRET, paths.good, paths.foreign, bearer]) expect(line).not.toContain(secret);
    }
    return own();
  }

  describe('mutate', () => {
    const metadata = { name: 'p', annotations: { note: SECRET } };
    const body = JSON.stringify(
      reviewDocument({ metadata, spec: { containers: [{ name: 'app', image: 'busybox' }] } }),
    );

    test('injects: a review in an HTTP API event, as text and as base64', async () => {
      const runtime = await start('mutate');
      for (const sent of [body, Buffer.from(body)]) {
        const answer = await runtime.invoke(httpApiEvent({ path: paths.good, body: sent }));
        expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
        const patch = at(JSON.parse(String(at(answer, 'body'))), 'response', 'patch');
        const operations: unknown = JSON.parse(Buffer.from(String(patch), 'base64').toString());
        expect(operations).toContainEqual(expect.objectContaining({ path: '/spec/containers/-' }));
      }
      expect(await logOf(runtime, 'review', 2)).toMatchObject([{ reason: 'Injected' }, { reason: 'Injected' }]);
    });

    test('frozen between two Pods for longer than it holds templates, it gives the second what was promoted meanwhile', async () => {
      const client = ssmClientFor(ssm.url);
      const put = async (name: string, image: string, ParameterVersion: number): Promise<void> => {
        const Name = `/outrigger/quiet/templates/${name}`;
        const Value = JSON.stringify(document(name, image));
        await client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
        await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: ['stable'] }));
      };
      // Fifteen templates are two pages, and each takes a tenth of a second.
      await Promise.all(Array.from({ length: 14 }, (_, i) => put(`other-${i}`, 'other:1', 1)));
      await put('envoy', 'envoy:1', 1);
      const Name = '/outrigger/quiet/clusters/local';
      await client.send(new PutParameterCommand({ Name, Value: '{"defaultTemplates":["envoy"]}', Type: 'String' }));
      const path = `/v1/mutate/local/${await mintPathToken(keys.privateJwk, 'quiet', 'local', 1)}`;
      const runtime = await start('mutate', { OUTRIGGER_FLEET: 'quiet' });
      const imageNow = async (): Promise<string | undefined> => {
        const answer = await runtime.invoke(httpApiEvent({ path, body }));
        const patch = at(JSON.parse(String(at(answer, 'body'))), 'response', 'patch');
        return /"image":"(envoy:\d)"/.exec(Buffer.from(String(patch), 'base64').toString())?.[1];
      };
      expect(await imageNow()).toBe('envoy:1');
      await put('envoy', 'envoy:2', 2);
      ssm.troubleFor = () => ({ kind: 'slow', ms: 100 });
      try {
        await runtime.freeze(40_000);
        expect(await imageNow()).toBe('envoy:2');
      } finally {
        ssm.troubleFor = undefined;
      }
    });

    test('refuses a token that somebody else has signed', async () => {
      const runtime = await start('mutate');
      const answer = await runtime.invoke(httpApiEvent({ path: paths.foreign, body }));
      expect(answer).toMatchObject({ statusCode: 403 });
      expect(await logOf(runtime, 'request refused', 1)).toHaveLength(1);
    });

    test('an event of another kind is an answer, not a failure of the function', async () => {
      const runtime = await start('mutate');
      expect(await runtime.invoke({ Records: [SECRET] })).toMatchObject({ statusCode: 400 });
      expect(await runtime.invoke(null)).toMatchObject({ statusCode: 400 });
    });
  });

  test('canaries: one is created, read and taken away in DynamoDB', async () => {
    const runtime = await start('canaries');
    const path = `${CANARIES}/cart`;
    const manifest = cartManifest();
    const ask = async (method: string, more: object = {}): Promise<Record<string, unknown>> => ({
      ...recordOf(await runtime.invoke(releaseEvent(method, path, more))),
    });
    const created = await ask('PUT', { body: manifest, headers: { 'x-note': SECRET } });
    expect(created).toMatchObject({ statusCode: 201 });
    const read = await ask('GET');
    expect(read).toMatchObject({ statusCode: 200 });
    expect(JSON.parse(String(read['body']))).toMatchObject({ kind: 'Canary', spec: { service: { name: 'cart' } } });
    expect(await ask('GET', { who: null })).toMatchObject({ statusCode: 403 });
    expect(await ask('DELETE')).toMatchObject({ statusCode: 200 });
    const statuses = (await logOf(runtime, 'release request', 4)).map((line) => at(line, 'status'));
    expect(statuses).toEqual(['201', '200', '403', '200']);
  });

  test('abort: a release is aborted in DynamoDB, and nothing else is done', async () => {
    const store = createDynamoStore(dynamoToolsFor(dynamo.url, dynamo.table));
    const signal = AbortSignal.timeout(10_000);
    const version = versionAfter(await store.readHead('local', signal));
    const release = atVersion(releaseOf({ service: 'till', weight: 50 }), version);
    const made = await store.create('local', release, { audit: auditOf(release) }, signal);
    expect(made).toEqual({ outcome: 'written' });
    const runtime = await start('abort');
    const aborted = recordOf(await runtime.invoke(releaseEvent('POST', `${CANARIES}/till/abort`)));
    expect(aborted).toMatchObject({ statusCode: 200 });
    const { status } = (await store.getCanary({ cluster: 'local', namespace: 'shop', name: 'till' }, signal)) ?? {};
    expect(status).toMatchObject({ phase: 'Failed', weights: { stable: 100, canary: 0 } });
    expect(await runtime.invoke(releaseEvent('GET', CANARIES))).toMatchObject({ statusCode: 404 });
    expect((await logOf(runtime, 'release request', 2)).map((line) => at(line, 'status'))).toEqual(['200', '404']);
  });

  test('discovery: a proxy asks for its routes, by its ServiceAccount token', async () => {
    const runtime = await start('discovery');
    const poll = (authorization: string): Record<string, unknown> =>
      httpApiEvent({
        path: '/v3/discovery:routes',
        headers: { authorization },
        body: JSON.stringify({ node: { id: SECRET }, resource_names: ['outbound'] }),
      });
    const answer = recordOf(await runtime.invoke(poll(`Bearer ${bearer}`)));
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(JSON.parse(String(answer['body']))).toMatchObject({ resources: [{ name: 'outbound' }] });
    expect(await runtime.invoke(poll(`Bearer ${SECRET}`))).toMatchObject({ statusCode: 401 });
    await logOf(runtime, 'request refused', 1);
  });

  describe('advance', () => {
    const tick = { version: '0', source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: {} };

    test('clears a tombstone away that is due, when the schedule calls', async () => {
      const store = createDynamoStore(dynamoToolsFor(dynamo.url, dynamo.table));
      const past = { service: 'web', deleted: true };
      const gone = releaseOf({ ...past, targets: [targetFor(past, { keepUntil: '2026-01-01T00:00:00.000Z' })] });
      const signal = AbortSignal.timeout(10_000);
      const placed = atVersion(gone, (await store.readHead('local', signal)) + 1);
      expect(await store.create('local', placed, { audit: auditOf(placed) }, signal)).toEqual({ outcome: 'written' });
      const runtime = await start('advance');
      expect(await runtime.invoke(tick)).toBe(null);
      expect(await logOf(runtime, 'tombstones cleared', 1)).toMatchObject([{ cluster: 'local', tombstones: 1 }]);
      const { canaries } = await store.listCanaries('local', signal);
      expect(canaries.map(({ metadata }) => metadata.name)).not.toContain('web');
    });

    test('without its configuration every call fails, so that somebody sees it', async () => {
      const runtime = await start('advance', { OUTRIGGER_FLEET: `${SECRET}!` });
      await expect(runtime.invoke(tick)).rejects.toMatchObject({ type: 'ConfigError' });
      await logOf(runtime, 'function is misconfigured', 1);
    });
  });

  describe('register', () => {
    test('makes the signing keys as a custom resource, and answers with their public halves alone', async () => {
      const answers: unknown[] = [];
      const bucket = http.createServer((request, response) => {
        void text(request).then((body) => {
          answers.push(JSON.parse(body));
          response.end();
        });
      });
      bucket.listen(0, '127.0.0.1');
      await once(bucket, 'listening');
      const url = `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`;
      const runtime = await start('register', { AWS_ENDPOINT_URL: url, OUTRIGGER_KEY_ID: 'alias/test' });
      const event = {
        ...{ RequestType: 'Create', RequestId: 'one', ResponseURL: `${url}/answer?${SECRET}`, StackId: 'arn:aws:s' },
        ...{ ResourceType: 'Custom::OutriggerKeys', LogicalResourceId: 'Keys', ServiceToken: 'arn:aws:lambda:f' },
        ResourceProperties: { ServiceToken: 'arn:aws:lambda:f', ServiceTimeout: '60', Fleet: FLEET, Generation: '1' },
      };
      try {
        await runtime.invoke(event);
        await runtime.invoke({
          ...event,
          RequestType: 'Delete',
          RequestId: 'two',
          PhysicalResourceId: 'outrigger-keys-f',
        });
      } finally {
        bucket.close();
        bucket.closeAllConnections();
      }
      const common = { Status: 'SUCCESS', StackId: 'arn:aws:s', PhysicalResourceId: 'outrigger-keys-f' };
      expect(answers).toMatchObject([
        { ...common, RequestId: 'one' },
        { ...common, RequestId: 'two' },
      ]);
      const keys = JSON.parse(String(at(answers[0], 'Data', 'PublicKeys')));
      expect(keys).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519' }] });
      expect(keys.keys[0]).not.toHaveProperty('d');
      for (const line of runtime.lines) expect(line).not.toContain(SECRET);
    });

    test('an event that is not from CloudFormation fails, and nothing is done', async () => {
      const runtime = await start('register');
      const event = { RequestType: 'Create', ResponseURL: `https://example.com/${SECRET}` };
      await expect(runtime.invoke(event)).rejects.toThrow('ResponseURL');
      await logOf(runtime, 'custom resource refused', 1);
    });
  });

  describe.each(['mutate', 'canaries', 'abort', 'discovery'])('%s without its configuration', (name) => {
    test('INIT succeeds all the same; every call is answered 500, and the log says why without a value', async () => {
      const runtime = await start(name, { OUTRIGGER_FLEET: `${SECRET}!` });
      for (let i = 0; i < 2; i++) expect(await runtime.invoke(httpApiEvent())).toMatchObject({ statusCode: 500 });
      const line = { level: 'error', why: expect.stringContaining('OUTRIGGER_FLEET') };
      expect(await logOf(runtime, 'function is misconfigured', 2)).toMatchObject([line, line]);
    });
  });

  test('every function of serverless.yml is among these', () => {
    expect([...service.functions.keys()].toSorted()).toEqual([
      ...['abort', 'advance', 'canaries', 'discovery', 'mutate', 'register'],
    ]);
  });

  test('the client itself refuses a handler with a callback, and tells a failed invocation from a failed INIT', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'outrigger-handlers-'));
    const write = async (name: string, code: string): Promise<void> =>
      await writeFile(join(folder, `${name}.mjs`), code);
    await write('callback', 'export const handler = (event, context, callback) => callback(null, {});');
    await write('broken', "throw new RangeError('at INIT');");
    await write('failing', "export const handler = async () => { throw new RangeError('in a call'); };");
    try {
      await expect(startLambdaRuntime({ folder, handler: 'callback.handler', env: {} })).rejects.toMatchObject({
        type: 'Runtime.CallbackHandlerDeprecated',
      });
      await expect(startLambdaRuntime({ folder, handler: 'broken.handler', env: {} })).rejects.toMatchObject({
        message: 'at INIT',
      });
      const runtime = await startLambdaRuntime({ folder, handler: 'failing.handler', env: {} });
      running.push(runtime);
      await expect(runtime.invoke({})).rejects.toEqual(new FunctionError('RangeError', 'in a call'));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
