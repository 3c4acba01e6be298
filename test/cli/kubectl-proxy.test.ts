import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { createProxy, type ForwardedAsk } from '../../infra/cli/kubectl/proxy-server.ts';

const TOKEN = 'a-token-of-the-proxy';
const CANARIES = '/apis/outrigger.dev/v1alpha1/namespaces/shop/canaries';

let asked: ForwardedAsk[];
let answer: (ask: ForwardedAsk) => Promise<HttpResult>;
let server: http.Server;
let port: number;

beforeEach(async () => {
  asked = [];
  answer = async () => ({ statusCode: 200, headers: { etag: '"1"', 'x-amzn-requestid': 'r' }, body: '{}' });
  const proxy = createProxy({
    token: TOKEN,
    watchEveryMs: 20,
    forward: async (ask) => {
      asked.push(ask);
      return await answer(ask);
    },
  });
  if (!(proxy instanceof http.Server)) throw new Error('no TLS was asked for');
  server = proxy;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const send = async ({ method = 'GET', path = CANARIES, headers = {}, body }: Sent) =>
  await new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const all = { authorization: `Bearer ${TOKEN}`, ...headers };
    const request = http.request({ port, host: '127.0.0.1', method, path, headers: all }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });

describe('outrigger proxy', () => {
  test('sends on what the release API needs, under the cluster’s own path, and nothing that names a caller', async () => {
    const { status, headers } = await send({
      method: 'PATCH',
      path: `/clusters/eu1${CANARIES}/cart?dryRun=All`,
      headers: { 'content-type': 'application/merge-patch+json', cookie: 'a=b', 'x-forwarded-for': '1.2.3.4' },
      body: '{"a":"ü"}',
    });
    expect(status).toBe(200);
    expect(asked).toEqual([
      {
        method: 'PATCH',
        path: '/apis/outrigger.dev/v1alpha1/clusters/eu1/namespaces/shop/canaries/cart',
        query: new URLSearchParams('dryRun=All'),
        headers: { 'content-type': 'application/merge-patch+json' },
        body: '{"a":"ü"}',
      },
    ]);
    expect([headers['etag'], headers['x-amzn-requestid']]).toEqual(['"1"', undefined]);
  });

  test.each<[string, Sent, number]>([
    ['no token', { headers: { authorization: '' } }, 401],
    ['another token', { headers: { authorization: 'Bearer a-token-of-the-proxz' } }, 401],
    ['the token by another scheme', { headers: { authorization: `Basic ${TOKEN}` } }, 401],
    ['a page in a browser', { headers: { origin: 'http://localhost:8001' } }, 403],
    ['a name that was rebound', { headers: { host: 'attacker.example' } }, 403],
    ['impersonation', { headers: { 'impersonate-user': 'eve' } }, 403],
    ['impersonation by an extra field', { headers: { 'Impersonate-Extra-Team': 'x' } }, 403],
    ['the webhook', { path: '/v1/mutate/eu1/token' }, 404],
    ['the webhook behind a cluster', { path: '/clusters/eu1/v1/mutate/eu1/token' }, 404],
    ['polls of proxies', { method: 'POST', path: '/v3/discovery:routes' }, 404],
    ['a way up', { path: '/apis/../v1/mutate/eu1/token' }, 404],
    ['an encoded way up', { path: '/apis/%2e%2e/v1/mutate/eu1/token' }, 404],
    ['an encoded slash', { path: '/apis%2foutrigger.dev' }, 404],
    ['an empty segment', { path: '//evil.example/apis' }, 404],
    ['a whole URL', { path: 'http://evil.example/apis' }, 404],
    ['a body that is too large', { method: 'POST', body: 'x'.repeat(200_000) }, 413],
    ['a body that is no UTF-8', { method: 'POST', body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
  ])('refuses %s, and sends nothing on', async (_what, sent, status) => {
    expect((await send(sent)).status).toBe(status);
    expect(asked).toEqual([]);
  });

  test('tells in Kubernetes’ words when the API cannot be reached', async () => {
    answer = async () => {
      throw Object.assign(new Error('no answer came from https://abc.example'), { name: 'LostError' });
    };
    const { status, text } = await send({});
    expect([status, JSON.parse(text).message]).toEqual([503, 'no answer came from https://abc.example']);
  });

  test('makes a watch that lasts, and stops asking once the client has gone', async () => {
    answer = async ({ query }) => {
      const version = Number(query.get('resourceVersion') ?? '0') + 1;
      const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } };
      const lines = [{ type: 'MODIFIED', object: { version } }, bookmark].map((line) => `${JSON.stringify(line)}\n`);
      return { statusCode: 200, headers: {}, body: lines.join('') };
    };
    const socket = connect(port, '127.0.0.1');
    let seen = '';
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const head = `GET ${CANARIES}?watch=true HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
    socket.write(head);
    await expect.poll(() => seen).toContain('"version":3');
    expect(seen).not.toContain('BOOKMARK');
    socket.destroy();
    await expect
      .poll(async () => {
        const before = asked.length;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return asked.length - before;
      })
      .toBe(0);
  });
});
