import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { isLoopback, isLoopbackHost } from '../../infra/local/server/loopback.ts';
import { type RunningGateway, type ServeOptions, serve } from '../../infra/local/server/serve.ts';
import { manifestOf } from '../support/canaries.ts';

const TOKEN = 'kCm2Qw7hZr1Xv9Tb';
let root = '';
let gateway: RunningGateway | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-release-'));
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await rm(root, { recursive: true, force: true });
});

async function start(more: Partial<ServeOptions> = {}): Promise<string> {
  const options = { port: 0, address: '127.0.0.1', https: false, stateDir: join(root, 'state'), write: () => {} };
  gateway = await serve({ ...options, templates: TEMPLATES_DIR_DEFAULT, ...more });
  return gateway.endpoint.apiUrl;
}

/** Asks for the canaries; unlike fetch it sends any Host and Origin that it is told to. */
async function list(apiUrl: string, headers: Record<string, string> = {}): Promise<number> {
  return await new Promise((resolve, reject) => {
    http
      .get(`${apiUrl}/canaries`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
      .once('error', reject);
  });
}

describe('on loopback', () => {
  test.each<[string, Record<string, string>, number]>([
    ['its own address', {}, 200],
    ['localhost', { host: 'localhost:8080' }, 200],
    ['a name that was rebound to loopback', { host: 'evil.example' }, 403],
    ['a name that looks like loopback', { host: '127.0.0.1.evil.example' }, 403],
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['a page without a site', { origin: 'null' }, 403],
  ])('%s', async (_case, headers, status) => {
    expect(await list(await start(), headers)).toBe(status);
  });

  test('canaries are kept over a restart', async () => {
    const first = await start();
    const url = `${first}/namespaces/shop/canaries/cart`;
    const put = await fetch(url, {
      method: 'PUT',
      body: JSON.stringify(manifestOf()),
      headers: { 'content-type': 'application/json' },
    });
    expect(put.status).toBe(201);
    await gateway?.close();
    const again = await fetch(url.replace(first, await start()));
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"1"']);
  });
});

test('what proxies are answered, and who follows, is shown', async () => {
  const url = `${await start()}/namespaces/shop/canaries/cart`;
  const headers = { 'content-type': 'application/json' };
  await fetch(url, { method: 'PUT', body: JSON.stringify(manifestOf()), headers });
  const preview = await (await fetch(`${url}/preview`)).json();
  expect(preview).toMatchObject({ kind: 'CanaryPreview', routes: { version_info: expect.any(String) } });
  expect(JSON.stringify(preview)).toContain('shop/cart/8080|canary');
  expect(await (await fetch(`${url}/proxies`)).json()).toMatchObject({
    kind: 'CanaryProxies',
    seen: 0,
    confirmed: false,
  });
});

describe('with a token', () => {
  test.each<[string, Record<string, string>, number]>([
    ['none', {}, 401],
    ['the right one', { authorization: `Bearer ${TOKEN}` }, 200],
    ['the right one, in lower case', { authorization: `bearer ${TOKEN}` }, 200],
    ['another one', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 401],
    ['the right one from a page', { authorization: `Bearer ${TOKEN}`, origin: 'http://127.0.0.1' }, 403],
    ['the right one by another name', { authorization: `Bearer ${TOKEN}`, host: 'outrigger.example' }, 200],
  ])('%s', async (_case, headers, status) => {
    const tokenFile = join(root, 'token');
    await writeFile(tokenFile, `${TOKEN}\n`);
    expect(await list(await start({ tokenFile }), headers)).toBe(status);
  });

  test.each([
    'short',
    'two\nlines of a token that is long',
  ])('that is none keeps the gateway from starting: %j', async (text) => {
    const tokenFile = join(root, 'token');
    await writeFile(tokenFile, text);
    await expect(start({ tokenFile })).rejects.toThrow('must hold one line of at least 16 visible characters');
  });
});

test.each<[string, boolean]>([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:10.0.0.1', false],
  ['10.0.0.1', false],
  ['0.0.0.0', false],
  ['localhost', false],
  ['', false],
])('the address %j is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each<[string | undefined, boolean]>([
  ['localhost', true],
  ['LOCALHOST:1', true],
  ['[::1]:80', true],
  ['127.0.0.1:8080', true],
  ['localhost.evil.example', false],
  ['evil.example:80', false],
  ['', false],
  [undefined, false],
])('the Host %j is loopback: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
