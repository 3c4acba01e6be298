import { describe, expect, test } from 'vitest';
import { RequestError } from '../../functions/errors.ts';
import { BODY_BYTES_MAX, readRequest } from '../../functions/http/event.ts';
import type { HttpRequest } from '../../functions/http/http-request.ts';
import { readCaller } from '../../functions/release-api/request/caller.ts';
import { ApiError } from '../../functions/release-api/response/api-error.ts';

/**
 * What a REST API sends (payload format 1.0): the shape of the example in docs.aws.amazon.com, apigateway,
 * set-up-lambda-proxy-integrations, for our route and behind the stage `production`.
 */
function event(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    resource: '/v1/mutate/{cluster}/{token}',
    path: '/v1/mutate/local/token',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', Host: 'abc.execute-api.eu-central-1.amazonaws.com', 'X-Two': 'b' },
    multiValueHeaders: {
      'Content-Type': ['application/json'],
      Host: ['abc.execute-api.eu-central-1.amazonaws.com'],
      'X-Two': ['a', 'b'],
    },
    queryStringParameters: { timeout: '2s' },
    multiValueQueryStringParameters: { timeout: ['3s', '2s'] },
    pathParameters: { cluster: 'local', token: 'token' },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'id',
      authorizer: null,
      domainName: 'abc.execute-api.eu-central-1.amazonaws.com',
      httpMethod: 'POST',
      identity: { accessKey: null, accountId: null, caller: null, sourceIp: '192.0.2.1', user: null, userArn: null },
      path: '/production/v1/mutate/local/token',
      protocol: 'HTTP/1.1',
      requestId: 'id=',
      resourcePath: '/v1/mutate/{cluster}/{token}',
      stage: 'production',
    },
    body: '{}',
    isBase64Encoded: false,
    ...more,
  };
}

/** The status of the RequestError that reading throws. */
function refusal(read: () => unknown): number {
  try {
    read();
  } catch (error) {
    if (error instanceof RequestError) return error.status;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('an event of a REST API is read: the path without its stage, the first value of a query parameter', () => {
  const request = readRequest(event());
  expect([request.method, request.path, request.query('timeout'), request.readBody()]).toEqual([
    'POST',
    '/v1/mutate/local/token',
    '3s',
    '{}',
  ]);
});

test.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
  ['found in any case', {}, 'application/json'],
  ['the only one in the plain map', { multiValueHeaders: null }, 'application/json'],
  ['the only one in the other map', { headers: null }, 'application/json'],
  ['nowhere', { headers: null, multiValueHeaders: null }, undefined],
  ['among headers that are lists', { headers: ['Content-Type'], multiValueHeaders: [] }, undefined],
  ['with values that are no texts', { headers: {}, multiValueHeaders: { 'Content-Type': [1] } }, undefined],
])('a header: %s', (_case, more, value) => {
  expect(readRequest(event(more)).header('content-type')).toBe(value);
});

test('a repeated header is joined as payload format 2.0 does', () => {
  expect(readRequest(event()).header('x-two')).toBe('a,b');
});

test.each(['constructor', '__proto__', 'toString'])('%s is no header and no query parameter', (name) => {
  const request = readRequest(event());
  expect([request.header(name), request.query(name)]).toEqual([undefined, undefined]);
});

test.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
  ['only in the plain map', { multiValueQueryStringParameters: null }, '2s'],
  ['nowhere', { multiValueQueryStringParameters: null, queryStringParameters: null }, undefined],
  ['a list without values', { multiValueQueryStringParameters: { timeout: [] } }, undefined],
  ['a number', { multiValueQueryStringParameters: null, queryStringParameters: { timeout: 1 } }, undefined],
])('a query parameter: %s', (_case, more, value) => {
  expect(readRequest(event(more)).query('timeout')).toBe(value);
});

describe('a path', () => {
  test.each<[string, string]>([
    ['that begins like the stage stays as it is', '/production/x'],
    ['is not decoded, so that nobody passes an IAM policy by encoding a slash', '/apis/outrigger.dev%2fv1alpha1'],
  ])('%s', (_case, path) => {
    expect(readRequest(event({ path })).path).toBe(path);
  });
});

test('the stage of the proxies is part of the path, which cannot have a stage before it', () => {
  const requestContext = { stage: 'v3', path: '/v3/discovery:listeners' };
  expect(readRequest(event({ path: '/discovery:listeners', requestContext })).path).toBe('/v3/discovery:listeners');
});

describe('a body', () => {
  const base64 = (text: string): HttpRequest =>
    readRequest(event({ isBase64Encoded: true, body: Buffer.from(text).toString('base64') }));

  test('in base64 is decoded', () => {
    expect(base64('käse').readBody()).toBe('käse');
  });

  test('that is null is empty', () => {
    expect(readRequest(event({ body: null })).readBody()).toBe('');
  });

  test('of more than the largest size is refused with 413', () => {
    expect(refusal(() => readRequest(event({ body: 'x'.repeat(BODY_BYTES_MAX + 1) })).readBody())).toBe(413);
  });
});

test.each<[string, unknown]>([
  ['a load balancer, which has no stage', event({ requestContext: { elb: { targetGroupArn: 'arn' } } })],
  ['a REST API without a path', event({ path: undefined })],
  ['a REST API without a method', event({ httpMethod: 1 })],
  ['a test without requestContext', event({ requestContext: undefined })],
])('an event of %s is refused with 400', (_case, value) => {
  expect(refusal(() => readRequest(value))).toBe(400);
});

describe('who calls the release API through a REST API', () => {
  const identity = (userArn: unknown, more: object = {}): unknown =>
    event({ requestContext: { stage: 'production', identity: { userArn }, ...more } });

  test('is what its IAM authorizer says', () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/deployer/ci';
    expect(readCaller(identity(arn))).toBe(arn);
  });

  test.each<[string, unknown]>([
    ['of a method without a signature', identity(null)],
    ['that is empty', identity('')],
    ['with a line break', identity('arn:aws:iam::1:user/a\nb')],
    ['that is a list', identity(['arn:aws:iam::1:user/a'])],
    ['in a header', event({ headers: { 'x-amz-user-arn': 'arn:aws:iam::1:user/a' } })],
    ['beside an authorizer that says another thing', identity('arn:aws:iam::1:user/a', { authorizer: { iam: {} } })],
  ])('is nobody: an identity %s', (_case, value) => {
    expect(() => readCaller(value)).toThrow(ApiError);
  });
});
