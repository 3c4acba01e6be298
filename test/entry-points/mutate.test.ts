import { describe, expect, test } from 'vitest';
import { httpApiEvent, openMutateEntryPoint, patchOf, responseOf, TOKEN } from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';

const BODY = JSON.stringify(reviewDocument(podOf()));
const JSON_TYPE = { 'content-type': 'application/json' };

describe('the events that reach the entry point', () => {
  const functionUrl = { ...httpApiEvent({ body: BODY }), routeKey: '$default', cookies: [], pathParameters: undefined };
  const staged = httpApiEvent({ body: BODY, path: `/prod/v1/mutate/local/${TOKEN}` });
  const context = { ...Object(staged['requestContext']), stage: 'prod' };

  const v1 = { httpMethod: 'POST', path: `/v1/mutate/local/${TOKEN}`, headers: JSON_TYPE, body: BODY };
  test.each<[what: string, event: Record<string, unknown>]>([
    ['an HTTP API', httpApiEvent({ body: BODY })],
    ['a Function URL', functionUrl],
    ['a named stage before the path', { ...staged, requestContext: context }],
    ['a body in base64', httpApiEvent({ body: Buffer.from(BODY) })],
    ['headers in mixed case', { ...httpApiEvent({ body: BODY }), headers: { 'Content-Type': 'application/json' } }],
    ['a body that ends with a newline', httpApiEvent({ body: `${BODY}\n` })],
    ['a method in lower case', httpApiEvent({ body: BODY, method: 'post' })],
    ['no query', httpApiEvent({ body: BODY, query: '' })],
    ['a charset', httpApiEvent({ body: BODY, headers: { 'content-type': 'application/json; charset=utf-8' } })],
    [
      'a charset without a space',
      httpApiEvent({ body: BODY, headers: { 'content-type': 'application/json;charset=UTF-8' } }),
    ],
    [
      'payload format 1.0, as REST APIs send it',
      { version: '1.0', resource: '/', ...v1, requestContext: { httpMethod: 'POST', stage: '$default' } },
    ],
    ['a content type in odd case', httpApiEvent({ body: BODY, headers: { 'content-type': 'Application/JSON' } })],
  ])('%s: the same answer', async (_what, event) => {
    const expected = await openMutateEntryPoint().handler(httpApiEvent({ body: BODY }));
    expect(expected.statusCode).toBe(200);
    expect(await openMutateEntryPoint().handler(event)).toEqual(expected);
  });

  test.each<[what: string, event: unknown]>([
    ['a load balancer', { ...v1, requestContext: { elb: { targetGroupArn: 'arn:aws:x' } } }],
    ['no requestContext', v1],
    ['requestContext null', { ...httpApiEvent({ body: BODY }), requestContext: null }],
    ['http a string', { ...httpApiEvent({ body: BODY }), requestContext: { http: 'POST' } }],
    ['no method', { ...httpApiEvent({ body: BODY }), requestContext: { http: {} } }],
    ['no path', { ...httpApiEvent({ body: BODY }), rawPath: undefined }],
    ['a body that is an object', { ...httpApiEvent(), body: {} }],
    ['a schedule', { source: 'aws.events', 'detail-type': 'Scheduled Event' }],
    ['null', null],
    ['a list', []],
    ['a string', 'x'],
    ['nothing', undefined],
  ])('%s: 400, never an error', async (_what, event) => {
    const result = await openMutateEntryPoint().handler(event);
    expect(result.statusCode).toBe(400);
    expect(result.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test.each([undefined, null, 'x', [], {}])('headers %j: 415', async (headers) => {
    expect((await openMutateEntryPoint().handler({ ...httpApiEvent({ body: BODY }), headers })).statusCode).toBe(415);
  });
});

describe('what is refused before anything is read', () => {
  test.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'get'])('%s: 405', async (method) => {
    const result = await openMutateEntryPoint().handler(httpApiEvent({ method, body: BODY }));
    expect(result).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
  });

  test.each([
    undefined,
    '',
    'text/plain',
    'application/yaml',
    'application/json-patch+json',
    'application/jsonx',
    'text/json',
    'multipart/form-data',
  ])('content type %j: 415', async (type) => {
    const event = httpApiEvent({ body: BODY });
    const result = await openMutateEntryPoint().handler({
      ...event,
      headers: type === undefined ? {} : { 'content-type': type },
    });
    expect(result.statusCode).toBe(415);
  });

  test.each([
    ['plain', 'x'.repeat(6 * 1024 * 1024 + 1)],
    ['plain, counted in bytes', 'ü'.repeat(3 * 1024 * 1024 + 1)],
    ['in base64', Buffer.alloc(6 * 1024 * 1024 + 1, 'x')],
  ])('more than 6 MiB %s: 413', async (_what, body) => {
    expect((await openMutateEntryPoint().handler(httpApiEvent({ body }))).statusCode).toBe(413);
  });

  test('the order is token, method, size, content type, review', async () => {
    const large = 'x'.repeat(6 * 1024 * 1024 + 1);
    const plain = { 'content-type': 'text/plain' };
    const bad = { path: '/v1/mutate/local/x', body: large, headers: plain, method: 'GET' };
    const status = async (...calls: Parameters<typeof httpApiEvent>) =>
      (await openMutateEntryPoint().handler(httpApiEvent(...calls))).statusCode;
    expect(await status(bad)).toBe(403);
    expect(await status({ body: large, headers: plain, method: 'GET' })).toBe(405);
    expect(await status({ body: large, headers: plain })).toBe(413);
    expect(await status({ body: '{', headers: plain })).toBe(415);
    expect(await status({ body: '{' })).toBe(400);
  });
});

describe('bodies that are no review: 400 with a sentence', () => {
  test.each<[what: string, body: string | Buffer]>([
    ['empty', ''],
    ['white space', ' \n\t'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a number', '42'],
    ['cut off', BODY.slice(0, -5)],
    ['something behind', `${BODY}x`],
    ['two documents', `${BODY}\n${BODY}`],
    ['a byte order mark', `\uFEFF${BODY}`],
    ['a byte order mark in base64', Buffer.from(`\uFEFF${BODY}`)],
    ['a NUL', `${BODY}\0`],
    ['YAML', 'apiVersion: admission.k8s.io/v1'],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from(BODY.replace('shop:1', '')), Buffer.from([0xff, 0xfe])])],
    ['not UTF-8 within a string', Buffer.from(BODY).fill(0xc3, 60, 61)],
    [
      'not UTF-8 within a value of the Pod',
      Buffer.from(BODY).fill(0xff, BODY.indexOf('shop:1'), BODY.indexOf('shop:1') + 1),
    ],
    ['UTF-16', Buffer.from(BODY, 'utf16le')],
    ['100,000 levels', '['.repeat(100_000)],
    ['another kind', BODY.replace('AdmissionReview', 'ConversionReview')],
    ['another version', BODY.replace('admission.k8s.io/v1', 'admission.k8s.io/v2')],
  ])('%s', async (_what, body) => {
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body }));
    expect(result.statusCode).toBe(400);
    expect(result.body).toMatch(/^[^\n]{10,300}\n$/);
  });

  test('no body at all', async () => {
    expect((await openMutateEntryPoint().handler(httpApiEvent())).statusCode).toBe(400);
  });

  test.each(['not base64!', 'abc', 'YWJj=', '====', 'YWJ-_w=='])('marked as base64 but %j', async (body) => {
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body, isBase64Encoded: true }));
    expect(result.statusCode).toBe(400);
  });
});

describe('base64 that a lenient decoder would take', () => {
  const good = Buffer.from(BODY).toString('base64');
  test.each([
    ['with a stranger among its characters', `!!!!${good}`],
    ['with a line break', `${good.slice(0, 76)}\n\n\n\n${good.slice(76)}`],
    ['in the alphabet of URLs', Buffer.from(BODY.replace('shop:1', '???>>>')).toString('base64url')],
    ['cut within its last four characters', good.replace(/=*$/, '').slice(0, -1)],
  ])('%s: 400', async (_what, body) => {
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body, isBase64Encoded: true }));
    expect([result.statusCode, result.body]).toEqual([400, expect.stringMatching(/base64/)]);
  });
});

describe('what comes back', () => {
  test('the literal bytes', async () => {
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body: BODY }));
    expect(result.headers).toEqual({ 'content-type': 'application/json' });
    const patch = responseOf(result)['patch'];
    expect(patch).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(result.body).toBe(
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"0d5b2a8e-6c1f-4a53-9f0e-3a1f8f6f7c11","allowed":true,' +
        `"auditAnnotations":{"reason":"Injected","templates":"proxy@1","channel":"stable"},"patchType":"JSONPatch","patch":"${patch}"}}`,
    );
    expect(patchOf(result)).toEqual([
      { op: 'add', path: '/metadata/annotations', value: { 'outrigger.dev/status': expect.any(String) } },
      { op: 'add', path: '/spec/containers/-', value: { name: 'proxy', image: 'registry.test/proxy:1' } },
    ]);
  });

  test('a review of v1beta1 is answered in v1beta1', async () => {
    const body = JSON.stringify(reviewDocument(podOf(), {}, { apiVersion: 'admission.k8s.io/v1beta1' }));
    expect((await openMutateEntryPoint().handler(httpApiEvent({ body }))).body).toMatch(
      /^\{"apiVersion":"admission\.k8s\.io\/v1beta1"/,
    );
  });

  test('the same review twice, one after the other and at once: byte-identical', async () => {
    const { handler } = openMutateEntryPoint();
    const event = httpApiEvent({ body: BODY });
    const first = await handler(event);
    const others = await Promise.all([handler(event), handler(event), openMutateEntryPoint().handler(event)]);
    expect([await handler(event), ...others]).toEqual([first, first, first, first]);
  });

  test('a dry run gets the same bytes', async () => {
    const dry = JSON.stringify(reviewDocument(podOf(), { dryRun: true, options: { dryRun: ['All'] } }));
    const { handler } = openMutateEntryPoint();
    expect(await handler(httpApiEvent({ body: dry }))).toEqual(await handler(httpApiEvent({ body: BODY })));
  });

  test.each<[what: string, request: Record<string, unknown>, reason: string]>([
    ['an update', { operation: 'UPDATE' }, 'NotCreate'],
    ['a subresource', { subResource: 'exec', operation: 'CONNECT' }, 'Subresource'],
    ['a deletion', { operation: 'DELETE', object: null }, 'NotCreate'],
    ['kube-system', { namespace: 'kube-system' }, 'SystemNamespace'],
  ])('%s is allowed without a patch', async (_what, request, reason) => {
    const result = await openMutateEntryPoint().handler(
      httpApiEvent({ body: JSON.stringify(reviewDocument(podOf(), request)) }),
    );
    expect(responseOf(result)).toEqual({ uid: expect.any(String), allowed: true, auditAnnotations: { reason } });
  });

  test('templates of the store that changes are used, and the other clusters keep theirs', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('team', templateDocument('team', { match: {} }), 'stable');
    expect(JSON.stringify(patchOf(await entryPoint.handler(httpApiEvent({ body: BODY }))))).toContain(
      'registry.test/team:1',
    );
  });

  test('keys of the prototype change nothing', async () => {
    const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}';
    const body = BODY.replace('"name":"shop"', `"labels":${evil},"annotations":${evil}`)
      .replace('"image":"shop:1"', `"resources":${evil}`)
      .replace('{', `{"__proto__":{"polluted":1},`);
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body }));
    expect(responseOf(result)['allowed']).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(JSON.stringify(patchOf(result))).not.toContain('polluted');
  });
});
