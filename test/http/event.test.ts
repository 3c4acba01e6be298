import { describe, expect, test } from 'vitest';
import { RequestError } from '../../functions/errors.ts';
import { BODY_BYTES_MAX, readRequest } from '../../functions/http/event.ts';
import type { HttpRequest } from '../../functions/http/http-request.ts';

/** What an HTTP API sends (payload format 2.0), shortened. */
function event(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: '2.0',
    routeKey: 'ANY /v1/mutate/{cluster}/{token}',
    rawPath: '/v1/mutate/local/token',
    rawQueryString: 'timeout=3s',
    headers: { 'content-type': 'application/json', host: 'abc.execute-api.eu-central-1.amazonaws.com' },
    requestContext: { http: { method: 'POST', path: '/v1/mutate/local/token' }, stage: '$default' },
    body: '{}',
    isBase64Encoded: false,
    ...more,
  };
}

/** The status and sentence of the RequestError that reading throws. */
function refusal(read: () => unknown): Pick<RequestError, 'status' | 'message'> {
  try {
    read();
  } catch (error) {
    if (error instanceof RequestError) return { status: error.status, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

function base64(body: string | Uint8Array): HttpRequest {
  return readRequest(event({ isBase64Encoded: true, body: Buffer.from(body).toString('base64') }));
}

describe('an event', () => {
  test('of an HTTP API is read', () => {
    const request = readRequest(event());
    expect([request.method, request.path, request.query('timeout'), request.readBody()]).toEqual([
      'POST',
      '/v1/mutate/local/token',
      '3s',
      '{}',
    ]);
  });

  test('of a Function URL is read', () => {
    const request = readRequest({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/v1/mutate/local/token',
      rawQueryString: '',
      headers: { 'x-forwarded-proto': 'https' },
      requestContext: { accountId: 'anonymous', http: { method: 'post', path: '/' }, stage: '$default' },
      isBase64Encoded: false,
    });
    expect([request.method, request.path, request.query('timeout'), request.readBody()]).toEqual([
      'POST',
      '/v1/mutate/local/token',
      undefined,
      '',
    ]);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'event'],
    ['a list', []],
    ['empty', {}],
    ['of a REST API without a stage', { httpMethod: 'POST', path: '/', requestContext: {}, body: '' }],
    ['of a load balancer', { httpMethod: 'POST', path: '/', requestContext: { elb: {} }, headers: {} }],
    ['of a schedule', { source: 'aws.events', detail: {} }],
    ['with a requestContext that is null', event({ requestContext: null })],
    ['without method', event({ requestContext: { http: {} } })],
    ['with a method that is a number', event({ requestContext: { http: { method: 1 } } })],
    ['without rawPath', event({ rawPath: undefined })],
  ])('that is %s is refused with 400', (_case, value) => {
    expect(refusal(() => readRequest(value)).status).toBe(400);
  });
});

test.each<[string, unknown, string, string]>([
  ['the default stage is not in the path', '$default', '/v1/mutate/a/b', '/v1/mutate/a/b'],
  ['a named stage is taken off', 'prod', '/prod/v1/mutate/a/b', '/v1/mutate/a/b'],
  ['a named stage behind a custom domain is not there', 'prod', '/v1/mutate/a/b', '/v1/mutate/a/b'],
  ['a stage is taken off once', 'prod', '/prod/prod/x', '/prod/x'],
  ['a segment that only begins like the stage stays', 'prod', '/production/x', '/production/x'],
  ['an empty stage takes nothing off', '', '//x', '//x'],
  ['a stage that is no text takes nothing off', 1, '/1/x', '/1/x'],
])('%s', (_case, stage, rawPath, path) => {
  const requestContext = { http: { method: 'POST' }, stage };
  expect(readRequest(event({ rawPath, requestContext })).path).toBe(path);
});

test.each<[string, unknown, string | undefined]>([
  ['in lower case', { 'content-type': 'a' }, 'a'],
  ['in mixed case', { 'Content-Type': 'a' }, 'a'],
  ['in both, the lower case first', { 'CONTENT-TYPE': 'b', 'content-type': 'a' }, 'a'],
  ['absent', {}, undefined],
  ['of another type', { 'content-type': 1 }, undefined],
  ['among headers that are null', null, undefined],
  ['among headers that are a list', ['content-type'], undefined],
])('a header %s', (_case, headers, value) => {
  expect(readRequest(event({ headers })).header('content-type')).toBe(value);
});

test('a header that only the prototype has is absent', () => {
  expect(readRequest(event()).header('constructor')).toBeUndefined();
});

test.each<[string, unknown, string | undefined]>([
  ['one value', 'timeout=3s', '3s'],
  ['the first of several', 'a=b&timeout=1s&timeout=2s', '1s'],
  ['percent-encoded', 'timeout=%33s', '3s'],
  ['empty', 'timeout=', ''],
  ['absent', 'other=1', undefined],
  ['malformed', '%zz&&=', undefined],
  ['in another case', 'Timeout=3s', undefined],
  ['of a query that is null', null, undefined],
])('a query parameter: %s', (_case, rawQueryString, value) => {
  expect(readRequest(event({ rawQueryString })).query('timeout')).toBe(value);
});

describe('a body', () => {
  test.each<[string, unknown, string]>([
    ['absent', undefined, ''],
    ['null', null, ''],
    ['empty', '', ''],
    ['text', 'käse', 'käse'],
  ])('that is %s is read', (_case, body, text) => {
    expect(readRequest(event({ body })).readBody()).toBe(text);
  });

  test.each(['', '{}', 'käse', '🛶', '\u0000', 'x'.repeat(100_001)])('in base64 is the same as plain: %#', (text) => {
    expect(base64(text).readBody()).toBe(text);
  });

  test('keeps a byte order mark, which JSON does not allow', () => {
    expect(base64('\ufeff{}').readBody()).toBe('\ufeff{}');
  });

  test.each<[string, string]>([
    ['a character of base64url', 'e30-'],
    ['a space', 'e3 0'],
    ['a newline at the end', 'e30=\n'],
    ['a length that is no multiple of four', 'e30'],
    ['a padding in the middle', 'e3=0'],
    ['padding alone', '===='],
    ['three paddings', 'e==='],
    ['JSON that is not encoded at all', '{"a": 1}'],
  ])('marked as base64 with %s is refused with 400', (_case, body) => {
    const request = readRequest(event({ isBase64Encoded: true, body }));
    expect(refusal(() => request.readBody())).toEqual({ status: 400, message: expect.stringContaining('base64') });
  });

  test.each<[string, number[]]>([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a sequence that is cut', [0x7b, 0xe2, 0x82]],
    ['Latin-1', [0x6b, 0xe4, 0x73, 0x65]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('in %s is refused with 400, never with other characters in it', (_case, bytes) => {
    const request = base64(Uint8Array.from(bytes));
    expect(refusal(() => request.readBody())).toEqual({ status: 400, message: 'the body is not valid UTF-8' });
  });

  test.each([1, true, {}, []])('that is no text is refused with 400: %j', (body) => {
    expect(refusal(() => readRequest(event({ body })).readBody()).status).toBe(400);
  });

  test('marked as base64 by anything but true is plain', () => {
    expect(readRequest(event({ isBase64Encoded: 'true', body: 'e30=' })).readBody()).toBe('e30=');
  });
});

describe('a body of the largest size', () => {
  const plain = (bytes: number): HttpRequest => readRequest(event({ body: 'x'.repeat(bytes) }));
  const wide = (bytes: number): HttpRequest =>
    readRequest(event({ body: `${'ä'.repeat((bytes - 1) / 2)}${'x'.repeat(1 + ((bytes - 1) % 2))}` }));
  const encoded = (bytes: number): HttpRequest => base64(Buffer.alloc(bytes, 'x'));

  test.each<[string, (bytes: number) => HttpRequest]>([
    ['plain', plain],
    ['plain, two bytes a character', wide],
    ['in base64', encoded],
  ])('%s is read, one byte more is refused with 413', (_case, make) => {
    expect(Buffer.byteLength(make(BODY_BYTES_MAX).readBody())).toBe(BODY_BYTES_MAX);
    expect(refusal(() => make(BODY_BYTES_MAX + 1).readBody()).status).toBe(413);
  });

  test.each([BODY_BYTES_MAX - 2, BODY_BYTES_MAX - 1])('in base64 with padding is read: %i bytes', (bytes) => {
    expect(encoded(bytes).readBody()).toHaveLength(bytes);
  });
});
