import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleEntryPoints } from '../../infra/deploy/bundle.ts';
import { bundleContainer } from '../../infra/deploy/container-bundle.ts';
import { makeCertificate } from '../../infra/local/server/certificate.ts';
import { mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { ISSUER, ISSUER_KEYS, RECORD } from '../support/discovery-entry-point.ts';
import { type DynamoMemory, startDynamoMemory } from '../support/dynamo-memory.ts';
import { PROTOCOLS, sendPoll } from '../support/poll-client.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { recordOf } from '../support/values.ts';

/** Answers one event with the handler of a bundle, as Lambda does. */
const RUNNER = `
const { handler } = await import(process.argv[1]);
console.log(JSON.stringify(await handler(JSON.parse(process.env.EVENT))));
process.exit(0);`;
const ROUTES = '/v3/discovery:routes';

describe('the container’s bundle, in a process of its own', () => {
  let folder: string;
  let ssm: SsmFake;
  let dynamo: DynamoMemory;
  let roles: http.Server;
  let asked = 0;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-container-'));
    await Promise.all([bundleEntryPoints(folder), bundleContainer(join(folder, 'container.mjs'))]);
    [ssm, dynamo] = [await startSsmFake(), await startDynamoMemory()];
    const Name = '/outrigger/f/clusters/local';
    await ssmClientFor(ssm.url).send(
      new PutParameterCommand({ Name, Value: JSON.stringify({ ...RECORD, audience: 'outrigger/f' }), Type: 'String' }),
    );
    // Where a task of ECS and a Pod of EKS ask for the credentials of their role.
    roles = http.createServer((_request, response) => {
      asked++;
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ AccessKeyId: 'role', SecretAccessKey: 'secret', Token: 't', Expiration }));
    });
    roles.listen(0, '127.0.0.1');
    await once(roles, 'listening');
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    roles.close();
    ssm.close();
    dynamo.close();
    await rm(folder, { recursive: true });
  });

  const stores = (): Record<string, string> => ({
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_REGION: 'eu-central-1',
    OUTRIGGER_FLEET: 'f',
    OUTRIGGER_TABLE: 'canaries',
  });

  /** Starts the program; `logged` grows, `exit` is its code. */
  function start(env: Record<string, string>): {
    logged: Record<string, unknown>[];
    said: string[];
    exit: Promise<unknown[]>;
    child: ChildProcess;
  } {
    // As in the image: it may write no file and start no program.
    const args = ['--permission', '--allow-fs-read=*', join(folder, 'container.mjs')];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const logged: Record<string, unknown>[] = [];
    const said: string[] = [];
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error('both are pipes');
    createInterface(stdout).on('line', (line) => logged.push({ ...recordOf(JSON.parse(line)) }));
    createInterface(stderr).on('line', (line) => said.push(line));
    return { logged, said, exit: once(child, 'exit'), child };
  }

  async function runningContainer(): Promise<ReturnType<typeof start> & { place: { port: number; ca: string } }> {
    const { ca, cert, key } = await makeCertificate(['127.0.0.1']);
    await writeFile(join(folder, 'tls.crt'), cert);
    await writeFile(join(folder, 'tls.key'), key);
    const { port } = roles.address() as AddressInfo;
    const container = start({
      ...stores(),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/role`,
      OUTRIGGER_TLS_CERT: join(folder, 'tls.crt'),
      OUTRIGGER_TLS_KEY: join(folder, 'tls.key'),
      OUTRIGGER_PORT: '0',
      OUTRIGGER_ADDRESS: '127.0.0.1',
      OUTRIGGER_NOTICE_SECONDS: '1',
    });
    const ready = (): Record<string, unknown> | undefined =>
      container.logged.find(({ message }) => message === 'container ready');
    await expect.poll(ready, { timeout: 60_000 }).toBeDefined();
    return { ...container, place: { port: Number(ready()?.['port']), ca } };
  }

  async function headers(): Promise<Record<string, string>> {
    const token = await mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      pod: { name: 'web-1', uid: 'u-1' },
      audience: 'outrigger/f',
      issuer: ISSUER,
      duration: 3_600,
      now: Date.now(),
    });
    return { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  }

  async function lambda(call: {
    headers: Record<string, string>;
    body: string;
  }): Promise<Readonly<Record<string, unknown>>> {
    const event = {
      ...call,
      rawPath: ROUTES,
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST' }, stage: '$default' },
    };
    const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', EVENT: JSON.stringify(event) };
    const args = ['--input-type=module', '-e', RUNNER, join(folder, 'discovery.mjs')];
    const child = spawn(process.execPath, args, {
      env: { ...stores(), ...keys },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    await once(child, 'close');
    return recordOf(JSON.parse(lines.at(-1) ?? ''));
  }

  test('it answers as the function does, follows its certificate, and goes when it is told to', async () => {
    const container = await runningContainer();
    const call = { headers: await headers(), body: '{"version_info":"x","resource_names":["outbound"]}' };
    const expected = await lambda(call);
    expect(expected['statusCode']).toBe(200);
    for (const protocol of PROTOCOLS) {
      const {
        statusCode,
        headers: got,
        body,
      } = await sendPoll(protocol, { ...container.place, path: ROUTES, ...call });
      const { 'content-length': _, ...others } = got;
      expect({ statusCode, headers: others, body }).toEqual(expected);
    }
    // The role of the container, not keys of an environment.
    expect(asked).toBeGreaterThan(0);

    const next = await makeCertificate(['127.0.0.1']);
    await writeFile(join(folder, 'tls.crt'), next.cert);
    await writeFile(join(folder, 'tls.key'), next.key);
    const messages = (): unknown[] => container.logged.map(({ message }) => message);
    await expect.poll(messages, { timeout: 60_000 }).toContain('certificate replaced');
    const place = { port: container.place.port, ca: next.ca };
    expect((await sendPoll('HTTP/2', { ...place, path: '/ready', method: 'GET' })).statusCode).toBe(200);

    container.child.kill('SIGTERM');
    await expect.poll(messages).toContain('container leaving');
    expect((await sendPoll('HTTP/2', { ...place, path: '/ready', method: 'GET' })).statusCode).toBe(503);
    expect((await sendPoll('HTTP/2', { ...place, path: ROUTES, ...call })).statusCode).toBe(200);
    expect(await container.exit).toEqual([0, null]);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['without a certificate', {}, /^error: .*OUTRIGGER_TLS_CERT/],
    [
      'with a certificate that is not there',
      { OUTRIGGER_TLS_CERT: '/nowhere/tls.crt', OUTRIGGER_TLS_KEY: '/nowhere/tls.key' },
      /^error: \/nowhere\/tls\.crt cannot be read$/,
    ],
  ])('%s it does not begin, and says why', async (_title, env, why) => {
    const { said, exit } = start({ ...stores(), AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', ...env });
    expect(await exit).toEqual([1, null]);
    expect(said).toEqual([expect.stringMatching(why)]);
  });
});
