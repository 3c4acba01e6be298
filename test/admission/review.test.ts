import { describe, expect, test } from 'vitest';
import { decodeReview, NESTING_MAX } from '../../functions/admission/review.ts';
import { describeFaults } from '../../functions/json/faults.ts';
import { podOf } from '../support/pods.ts';
import { requestOf, reviewDocument } from '../support/reviews.ts';

const GOOD = JSON.stringify(reviewDocument(podOf()));

/** The faults of a body in words; 'valid' when there are none. */
function faultsOf(body: string): string {
  const decoded = decodeReview(body);
  return decoded.valid ? 'valid' : describeFaults(decoded.faults);
}

const review = (request: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  JSON.stringify(reviewDocument(podOf(), request, more));

describe('bodies that are no JSON object', () => {
  test.each([
    ['empty', '', 'the body is empty; an AdmissionReview in JSON is expected'],
    ['white space', ' \r\n\t ', 'the body is empty; an AdmissionReview in JSON is expected'],
    ['only a byte order mark', '\uFEFF', 'the body is empty; an AdmissionReview in JSON is expected'],
    ['null', 'null', 'the body is not a JSON object; an AdmissionReview is expected'],
    ['a list', '[]', 'the body is not a JSON object; an AdmissionReview is expected'],
    ['a string', '"x"', 'the body is not a JSON object; an AdmissionReview is expected'],
    ['a number', '42', 'the body is not a JSON object; an AdmissionReview is expected'],
    ['true', 'true', 'the body is not a JSON object; an AdmissionReview is expected'],
    ['cut off', GOOD.slice(0, -1), 'the body is not valid JSON'],
    ['something behind', `${GOOD}}`, 'the body is not valid JSON'],
    ['two documents', GOOD + GOOD, 'the body is not valid JSON'],
    ['a byte order mark', `\uFEFF${GOOD}`, 'the body is not valid JSON'],
    ['a NUL before', `\0${GOOD}`, 'the body is not valid JSON'],
    ['a NUL behind', `${GOOD}\0`, 'the body is not valid JSON'],
    ['a NUL in a string', GOOD.replace('shop', 'sh\0op'), 'the body is not valid JSON'],
    ['single quotes', "{'kind': 1}", 'the body is not valid JSON'],
    ['a comment', `// x\n${GOOD}`, 'the body is not valid JSON'],
    ['NaN', '{"kind": NaN}', 'the body is not valid JSON'],
  ])('%s', (_what, body, fault) => {
    expect(faultsOf(body)).toBe(fault);
  });

  test('a sentence never quotes the body', () => {
    expect(faultsOf('{"password": hunter2')).not.toContain('hunter2');
  });
});

describe('nesting', () => {
  const nested = (levels: number, open: string, close: string) =>
    GOOD.replace('"oldObject":null', `"oldObject":${open.repeat(levels)}1${close.repeat(levels)}`);
  test.each([
    ['1,000 lists', nested(1_000, '[', ']')],
    ['1,000 maps', nested(1_000, '{"a":', '}')],
    ['100,000 lists', nested(100_000, '[', ']')],
    ['100,000 maps', nested(100_000, '{"a":', '}')],
    ['100,000 open brackets and nothing else', '['.repeat(100_000)],
    [
      '100,000 levels of managedFields',
      JSON.stringify(reviewDocument(podOf({}, { managedFields: [] }))).replace(
        '"managedFields":[]',
        `"managedFields":${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      ),
    ],
  ])('%s are refused before they are parsed', (_what, body) => {
    expect(faultsOf(body)).toBe(`the body nests deeper than ${NESTING_MAX} levels`);
  });

  test('the bound itself is accepted', () => {
    expect(faultsOf(nested(NESTING_MAX - 2, '[', ']'))).toBe('valid');
    expect(faultsOf(nested(NESTING_MAX - 1, '[', ']'))).not.toBe('valid');
  });

  test('brackets in strings do not count', () => {
    expect(faultsOf(GOOD.replace('shop:1', '[{'.repeat(100_000)))).toBe('valid');
    expect(faultsOf(GOOD.replace('shop:1', `\\"${'['.repeat(100_000)}\\\\`))).toBe('valid');
  });
});

describe('every fault comes with its path', () => {
  const version = 'apiVersion: must be admission.k8s.io/v1 or admission.k8s.io/v1beta1';
  test.each<[what: string, body: string, fault: string]>([
    ['apiVersion v2', review({}, { apiVersion: 'admission.k8s.io/v2' }), version],
    ['apiVersion missing', review({}, { apiVersion: undefined }), version],
    ['apiVersion a list', review({}, { apiVersion: ['admission.k8s.io/v1'] }), version],
    ['kind of another thing', review({}, { kind: 'Pod' }), 'kind: must be AdmissionReview'],
    ['kind missing', review({}, { kind: undefined }), 'kind: must be AdmissionReview'],
    ['request missing', review({}, { request: undefined }), 'request: must be an object'],
    ['request null', review({}, { request: null }), 'request: must be an object'],
    ['request a list', review({}, { request: [] }), 'request: must be an object'],
    ['response instead', review({}, { request: undefined, response: {} }), 'request: must be an object'],
    ['uid missing', review({ uid: undefined }), 'request.uid: must be a string'],
    ['uid null', review({ uid: null }), 'request.uid: must be a string'],
    ['uid a number', review({ uid: 7 }), 'request.uid: must be a string'],
    ['uid empty', review({ uid: '' }), 'request.uid: must have 1 to 256 characters'],
    ['uid of 10 KB', review({ uid: 'x'.repeat(10_240) }), 'request.uid: must have 1 to 256 characters'],
    ['kind of the request missing', review({ kind: undefined }), 'request.kind: must be an object'],
    ['kind of the request a string', review({ kind: 'Pod' }), 'request.kind: must be an object'],
    ['kind.kind missing', review({ kind: { group: '', version: 'v1' } }), 'request.kind.kind: must be a string'],
    ['kind.version a number', review({ kind: { version: 1, kind: 'Pod' } }), 'request.kind.version: must be a string'],
    [
      'kind.group a list',
      review({ kind: { group: [], version: 'v1', kind: 'Pod' } }),
      'request.kind.group: must be a string',
    ],
    ['resource missing', review({ resource: undefined }), 'request.resource: must be an object'],
    [
      'resource.resource missing',
      review({ resource: { version: 'v1' } }),
      'request.resource.resource: must be a string',
    ],
    ['operation missing', review({ operation: undefined }), 'request.operation: must be a string'],
    ['operation null', review({ operation: null }), 'request.operation: must be a string'],
    ['subResource a number', review({ subResource: 1 }), 'request.subResource: must be a string'],
    ['namespace a map', review({ namespace: {} }), 'request.namespace: must be a string'],
    ['name a number', review({ name: 1 }), 'request.name: must be a string'],
    ['dryRun a string', review({ dryRun: 'false' }), 'request.dryRun: must be a boolean'],
    ['an empty object', '{}', `${version}; kind: must be AdmissionReview; request: must be an object`],
  ])('%s', (_what, body, fault) => {
    expect(faultsOf(body)).toBe(fault);
  });

  test('all of them are told at once', () => {
    const all = faultsOf(review({ uid: 7, kind: null, operation: 7 }, { kind: 'X' }));
    for (const path of ['kind:', 'request.uid:', 'request.kind:', 'request.operation:']) expect(all).toContain(path);
  });
});

describe('what is read', () => {
  test.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])('%s', (apiVersion) => {
    const decoded = decodeReview(review({}, { apiVersion }));
    expect(decoded).toMatchObject({
      valid: true,
      value: {
        apiVersion,
        request: { operation: 'CREATE', namespace: 'shop', name: undefined, subResource: '', dryRun: false },
      },
    });
  });

  test.each([
    ['name absent', {}, { name: undefined }],
    ['name empty', { name: '' }, { name: undefined }],
    ['name null', { name: null }, { name: undefined }],
    ['name of 253 characters', { name: 'x'.repeat(253) }, { name: 'x'.repeat(253) }],
    ['namespace absent', { namespace: undefined }, { namespace: '' }],
    ['dryRun null', { dryRun: null }, { dryRun: false }],
    ['dryRun true', { dryRun: true }, { dryRun: true }],
    ['object absent', { object: undefined }, { object: null }],
    [
      'group null',
      { kind: { group: null, version: 'v1', kind: 'Pod' } },
      { kind: { group: '', version: 'v1', kind: 'Pod' } },
    ],
    ['a uid that is no UUID', { uid: 'a b/ü\n\u0000' }, { uid: 'a b/ü\n\u0000' }],
    ['a uid of 256 characters', { uid: 'x'.repeat(256) }, { uid: 'x'.repeat(256) }],
  ])('%s', (_what, request, read) => {
    expect(requestOf(podOf(), request)).toMatchObject(read);
  });

  test('request.kind counts, not requestKind (conversion by matchPolicy: Equivalent)', () => {
    const other = { group: 'apps', version: 'v1', kind: 'Deployment' };
    expect(requestOf(podOf(), { requestKind: other }).kind.kind).toBe('Pod');
  });

  test('unknown fields at every level are ignored, and the object keeps its own', () => {
    const future = { future: { a: [1] } };
    const body = review(
      {
        ...future,
        kind: { group: '', version: 'v1', kind: 'Pod', ...future },
        object: { ...podOf(future), ...future },
      },
      future,
    );
    const decoded = decodeReview(body);
    expect(decoded.valid && decoded.value.request.object).toEqual({ ...podOf(future), ...future });
  });

  test('of a key written twice the last counts, as in Go', () => {
    const decoded = decodeReview(
      GOOD.replace('"uid":', '"uid":"first","uid":').replace('"containers":', '"containers":[],"containers":'),
    );
    expect(decoded.valid && decoded.value.request).toEqual(requestOf(podOf()));
  });
});

describe('keys that name the prototype', () => {
  const evil = '{"polluted":true,"apiVersion":"x","uid":"x","name":"x"}';
  test.each([
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
  ])('%s at every level changes nothing', (key) => {
    const body = GOOD.replaceAll('{', `{"${key}":${evil},`);
    const decoded = decodeReview(body);
    expect(decoded).toMatchObject({
      valid: true,
      value: { request: { uid: requestOf(podOf()).uid, name: undefined } },
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  test('they do not stand in for missing fields', () => {
    const body = '{"__proto__":{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x"}}}';
    expect(faultsOf(body)).toContain('request: must be an object');
    expect(faultsOf(review({ uid: undefined }).replace('"request":{', '"request":{"__proto__":{"uid":"x"},'))).toBe(
      'request.uid: must be a string',
    );
  });
});

test.each([
  [
    '100,000 keys in one object',
    { object: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])) },
  ],
  [
    '100,000 keys like indexes',
    { object: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [String(i * 4_096), i])) },
  ],
  ['a string of 1 MB', { object: 'x'.repeat(1_048_576) }],
  ['1 MB of escaped quotes', { object: '"'.repeat(524_288) }],
  ['1 MB of backslashes', { object: '\\'.repeat(524_288) }],
  ['a list of 100,000', { object: Array.from({ length: 100_000 }, () => ({})) }],
])('%s: in linear time', (_what, request) => {
  const body = review(request);
  const started = performance.now();
  expect(faultsOf(body)).toBe('valid');
  expect(performance.now() - started).toBeLessThan(1_000);
});
