import { describe, expect, test } from 'vitest';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { manifestOf, specOf } from '../support/canaries.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where a manifest has faults, each fault once. */
function placesOf(spec: Fields, metadata: Fields = {}): readonly string[] {
  const parsed = parseCanary(manifestOf(spec, metadata));
  return parsed.valid ? [] : parsed.faults.map(({ path }) => path);
}
const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const named = (count: number, value: unknown): Fields => Object.fromEntries(many(count, (i) => [`n${i}`, value]));
const match = (more: Fields): Fields => ({ match: [more] });
const affinity = (...hashOn: readonly unknown[]): Fields => ({ sessionAffinity: { hashOn } });
const backends = (canary: Fields): Fields => ({
  backends: [
    { name: 'stable', service: 'cart-stable' },
    { name: 'canary', service: 'cart-canary', ...canary },
  ],
});
const PRESENT = { present: true };

describe('the largest that a spec may have, and one more:', () => {
  test.each<[string, Fields, Fields, string]>([
    [
      'entries of match',
      { match: many(16, () => ({ headers: { a: PRESENT } })) },
      { match: many(17, () => ({})) },
      'spec.match',
    ],
    [
      'headers of an entry',
      match({ headers: named(16, PRESENT) }),
      match({ headers: named(17, PRESENT) }),
      'spec.match[0].headers',
    ],
    [
      'cookies of an entry',
      match({ cookies: named(16, PRESENT) }),
      match({ cookies: named(17, PRESENT) }),
      'spec.match[0].cookies',
    ],
    [
      'keys of an affinity',
      affinity(...many(8, () => ({ sourceIP: true }))),
      affinity(...many(9, () => ({ sourceIP: true }))),
      'spec.sessionAffinity.hashOn',
    ],
    ['namespaces', { exportTo: many(64, (i) => `n${i}`) }, { exportTo: many(65, (i) => `n${i}`) }, 'spec.exportTo'],
    [
      'a port',
      { service: { name: 'cart', port: 65_535 } },
      { service: { name: 'cart', port: 65_536 } },
      'spec.service.port',
    ],
    ['a backend’s port', backends({ port: 65_535 }), backends({ port: 65_536 }), 'spec.backends[1].port'],
    ['a mirror', { mirror: { percentage: 100 } }, { mirror: { percentage: 100.01 } }, 'spec.mirror.percentage'],
    [
      'decimals of a mirror',
      { mirror: { percentage: 0.01 } },
      { mirror: { percentage: 0.015 } },
      'spec.mirror.percentage',
    ],
  ])('%s', (_what, most, more, path) => {
    expect([placesOf(most), placesOf(more)]).toEqual([[], [path]]);
  });

  test.each<[string, Fields, Fields, string]>([
    ['a port', { service: { name: 'cart', port: 1 } }, { service: { name: 'cart', port: 0 } }, 'spec.service.port'],
    ['a backend’s port', backends({ port: 1 }), backends({ port: 0 }), 'spec.backends[1].port'],
    ['a mirror', { mirror: { percentage: 0 } }, { mirror: { percentage: -0.01 } }, 'spec.mirror.percentage'],
  ])('the smallest, and one less: %s', (_what, least, less, path) => {
    expect([placesOf(least), placesOf(less)]).toEqual([[], [path]]);
  });

  test.each<[string, Fields, Fields, string]>([
    ['labels', { labels: named(64, '') }, { labels: named(65, '') }, 'metadata.labels'],
    ['annotations', { annotations: named(64, '') }, { annotations: named(65, '') }, 'metadata.annotations'],
    [
      'characters of an annotation',
      { annotations: { a: 'x'.repeat(16_384) } },
      { annotations: { a: 'x'.repeat(16_385) } },
      'metadata.annotations["a"]',
    ],
  ])('in the metadata: %s', (_what, most, more, path) => {
    expect([placesOf({}, most), placesOf({}, more)]).toEqual([[], [path]]);
  });
});

describe('what is not of its kind is one fault, where it is:', () => {
  test.each<[string, Fields, string]>([
    ['a list as the service', { service: [] }, 'spec.service'],
    ['a number as the name of the Service', { service: { name: 1, port: 80 } }, 'spec.service.name'],
    ['a Service without a name', { service: { port: 80 } }, 'spec.service.name'],
    ['more about the Service', { service: { name: 'cart', port: 80, host: 'x' } }, 'spec.service.host'],
    ['a host in place of a backend’s Service', backends({ service: 'cart-canary.shop' }), 'spec.backends[1].service'],
    ['a backend without a Service', backends({ service: undefined }), 'spec.backends[1].service'],
    ['more about a backend', backends({ weight: 1 }), 'spec.backends[1].weight'],
    ['a third backend', { backends: [...specOf().backends, { name: 'canary', service: 'c' }] }, 'spec.backends'],
    ['a map as the backends', { backends: {} }, 'spec.backends'],
    ['a match that is no object', { match: [1] }, 'spec.match[0]'],
    ['more in a match', match({ headers: { a: PRESENT }, path: '/' }), 'spec.match[0].path'],
    ['a text as the headers', match({ headers: 'a', cookies: { a: PRESENT } }), 'spec.match[0].headers'],
    ['a text as a condition', match({ headers: { a: 'b' } }), 'spec.match[0].headers["a"]'],
    ['a condition of nothing', match({ headers: { a: {} } }), 'spec.match[0].headers["a"]'],
    ['presence and a text', match({ headers: { a: { present: true, exact: 'b' } } }), 'spec.match[0].headers["a"]'],
    ['a number to be equal to', match({ headers: { a: { exact: 1 } } }), 'spec.match[0].headers["a"].exact'],
    ['a hash key of another kind', affinity({ query: 'a' }), 'spec.sessionAffinity.hashOn[0]'],
    ['a hash key without a name', affinity({ header: '' }), 'spec.sessionAffinity.hashOn[0]'],
    ['a hash key that is no name', affinity({ cookie: 1 }), 'spec.sessionAffinity.hashOn[0]'],
    ['an address that is not to count', affinity({ sourceIP: false }), 'spec.sessionAffinity.hashOn[0]'],
    ['a text as a hash key', affinity('header'), 'spec.sessionAffinity.hashOn[0]'],
    ['a map as the hash keys', { sessionAffinity: { hashOn: {} } }, 'spec.sessionAffinity.hashOn'],
    ['a mirror without a share', { mirror: {} }, 'spec.mirror.percentage'],
    ['a text as a share', { mirror: { percentage: '1' } }, 'spec.mirror.percentage'],
    ['a text as the namespaces', { exportTo: 'a' }, 'spec.exportTo'],
  ])('%s', (_what, spec, path) => {
    expect(placesOf(spec)).toEqual([path]);
  });
});

test('a port that a backend does not name is that of the Service', () => {
  const parsed = parseCanary(manifestOf({ service: { name: 'cart', port: 9 }, ...backends({ port: 10 }) }));
  expect(parsed.valid && parsed.value.spec.backends.map(({ port }) => port)).toEqual([9, 10]);
});

test('null and an empty text in the metadata are what is absent', () => {
  const metadata = { uid: '', resourceVersion: null, labels: null, annotations: null };
  const parsed = parseCanary(manifestOf({}, metadata));
  expect(parsed).toMatchObject({ valid: true });
  expect(parsed.valid && parsed.value.metadata).toEqual({
    name: 'cart',
    namespace: 'shop',
    labels: {},
    annotations: {},
  });
});

test.each<[string, Fields, string]>([
  ['no metadata', { metadata: undefined }, 'metadata: is missing'],
  ['no spec', { spec: undefined }, 'spec: is missing'],
  ['metadata that are a list', { metadata: [] }, 'metadata: must be an object'],
  ['a spec that is a text', { spec: 'x' }, 'spec: must be an object'],
])('one fault of a manifest: %s', (_what, more, fault) => {
  const parsed = parseCanary({ ...manifestOf(), ...more });
  expect(parsed.valid ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([fault]);
});
