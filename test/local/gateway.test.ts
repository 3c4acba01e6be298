import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { createGateway, type Route } from '../../infra/local/server/gateway.ts';

const MEGABYTE = 1024 * 1024;
let gateway: ReturnType<typeof createGateway> | undefined;

afterEach(() => {
  gateway?.close();
  gateway?.closeAllConnections();
  gateway = undefined;
});

const echo = async (event: APIGatewayProxyEventV2): Promise<HttpResult> => ({
  statusCode: 200,
  headers: { 'x-route': event.routeKey },
  body: JSON.stringify(event.pathParameters ?? {}),
});

function route(path: string, handler: Route['handler'] = echo, more: Partial<Route> = {}): Route {
  return { method: 'ANY', path, handler, timeoutMs: 1_000, ...more };
}

async function listen(routes: readonly Route[]): Promise<number> {
  const server = createGateway(routes);
  gateway = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

type Answer = { status: number; headers: http.IncomingHttpHeaders; text: string };

async function ask(
  port: number,
  path: string,
  options: http.RequestOptions = {},
  body: string | Buffer = '',
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path, ...options });
    request.once('error', reject);
    request.once('response', (response) => {
      readAll(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        reject,
      );
    });
    request.end(body);
  });
}

describe('a route', () => {
  test.each<[string, string, string, string | undefined]>([
    ['of fixed segments', '/a/b', '/a/b', '{}'],
    ['with parameters', '/a/{x}/{y}', '/a/1/2', '{"x":"1","y":"2"}'],
    ['with a parameter that is encoded', '/a/{x}', '/a/1%202', '{"x":"1 2"}'],
    ['with a slash in a parameter', '/a/{x}', '/a/1%2F2', '{"x":"1/2"}'],
    ['with a malformed parameter', '/a/{x}', '/a/%zz', '{"x":"%zz"}'],
    ['with a query behind it', '/a', '/a?b=/c', '{}'],
    ['that is longer than the path', '/a/{x}', '/a', undefined],
    ['that is shorter than the path', '/a/{x}', '/a/1/2', undefined],
    ['whose parameter would be empty', '/a/{x}', '/a/', undefined],
    ['in another case', '/a', '/A', undefined],
    ['with a rest', '/a/{proxy+}', '/a/b/c', '{"proxy":"b/c"}'],
    ['with a rest of one', '/a/{proxy+}', '/a/b', '{"proxy":"b"}'],
    ['whose rest is missing', '/a/{proxy+}', '/a', undefined],
    ['whose rest is empty', '/a/{proxy+}', '/a/', undefined],
  ])('%s', async (_case, path, target, parameters) => {
    const port = await listen([route(path)]);
    const answer = await ask(port, target);
    expect([answer.status, answer.text]).toEqual(
      parameters === undefined ? [404, '{"message":"Not Found"}'] : [200, parameters],
    );
  });

  test('of a method is for that method, the first that fits wins', async () => {
    const port = await listen([route('/a', echo, { method: 'GET' }), route('/a')]);
    const routes = await Promise.all(['GET', 'POST'].map((method) => ask(port, '/a', { method })));
    expect(routes.map((a) => a.headers['x-route'])).toEqual(['GET /a', 'ANY /a']);
  });
});

describe('a payload', () => {
  const size = route('/', async (event) => ({ statusCode: 200, headers: {}, body: String(event.body?.length) }));
  const post = { method: 'POST', headers: { 'content-type': 'text/plain' } };

  test('of exactly 10 MB arrives', async () => {
    const port = await listen([size]);
    expect((await ask(port, '/', post, Buffer.alloc(10 * MEGABYTE, 'x'))).text).toBe(String(10 * MEGABYTE));
  });

  test.each([
    10 * MEGABYTE + 1,
    30 * MEGABYTE,
  ])('of %i bytes is answered with 413, and the next request is served', async (bytes) => {
    const port = await listen([size]);
    const answer = await ask(port, '/', post, Buffer.alloc(bytes, 'x'));
    expect([answer.status, answer.text, answer.headers.connection]).toEqual([
      413,
      '{"message":"Request Entity Too Large"}',
      'close',
    ]);
    expect((await ask(port, '/', post, 'x')).text).toBe('1');
  });
});

describe('a handler', () => {
  const result =
    (more: Partial<HttpResult>): Route['handler'] =>
    async () => ({ statusCode: 200, headers: {}, body: '', ...more });
  test.each<[string, Route['handler']]>([
    ['that rejects', async () => Promise.reject(new Error('secret'))],
    [
      'that throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['that is late', () => new Promise(() => {})],
    ['whose status is none', result({ statusCode: 42 })],
    ['whose header would split the answer', result({ headers: { 'x-a': 'secret\r\nx-b: c' } })],
  ])('%s is a 500 without its words, and the gateway lives on', async (_case, handler) => {
    const port = await listen([route('/bad', handler, { timeoutMs: 50 }), route('/good')]);
    const answer = await ask(port, '/bad', { signal: AbortSignal.timeout(3_000) });
    expect([answer.status, answer.text]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect((await ask(port, '/good')).status).toBe(200);
  });

  test('decides status, headers and body', async () => {
    const port = await listen([route('/', result({ statusCode: 415, headers: { allow: 'POST' }, body: 'ä' }))]);
    const answer = await ask(port, '/');
    expect([answer.status, answer.headers.allow, answer.headers['content-length'], answer.text]).toEqual([
      415,
      'POST',
      '2',
      'ä',
    ]);
  });
});

test('headers beyond 10 KB are a 431', async () => {
  const port = await listen([route('/')]);
  expect((await ask(port, '/', { headers: { 'x-a': 'x'.repeat(9_000) } })).status).toBe(200);
  expect((await ask(port, '/', { headers: { 'x-a': 'x'.repeat(11_000) } })).status).toBe(431);
});

test('a client that goes away in the middle of its body does no harm, and its request reaches no entry point', async () => {
  let calls = 0;
  const port = await listen([
    route('/', async (event) => {
      calls++;
      return await echo(event);
    }),
  ]);
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhalf', () => socket.destroy());
    });
    socket.once('close', () => resolve());
  });
  expect((await ask(port, '/')).status).toBe(200);
  expect(calls).toBe(1);
});

/** Sends pieces of a request, each when the one before has left, and reads the connection to its end. */
async function sendPieces(port: number, pieces: readonly string[], end: 'wait' | 'reset' = 'wait'): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const answer = readAll(socket).catch(() => '');
  for (const piece of pieces) await new Promise<void>((resolve) => void socket.write(piece, () => resolve()));
  if (end === 'reset') socket.resetAndDestroy();
  return await answer;
}

describe('connections that break or crawl (86)', () => {
  const BODY = '{"a":"b"}';
  const HEAD = `POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${BODY.length}\r\n\r\n`;
  let bodies: string[] = [];
  const open = async (): Promise<number> => {
    bodies = [];
    return await listen([
      route('/', async (event) => {
        bodies.push(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString());
        return await echo(event);
      }),
    ]);
  };

  test.each<[what: string, pieces: readonly string[]]>([
    ['before the headers', ['']],
    ['within the headers', [HEAD.slice(0, 20)]],
    ['after the headers', [HEAD]],
    ['within the body', [HEAD, BODY.slice(0, 4)]],
  ])('reset %s: the request reaches no entry point, and the next one is served', async (_what, pieces) => {
    const port = await open();
    await sendPieces(port, pieces, 'reset');
    expect((await ask(port, '/', { method: 'POST' }, BODY)).status).toBe(200);
    expect(bodies).toEqual([BODY]);
  });

  test('byte by byte: one whole request', async () => {
    const port = await open();
    expect(await sendPieces(port, [...`${HEAD}${BODY}`])).toMatch(/^HTTP\/1\.1 200 /);
    expect(bodies).toEqual([BODY]);
  });

  test('chunks of one byte: one whole request', async () => {
    const port = await open();
    const head = 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunks = [...BODY].map((byte) => `1\r\n${byte}\r\n`);
    expect(await sendPieces(port, [head, ...chunks, '0\r\n\r\n'])).toMatch(/^HTTP\/1\.1 200 /);
    expect(bodies).toEqual([BODY]);
  });

  test('one that never ends holds up nobody else', async () => {
    const port = await open();
    const crawling = connect(port, '127.0.0.1');
    crawling.on('error', () => undefined);
    await new Promise<void>((resolve) => void crawling.write(HEAD, () => resolve()));
    const all = await Promise.all(Array.from({ length: 10 }, () => ask(port, '/', { method: 'POST' }, BODY)));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    crawling.destroy();
  });

  test('a connection that is used again after its server has closed it: a new one serves', async () => {
    const port = await open();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(port, '/', { method: 'POST', agent }, BODY)).status).toBe(200);
    gateway?.closeIdleConnections();
    await expect
      .poll(
        async () =>
          await ask(port, '/', { agent }).then(
            ({ status }) => status,
            () => 0,
          ),
      )
      .toBe(200);
    agent.destroy();
  });
});

test('garbage instead of HTTP is a 400, and the gateway lives on', async () => {
  const port = await listen([route('/')]);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('\u0016\u0003\u0001 no http\r\n\r\n'));
    readAll(socket).then(resolve, reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect((await ask(port, '/')).status).toBe(200);
});
