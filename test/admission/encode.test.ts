import { describe, expect, test } from 'vitest';
import { encodeReview } from '../../functions/admission/encode.ts';
import {
  type AdmissionResponse,
  allowed,
  denied,
  patched,
  withAudit,
  withWarnings,
} from '../../functions/admission/response.ts';
import { REVIEW_VERSIONS } from '../../functions/admission/review.ts';
import { add } from '../../functions/kubernetes/json-patch.ts';
import { at } from '../support/values.ts';

const V1 = { apiVersion: REVIEW_VERSIONS[0], request: { uid: 'abc' } };
const head = '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"abc",';
const PATCH = [add('/spec/containers/-', { name: 'ü/~', image: 'x:1' })];
const PATCH_BASE64 = Buffer.from(JSON.stringify(PATCH)).toString('base64');

describe('the literal text', () => {
  test.each<[what: string, response: AdmissionResponse, rest: string]>([
    ['allowed', allowed(), '"allowed":true}}'],
    ['patched', patched(PATCH), `"allowed":true,"patchType":"JSONPatch","patch":"${PATCH_BASE64}"}}`],
    ['patched with nothing', patched([]), '"allowed":true}}'],
    [
      'denied',
      denied(403, 'no'),
      '"allowed":false,"status":{"status":"Failure","code":403,"reason":"Forbidden","message":"no"}}}',
    ],
    ['warned', withWarnings(allowed(), ['a', 'b']), '"allowed":true,"warnings":["a","b"]}}'],
    ['audited', withAudit(allowed(), { reason: 'X' }), '"allowed":true,"auditAnnotations":{"reason":"X"}}}'],
  ])('%s', (_what, response, rest) => {
    expect(encodeReview(V1, response)).toBe(head + rest);
  });

  test.each(REVIEW_VERSIONS)('%s is answered in its own version', (apiVersion) => {
    expect(at(JSON.parse(encodeReview({ ...V1, apiVersion }, allowed())), 'apiVersion')).toBe(apiVersion);
  });

  test.each(['a b', 'ü🛶', '"\\', '\u0000\n', '\ud800', 'x'.repeat(256)])('the uid %j comes back as it was', (uid) => {
    expect(at(JSON.parse(encodeReview({ ...V1, request: { uid } }, allowed())), 'response', 'uid')).toBe(uid);
  });
});

// Defect 14 of research/injection.md §3.2: `patch: null` with patchType set. The API server wants both or neither.
test.each<[what: string, response: AdmissionResponse]>([
  ['allowed', allowed()],
  ['patched', patched(PATCH)],
  ['patched with nothing', patched([])],
  ['denied', denied(400, 'no')],
])('defect 14: patch and patchType stand together or not at all: %s', (_what, response) => {
  const sent = Object(at(JSON.parse(encodeReview(V1, response)), 'response'));
  expect('patch' in sent).toBe('patchType' in sent);
  expect(Object.values(sent)).not.toContain(null);
});

test.each([
  ['nothing odd', PATCH],
  ['one that repeats', [...PATCH, ...PATCH]],
  ['unicode', [add('/a', 'ü🛶\u2028<>&')]],
  ['a lone surrogate', [add('/a', '\ud800')]],
  ['numbers', [add('/a', [0, -1, 1.5, 1e21])]],
  ['a large one', [add('/a', 'x'.repeat(100_000)), add('/b', 'ü'.repeat(100_001))]],
  ['many', Array.from({ length: 1_000 }, (_, i) => add(`/spec/x${i}`, i))],
  ['every length of padding', ['', 'a', 'aa', 'aaa'].map((text) => add('/a', text))],
  ['frozen ones', [Object.freeze(add('/a', Object.freeze({ b: 1 })))]],
])('the patch is base64 of its JSON: %s', (_what, operations) => {
  for (let again = 0; again < 2; again++) {
    const patch = at(JSON.parse(encodeReview(V1, patched(operations))), 'response', 'patch');
    expect(Buffer.from(String(patch), 'base64').toString()).toBe(JSON.stringify(operations));
    expect(patch).toBe(Buffer.from(JSON.stringify(operations)).toString('base64'));
  }
});

// The reasons that Kubernetes gives with these codes (apimachinery, pkg/apis/meta/v1/types.go).
test.each<[400 | 403, string]>([
  [400, 'BadRequest'],
  [403, 'Forbidden'],
])('a denial with %i has the reason %s', (code, reason) => {
  expect(at(JSON.parse(encodeReview(V1, denied(code, 'no'))), 'response', 'status', 'reason')).toBe(reason);
});
