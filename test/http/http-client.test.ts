import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ask, exchange, NoAnswerError } from '../../functions/http/http-client.ts';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

let plain: http.Server;
let listener: RequestListener = (_request, response) => response.end();
let tls: TlsServer;

beforeAll(async () => {
  plain = http.createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  tls = await startTlsServer();
});
afterAll(() => {
  plain.close();
  plain.closeAllConnections();
  tls.close();
});

const urlOf = (): URL => new URL(`http://127.0.0.1:${(plain.address() as AddressInfo).port}/path?q=1`);
const ask = (more: Partial<Ask> = {}): Ask => ({
  method: 'GET',
  signal: AbortSignal.timeout(20_000),
  bytesMax: 8,
  ...more,
});

describe('one request over HTTP', () => {
  test('takes its method, path, headers and body along; the length counts bytes', async () => {
    listener = (request, response) => {
      void readAll(request).then((body) => {
        const { method, url, headers } = request;
        response.writeHead(418, {
          'x-seen': encodeURI(JSON.stringify({ method, url, body, mine: headers['x-mine'] })),
        });
        response.end(headers['content-length']);
      });
    };
    const answer = await exchange(urlOf(), ask({ method: 'PUT', headers: { 'x-mine': 'a' }, body: 'é!' }));
    expect(answer).toMatchObject({ status: 418, text: '3' });
    const seen: unknown = JSON.parse(decodeURI(String(answer.headers['x-seen'])));
    expect(seen).toEqual({ method: 'PUT', url: '/path?q=1', body: 'é!', mine: 'a' });
  });

  test('a body of none has no length', async () => {
    listener = (request, response) => response.end(String(request.headers['content-length']));
    expect((await exchange(urlOf(), ask({ bytesMax: 99 }))).text).toBe('undefined');
  });

  test('a redirect is an answer', async () => {
    listener = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    expect(await exchange(urlOf(), ask())).toMatchObject({ status: 302, text: '' });
  });

  test('an answer as large as the bound is taken, whatever pieces it comes in', async () => {
    listener = (_request, response) => {
      response.write('1234');
      setImmediate(() => response.end('56é'));
    };
    expect((await exchange(urlOf(), ask())).text).toBe('123456é');
  });
});

describe('no answer:', () => {
  test('a larger one is given up, with no more of it read', async () => {
    let isClosed: Promise<unknown> | undefined;
    listener = (_request, response) => {
      isClosed = once(response, 'close');
      response.write('123456789');
    };
    await expect(exchange(urlOf(), ask())).rejects.toMatchObject({ name: 'NoAnswerError', code: 'TOO_LARGE' });
    await isClosed;
  });

  test('a connection that is cut before the answer, and one within it', async () => {
    listener = (request) => request.socket.destroy();
    await expect(exchange(urlOf(), ask())).rejects.toMatchObject({ code: 'ECONNRESET' });
    listener = (_request, response) => {
      response.writeHead(200, { 'content-length': '8' });
      response.write('12', () => response.destroy());
    };
    await expect(exchange(urlOf(), ask())).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('time that is up, before the answer and within it', async () => {
    const within = (): Ask => ask({ signal: AbortSignal.timeout(30) });
    listener = () => undefined;
    await expect(exchange(urlOf(), within())).rejects.toMatchObject({ code: 'ABORT_ERR' });
    listener = (_request, response) => void response.write('1');
    await expect(exchange(urlOf(), within())).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  test('its cause is kept; where that has no code, its name is one', async () => {
    const cause = new RangeError('x');
    const error = new NoAnswerError(cause);
    expect(error).toMatchObject({ code: 'RangeError', cause, message: 'no answer (RangeError)' });
    expect(new NoAnswerError(Object.assign(new Error('x'), { code: 7 })).code).toBe('7');
  });
});

test('over HTTPS with the authorities that are given, and with no others', async () => {
  tls.answerBy((response) => response.end('good'));
  expect(await exchange(new URL(tls.url), ask({ tls: { ca: tls.ca } }))).toMatchObject({ status: 200, text: 'good' });
  await expect(exchange(new URL(tls.url), ask())).rejects.toBeInstanceOf(NoAnswerError);
  expect(tls.seen).toHaveLength(1);
});
