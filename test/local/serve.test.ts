import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postJson } from '../../infra/local/demo/https-client.ts';
import { type RunningGateway, type ServeOptions, serve } from '../../infra/local/server/serve.ts';
import { reviewDocument } from '../support/reviews.ts';

let root = '';
let gateway: RunningGateway | undefined;
let log: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-serve-'));
  log = [];
  await writeTemplate('envoy:v1');
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await rm(root, { recursive: true, force: true });
});

async function writeTemplate(image: string): Promise<void> {
  await writeFile(join(root, 'envoy-initializer.yaml'), `containers: [{name: envoy, image: "${image}"}]\n`);
}

async function start(more: Partial<ServeOptions> = {}): Promise<RunningGateway> {
  gateway = await serve({
    port: 0,
    address: '127.0.0.1',
    https: false,
    stateDir: join(root, 'state'),
    templates: root,
    write: (line) => log.push(line),
    ...more,
  });
  return gateway;
}

const REVIEW = JSON.stringify(
  reviewDocument({ metadata: { name: 'a' }, spec: { containers: [{ name: 'app', image: 'x' }] } }),
);

/** The images that a review's patch adds. */
function imagesIn(text: string): readonly string[] {
  const { response } = JSON.parse(text);
  return [
    ...Buffer.from(response.patch ?? '', 'base64')
      .toString()
      .matchAll(/"image":"([^"]+)"/g),
  ].map((m) => m[1] ?? '');
}

async function review(url: string): Promise<readonly string[]> {
  const response = await fetch(url, { method: 'POST', body: REVIEW, headers: { 'content-type': 'application/json' } });
  expect(response.status).toBe(200);
  return imagesIn(await response.text());
}

/** Asks until the answer is this one, for at most three seconds; answers the last. */
async function reviewUntil(url: string, image: string): Promise<readonly string[]> {
  const end = Date.now() + 3_000;
  let images = await review(url);
  while (!images.includes(image) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    images = await review(url);
  }
  return images;
}

describe('local.json', () => {
  test('on a wildcard address leads the commands of this machine over loopback, which alone is served without a token', async () => {
    const { endpoint } = await start({ address: '0.0.0.0' });
    expect(new URL(endpoint.apiUrl).hostname).toBe('127.0.0.1');
    expect((await fetch(endpoint.apiUrl.replace(/\/apis.*/, '/apis'))).status).toBe(200);
  });

  test('says where the gateway is, and goes with it', async () => {
    const { endpoint, close } = await start();
    const file = join(root, 'state', 'local.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(endpoint);
    expect(endpoint).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      webhookUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/mutate\/local\/[\w-]+\.[\w-]+\.[\w-]+$/),
      apiUrl: `${endpoint.url}/apis/outrigger.dev/v1alpha1`,
      discoveryUrl: `${endpoint.url}/v3/discovery`,
      pid: process.pid,
    });
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    await close();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('names the authority with HTTPS, and a review comes through by it', async () => {
    const { endpoint } = await start({ https: true });
    expect(endpoint.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(endpoint.caFile).toBe(join(root, 'state', 'tls', 'ca.crt'));
    const answer = await postJson(endpoint.webhookUrl, REVIEW, await readFile(endpoint.caFile ?? '', 'utf8'));
    expect([answer.status, imagesIn(answer.text)]).toEqual([200, ['envoy:v1']]);
  });

  test('keeps the path of the webhook URL over a restart', async () => {
    const first = await start();
    await first.close();
    const second = await start();
    expect(new URL(second.endpoint.webhookUrl).pathname).toBe(new URL(first.endpoint.webhookUrl).pathname);
  });

  test('writes an IPv6 address in brackets', async () => {
    const { endpoint } = await start({ address: '::1' });
    expect(endpoint.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await review(endpoint.webhookUrl)).toEqual(['envoy:v1']);
  });
});

describe('templates', () => {
  test('that are edited serve the next review', async () => {
    const { endpoint } = await start();
    expect(await review(endpoint.webhookUrl)).toEqual(['envoy:v1']);
    await writeTemplate('envoy:v2');
    expect(await reviewUntil(endpoint.webhookUrl, 'envoy:v2')).toEqual(['envoy:v2']);
  });

  test('that are broken by an edit serve as they were, and the log says why', async () => {
    const { endpoint } = await start();
    await review(endpoint.webhookUrl);
    await writeFile(join(root, 'envoy-initializer.yaml'), 'containers: [\n');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await review(endpoint.webhookUrl)).toEqual(['envoy:v1']);
    expect(log.filter((line) => line.includes('template refused'))).toEqual([
      expect.stringMatching(/line \d+, column \d+/),
    ]);
  });

  test('whose folder is missing keep the gateway from starting', async () => {
    await expect(start({ templates: join(root, 'none') })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(join(root, 'state', 'local.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('the log holds neither the token nor the Pod', async () => {
  const { endpoint } = await start();
  await review(endpoint.webhookUrl);
  const text = log.join('\n');
  expect(text).toContain('"reason":"Injected"');
  expect(text).not.toContain(endpoint.webhookUrl.split('/').at(-1));
});

test('the record of the local cluster is written before any call; one that is deleted revives no URL of before', async () => {
  const { endpoint } = await start();
  const file = join(root, 'state', 'clusters', 'local.yaml');
  expect(await readFile(file, 'utf8')).toMatch(
    /^defaultTemplates:\n {2}- envoy-initializer\nepoch: (\d{10})\nminEpoch: \1\n$/,
  );
  const send = async (port: string, url: string): Promise<number> => {
    const target = Object.assign(new URL(url), { port });
    return (await fetch(target, { method: 'POST', body: REVIEW, headers: { 'content-type': 'application/json' } }))
      .status;
  };
  const { port } = new URL(endpoint.url);
  expect(await send(port, endpoint.webhookUrl)).toBe(200);
  await rm(file);
  await expect.poll(() => send(port, endpoint.webhookUrl), { timeout: 10_000 }).toBe(403);
  await gateway?.close();
  // Another second, and so another epoch.
  await expect.poll(() => Math.floor(Date.now() / 1_000)).toBeGreaterThan(Math.floor(startedAt(endpoint.webhookUrl)));
  const again = await start();
  const next = new URL(again.endpoint.url).port;
  expect([await send(next, again.endpoint.webhookUrl), await send(next, endpoint.webhookUrl)]).toEqual([200, 403]);
});

/** The epoch of a webhook URL's token. */
function startedAt(url: string): number {
  const [, payload = ''] = url.split('.').slice(-3);
  return Number(JSON.parse(Buffer.from(payload, 'base64url').toString()).epoch);
}
