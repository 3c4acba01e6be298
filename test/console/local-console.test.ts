import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConsoleServer } from '../../infra/cli/console/console-server.ts';
import { createConsoleAccess } from '../../infra/console/server/access.ts';
import { loadPage } from '../../infra/console/server/page.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { type RunningGateway, serve } from '../../infra/local/server/serve.ts';
import { manifestOf } from '../support/canaries.ts';

let root = '';
let gateway: RunningGateway;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-console-'));
  const options = { port: 0, address: '127.0.0.1', https: false, stateDir: join(root, 'state'), write: () => {} };
  gateway = await serve({ ...options, templates: TEMPLATES_DIR_DEFAULT });
});
afterEach(async () => {
  await gateway.close();
  await rm(root, { recursive: true, force: true });
});

interface Got {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Unlike fetch it sends any Host, Origin and path that it is told to. */
async function ask(url: string, options: http.RequestOptions & { body?: string } = {}): Promise<Got> {
  const { body, ...more } = options;
  return await new Promise((resolve, reject) => {
    const request = http.request(url, more, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.once('error', reject).end(body);
  });
}
const tokenIn = ({ text }: Got): string => /name="outrigger-token" content="([\w-]{43})"/.exec(text)?.[1] ?? '';

describe('at / of a local gateway', () => {
  test('the page has nothing inline and nothing from elsewhere, and may not either', async () => {
    const page = await ask(`${gateway.endpoint.url}/`);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(page.text).not.toMatch(/<script(?! type="module" src="\/console\.js"><\/script>)|<style| style=|https?:/);
    for (const [file, type] of [
      ['console.js', 'text/javascript; charset=utf-8'],
      ['console.css', 'text/css; charset=utf-8'],
    ]) {
      const { status, headers } = await ask(`${gateway.endpoint.url}/${file}`);
      expect([status, headers['content-type']]).toEqual([200, type]);
    }
  });

  test('its page steers with its own Origin and token, and no other page does', async () => {
    const { apiUrl, url } = gateway.endpoint;
    const canary = `${apiUrl}/namespaces/shop/canaries/cart`;
    const token = tokenIn(await ask(`${url}/`));
    const put = async (headers: Record<string, string>): Promise<number> => {
      const body = JSON.stringify(manifestOf());
      return (await ask(canary, { method: 'PUT', body, headers: { 'content-type': 'application/json', ...headers } }))
        .status;
    };
    expect(await put({ origin: url })).toBe(403);
    expect(await put({ origin: 'https://evil.example', 'x-outrigger-console': token })).toBe(403);
    expect(await put({ origin: url, 'x-outrigger-console': token })).toBe(201);
  });

  test('a name that was rebound to loopback gets no page', async () => {
    const { status, text } = await ask(`${gateway.endpoint.url}/`, { headers: { host: 'evil.example' } });
    expect([status, text.includes('outrigger-token')]).toEqual([403, false]);
  });
});

describe('outrigger console', () => {
  const access = createConsoleAccess('http');
  let server: http.Server;
  let url = '';

  beforeEach(async () => {
    const upstream = { find: async () => ({ base: new URL(gateway.endpoint.apiUrl) }) };
    server = createConsoleServer({ access, files: await loadPage(), settings: { cluster: '"><script>' }, upstream });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());
  const own = (): Record<string, string> => ({ origin: url, 'x-outrigger-console': access.token });
  const API = '/apis/outrigger.dev/v1alpha1/clusters/local/canaries';

  test('its page has no token in it, and a hostile name stays text', async () => {
    const { text } = await ask(`${url}/`);
    expect(text).not.toContain(access.token);
    expect(text).toContain('content="&#34;&#62;&#60;script&#62;"');
  });

  test.each<[string, string, () => Record<string, string>, number]>([
    ['its own page', API, own, 200],
    ['no token', API, () => ({}), 403],
    ['another Origin', API, () => ({ ...own(), origin: 'https://evil.example' }), 403],
    ['another Host', API, () => ({ ...own(), host: 'evil.example' }), 403],
    ['a way out of the API', `${API}/../../../../../v1/mutate`, own, 404],
    ['the same, encoded', '/apis/outrigger.dev/v1alpha1/%2e%2e/%2e%2e/%2e%2e/v3/discovery', own, 404],
    ['another path', '/v3/discovery:routes', own, 404],
  ])('%s', async (_case, path, headers, status) => {
    const { hostname, port } = new URL(url);
    expect((await ask(url, { hostname, port, path, headers: headers() })).status).toBe(status);
  });

  test('an endpoint that is away is told in words', async () => {
    await gateway.close();
    const { status, text } = await ask(`${url}${API}`, { headers: own() });
    expect([status, JSON.parse(text).message]).toEqual([
      502,
      expect.stringContaining('cannot connect to http://127.0.0.1'),
    ]);
  });
});
