import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePath, splitOnce, toHttpApiEvent } from '../../infra/local/server/http-event.ts';

let server: http.Server;
let events: APIGatewayProxyEventV2[] = [];

beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync<Buffer>(request));
    events.push(toHttpApiEvent(request, body, 'ANY /{x}', { x: 'y' }));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Sends these bytes as they are; answers the event that they became. */
async function eventOf(head: string, body: Uint8Array = new Uint8Array()): Promise<APIGatewayProxyEventV2> {
  events = [];
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`);
      socket.write(body);
    });
    socket.once('error', reject);
    socket.resume().once('close', resolve);
  });
  const [event] = events;
  if (event === undefined) throw new Error('the server has seen no request');
  return event;
}

const get = (target: string, ...headers: string[]): Promise<APIGatewayProxyEventV2> =>
  eventOf([`GET ${target} HTTP/1.1`, 'host: 127.0.0.1:80', ...headers].join('\r\n'));
const post = (type: string | undefined, body: string | Uint8Array): Promise<APIGatewayProxyEventV2> =>
  eventOf(
    ['POST / HTTP/1.1', 'host: a', ...(type === undefined ? [] : [`content-type: ${type}`])].join('\r\n'),
    Buffer.from(body),
  );

test('an event has the shape of payload format 2.0', async () => {
  const event = await get('/a/b?c=d', 'User-Agent: test/1');
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'ANY /{x}',
    rawPath: '/a/b',
    rawQueryString: 'c=d',
    queryStringParameters: { c: 'd' },
    pathParameters: { x: 'y' },
    headers: { host: '127.0.0.1:80', 'user-agent': 'test/1', 'x-forwarded-for': '127.0.0.1' },
    requestContext: {
      domainName: '127.0.0.1',
      http: { method: 'GET', path: '/a/b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test/1' },
      routeKey: 'ANY /{x}',
      stage: '$default',
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    },
    isBase64Encoded: false,
  });
  expect('body' in event).toBe(false);
});

test('a host that is an IPv6 address keeps its address', async () => {
  const event = await eventOf('GET / HTTP/1.1\r\nhost: [::1]:8080');
  expect(event.requestContext.domainName).toBe('[::1]');
});

describe('a path', () => {
  test.each<[string, string, string]>([
    ['is decoded', '/a%20b/%C3%A4', '/a b/ä'],
    ['with a slash in a segment is decoded as well', '/a%2Fb', '/a/b'],
    ['that is malformed stays as it is', '/a%zz%20', '/a%zz%20'],
    ['that is not UTF-8 stays as it is', '/%ff', '/%ff'],
    ['with a plus keeps it', '/a+b', '/a+b'],
    ['with a question mark inside the query is cut at the first', '/a?b?c', '/a'],
  ])('%s', async (_case, target, rawPath) => {
    expect((await get(target)).rawPath).toBe(rawPath);
  });
});

describe('a query', () => {
  test.each<[string, string, Record<string, string> | undefined]>([
    ['of a repeated name is joined', 'a=1&a=2&b=3', { a: '1,2', b: '3' }],
    ['is decoded', 'a=%C3%A4+b', { a: 'ä b' }],
    ['with a malformed percent is passed on', 'a=%zz', { a: '%zz' }],
    ['without a value is an empty text', 'a', { a: '' }],
    ['that is empty is absent', '', undefined],
    ['may be called __proto__', '__proto__=1', JSON.parse('{"__proto__": "1"}')],
  ])('%s', async (_case, query, wanted) => {
    const event = await get(`/?${query}`);
    expect([event.rawQueryString, event.queryStringParameters]).toEqual([query, wanted]);
  });
});

describe('headers', () => {
  test('that repeat are joined by commas, names in lower case', async () => {
    expect((await get('/', 'X-A: 1', 'x-a: 2', 'X-B: 3')).headers).toMatchObject({ 'x-a': '1,2', 'x-b': '3' });
  });

  test('called cookie stand apart', async () => {
    const event = await get('/', 'Cookie: a=1; b=2', 'cookie: c=3');
    expect([event.cookies, 'cookie' in event.headers]).toEqual([['a=1', 'b=2', 'c=3'], false]);
  });

  test('that forge x-forwarded-for are overwritten', async () => {
    expect((await get('/', 'X-Forwarded-For: 6.6.6.6')).headers['x-forwarded-for']).toBe('127.0.0.1');
  });
});

describe('a body', () => {
  const latin1 = Buffer.from('{"a":"\xe4"}', 'latin1');
  test.each<[string, string | undefined, string | Uint8Array, boolean]>([
    ['of JSON is text', 'application/json', '{"a":"ä"}', false],
    ['of JSON with a charset is text', 'application/json; charset=utf-8', '{}', false],
    ['of JSON in odd case is text', 'Application/JSON', '{}', false],
    ['of a patch type is text', 'application/merge-patch+json', '{}', false],
    ['of plain text is text', 'text/plain', 'ä', false],
    ['of no type is base64', undefined, '{}', true],
    ['of bytes is base64', 'application/octet-stream', '{}', true],
    ['of JSON that is not UTF-8 is base64', 'application/json', latin1, true],
  ])('%s', async (_case, type, body, isBase64Encoded) => {
    const event = await post(type, body);
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(body));
  });
});

test.each<[string, string, [string, string]]>([
  ['a=b=c', '=', ['a', 'b=c']],
  ['a', '=', ['a', '']],
  ['', '=', ['', '']],
])('%j is split once by %s', (text, separator, wanted) => {
  expect(splitOnce(text, separator)).toEqual(wanted);
});

test('a lone surrogate in percent-encoding is left alone', () => {
  expect(decodePath('/%ED%A0%80')).toBe('/%ED%A0%80');
});
