import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFetchJson } from '../../functions/http/fetch-json.ts';
import { makeCertificate } from '../../infra/local/server/certificate.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const PLENTY_MS = 20_000;
const json = { 'content-type': 'application/json' };
const MEGABYTE = 1024 * 1024;

let server: https.Server;
let base: string;
let ca: string;
let asked: string[];
let answer: Answer;

beforeAll(async () => {
  const made = await makeCertificate(['127.0.0.1']);
  ({ ca } = made);
  server = https.createServer({ cert: made.cert, key: made.key }, (request, response) => {
    asked.push(request.url ?? '');
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Fetches from a server that answers like this. */
async function fetched(by: Answer, { ms = PLENTY_MS, url = base, isTrusted = true } = {}): Promise<unknown> {
  asked = [];
  answer = by;
  return await createFetchJson(ms, isTrusted ? ca : undefined)(`${url}/doc`);
}

test('a small document of JSON over HTTPS is fetched', async () => {
  let accept: string | undefined;
  const by: Answer = (response, request) => {
    ({ accept } = request.headers);
    response.writeHead(200, json).end('{"keys":[]}');
  };
  expect(await fetched(by)).toEqual({ keys: [] });
  expect(accept).toBe('application/json');
});

describe('everything else is refused:', () => {
  test.each<[string, Answer, RegExp]>([
    ['a redirect', (r) => r.writeHead(302, { location: `${base}/elsewhere` }).end(), /^answered 302$/],
    ['a redirect that keeps the method', (r) => r.writeHead(307, { location: '/elsewhere' }).end(), /^answered 307$/],
    ['another good status', (r) => r.writeHead(203, json).end('{}'), /^answered 203$/],
    ['not found', (r) => r.writeHead(404, json).end('{}'), /^answered 404$/],
    ['what is no JSON', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), /JSON/],
    ['nothing', (r) => r.writeHead(200, json).end(), /JSON/],
    ['what is too large', (r) => r.writeHead(200, json).end(`"${'x'.repeat(MEGABYTE)}"`), /^more than 262144 bytes$/],
    [
      'an answer that is cut',
      (r) => r.writeHead(200, { ...json, 'content-length': '99' }).write('{}', () => r.destroy()),
      /aborted|hang up/,
    ],
  ])('%s', async (_, by, why) => {
    await expect(fetched(by)).rejects.toThrow(why);
    expect(asked).toEqual(['/doc']);
  });

  test.each<[string, Answer]>([
    ['who never answers', () => {}],
    ['who begins and never ends', (r) => void r.writeHead(200, json).write('{"keys":')],
  ])('%s', async (_, by) => {
    await expect(fetched(by, { ms: 300 })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('what grows without end is given up at its bound, not at its time', async () => {
    let isClosed: Promise<unknown> | undefined;
    const by: Answer = (response) => {
      isClosed = once(response, 'close');
      response.writeHead(200, json);
      const more = (): void =>
        void (response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(more)));
      more();
    };
    await expect(fetched(by)).rejects.toThrow('more than 262144 bytes');
    await isClosed;
  });

  test('a certificate of an authority that nobody trusts', async () => {
    await expect(fetched((r) => void r.end('{}'), { isTrusted: false })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/),
    });
    expect(asked).toEqual([]);
  });

  test('a certificate of another host', async () => {
    const url = base.replace('127.0.0.1', 'localhost');
    await expect(fetched((r) => void r.end('{}'), { url })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(asked).toEqual([]);
  });

  test.each(['http://127.0.0.1:1', 'file:///etc', 'HTTPS//x'])('an address that is not https: %s', async (url) => {
    await expect(fetched(() => {}, { url })).rejects.toThrow('only https is fetched');
  });
});
