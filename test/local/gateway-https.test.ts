import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../infra/local/server/certificate.ts';
import { createGateway, type Route } from '../../infra/local/server/gateway.ts';

const ROUTE: Route = {
  method: 'ANY',
  path: '/',
  timeoutMs: 1_000,
  handler: async () => ({ statusCode: 200, headers: {}, body: '' }),
};
let gateway: ReturnType<typeof createGateway>;
let ca = '';
let port = 0;

beforeAll(async () => {
  const { key, cert, ca: authority } = await makeCertificate(['localhost', '127.0.0.1']);
  ca = authority;
  gateway = createGateway([ROUTE], { key, cert });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  ({ port } = gateway.address() as AddressInfo);
});
afterAll(() => {
  gateway.close();
  gateway.closeAllConnections();
});

/** The status, or the code of the error. */
async function ask(options: https.RequestOptions): Promise<unknown> {
  return await new Promise((resolve) => {
    const request = https.get({ port, host: '127.0.0.1', path: '/', agent: false, ...options }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    request.once('error', (error) => resolve('code' in error ? error.code : error));
  });
}

test.each<[string, https.RequestOptions]>([
  ['by address', {}],
  ['by name', { servername: 'localhost' }],
])('a client that trusts only the authority is served %s', async (_case, options) => {
  expect(await ask({ ca, ...options })).toBe(200);
});

test('a client that does not trust the authority refuses', async () => {
  expect(await ask({})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('a client refuses a host that the certificate does not name', async () => {
  expect(await ask({ ca, servername: 'example.com' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a client without TLS gets no answer, and the gateway lives on', async () => {
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  expect(await ask({ ca })).toBe(200);
});
