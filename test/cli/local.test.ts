import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningGateway, serve } from '../../infra/local/server/serve.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at } from '../support/values.ts';

const TEMPLATES = join(import.meta.dirname, '..', '..', 'infra', 'templates');

let stateDir: string;
let gateway: RunningGateway;
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'outrigger-local-'));
  gateway = await serve({
    port: 0,
    address: '127.0.0.1',
    https: false,
    stateDir,
    templates: TEMPLATES,
    write: () => {},
  });
});
afterAll(async () => {
  await gateway.close();
  await rm(stateDir, { recursive: true });
});

const localToken = async (...args: string[]): Promise<Run> =>
  await outrigger(['local', 'token', '--state-dir', stateDir, ...args]);
const token = async (...args: string[]): Promise<string> => {
  const { stdout } = await localToken(...args);
  return stdout.trim();
};
const poll = async (bearer: string): Promise<Response> =>
  await fetch(`${gateway.endpoint.discoveryUrl}:clusters`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: '{}',
  });

describe('outrigger local token', () => {
  test('is taken by the running endpoint, and has the claims of a Pod’s', async () => {
    const text = await token('--namespace', 'shop', '--pod', 'web-1', '--service-account', 'web', '--duration', '10m');
    const claims: unknown = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      aud: ['outrigger/default'],
      sub: 'system:serviceaccount:shop:web',
      'kubernetes.io': { namespace: 'shop', pod: { name: 'web-1' }, serviceaccount: { name: 'web' } },
    });
    expect(Number(at(claims, 'exp')) - Number(at(claims, 'iat'))).toBe(600);
    const response = await poll(text);
    expect([response.status, at(await response.json(), 'resources')]).toEqual([200, []]);
  });

  test('for another audience it is refused', async () => {
    expect((await poll(await token('--namespace', 'shop', '--audience', 'else'))).status).toBe(401);
  });

  test.each([
    [],
    ['--namespace', 'a/b'],
    ['--namespace', 'a', '--duration', '1m'],
    ['--namespace', 'a', '--duration', 'soon'],
  ])('what makes no sense is an error: %j', async (...args) => {
    expect(await localToken(...args)).toMatchObject({ code: 1, stdout: '' });
  });

  test('nobody else on the machine can read the issuer’s keys', async () => {
    const keys: unknown = JSON.parse(await readFile(join(stateDir, 'issuer-keys.json'), 'utf8'));
    expect(at(keys, 'publicJwk', 'd')).toBeUndefined();
    expect(at(keys, 'privateJwk', 'kid')).toBe('local');
  });
});
