import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { anyJson } from '../support/arbitraries.ts';
import { manifestOf, specOf } from '../support/canaries.ts';

/** The faults of a manifest whose spec is changed like this, as `path: message`. */
function faultsOf(spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): string[] {
  const parsed = parseCanary(manifestOf(spec, metadata));
  return parsed.valid ? [] : parsed.faults.map((f) => `${f.path}: ${f.message}`);
}

describe('a manifest', () => {
  test('gets the defaults', () => {
    const spec = {
      service: { name: 'cart', port: 8080 },
      backends: [
        { name: 'canary', service: 'cart-canary', port: 9090 },
        { name: 'stable', service: 'cart-stable' },
      ],
    };
    expect(parseCanary({ ...manifestOf(), spec })).toEqual({
      valid: true,
      value: {
        metadata: { name: 'cart', namespace: 'shop', labels: {}, annotations: {} },
        spec: specOf({
          backends: [
            { name: 'stable', service: 'cart-stable', port: 8080 },
            { name: 'canary', service: 'cart-canary', port: 9090 },
          ],
        }),
      },
    });
  });

  test('that was read and comes back is taken; what is the server’s is passed over', () => {
    const more = {
      generation: 3,
      creationTimestamp: 'x',
      managedFields: [],
      labels: { app: 'cart' },
      resourceVersion: '7',
    };
    const parsed = parseCanary({ ...manifestOf({}, more), status: { phase: 'Failed' } });
    expect(parsed).toMatchObject({
      valid: true,
      value: { metadata: { resourceVersion: '7', labels: { app: 'cart' } } },
    });
    expect(parsed.valid && 'status' in parsed.value).toBe(false);
  });

  test('keeps everything that it may say about requests, names of headers in lower case', () => {
    const spec = {
      totalWeight: 10_000,
      exportTo: ['.', 'web', 'web'],
      match: [
        { headers: { 'X-Canary': { exact: 'always' } }, cookies: { Track: { prefix: 'c' } } },
        { headers: { a: { present: true } } },
      ],
      sessionAffinity: { hashOn: [{ header: 'X-User' }, { cookie: 'sid' }, { sourceIP: true }] },
      mirror: { percentage: 0.07 },
    };
    const parsed = parseCanary(manifestOf(spec));
    expect(parsed.valid && parsed.value.spec).toEqual({
      ...specOf(),
      ...spec,
      exportTo: ['.', 'web'],
      match: [
        { headers: { 'x-canary': { exact: 'always' } }, cookies: { Track: { prefix: 'c' } } },
        { headers: { a: { present: true } } },
      ],
      sessionAffinity: { hashOn: [{ header: 'x-user' }, { cookie: 'sid' }, { sourceIP: true }] },
    });
  });
});

describe('a fault is told with its path:', () => {
  const stable = { name: 'stable', service: 'cart-stable' };
  test.each<[string, Record<string, unknown>, string]>([
    [
      'an unknown field, with those that are known',
      { steps: [] },
      'spec.steps: unknown field; known are service, backends',
    ],
    ['a missing service', { service: undefined }, 'spec.service: is missing'],
    ['a service without a port', { service: { name: 'cart' } }, 'spec.service.port: is missing'],
    ['a port that is none', { service: { name: 'cart', port: 65_536 } }, 'spec.service.port: must be a whole number'],
    [
      'a host in place of a Service',
      { service: { name: 'cart.shop.svc', port: 1 } },
      'spec.service.name: must be the name',
    ],
    ['a Service without a name', { service: { name: '', port: 1 } }, 'spec.service.name: must be the name'],
    [
      'a backend whose Service has no name',
      { backends: [stable, { name: 'canary', service: '' }] },
      'spec.backends[1].service: must be the name',
    ],
    ['one backend', { backends: [stable] }, 'spec.backends: must be a list of two'],
    [
      'two backends of one name',
      { backends: [stable, { ...stable, service: 'b' }] },
      'spec.backends[1].name: there is another stable',
    ],
    [
      'two backends of one Service',
      { backends: [stable, { name: 'canary', service: 'cart-stable' }] },
      'spec.backends: stable and canary must be two',
    ],
    [
      'the callers’ Service as a backend',
      {
        backends: [
          { name: 'stable', service: 'cart' },
          { name: 'canary', service: 'c' },
        ],
      },
      'spec.backends[0].service: must be a headless Service of its own',
    ],
    [
      'another track',
      { backends: [stable, { name: 'beta', service: 'b' }] },
      'spec.backends[1].name: must be one of stable, canary',
    ],
    ['a backend that is none', { backends: [null, stable] }, 'spec.backends[0]: must be an object'],
    ['another total', { totalWeight: 1_000 }, 'spec.totalWeight: must be 100, or 10000'],
    ['nobody to export to', { exportTo: [] }, 'spec.exportTo: must have 1 to 64 entries'],
    ['a pattern to export to', { exportTo: ['team-*'] }, 'spec.exportTo[0]: must be * (every namespace)'],
    ['a group that is no name', { group: 'Check out' }, 'spec.group: must be the name of a group'],
    ['a group of 64 characters', { group: 'g'.repeat(64) }, 'spec.group: must be the name of a group'],
    ['a group without a name', { group: '' }, 'spec.group: must be the name of a group'],
    [
      'one Kubernetes cluster',
      { clusters: { names: ['east'] } },
      'spec.clusters.names: must be a list of 2 to 10 names',
    ],
    [
      'eleven Kubernetes clusters',
      { clusters: { names: Array.from({ length: 11 }, (_, i) => `c${i}`) } },
      'spec.clusters.names: must be a list of 2 to 10 names',
    ],
    [
      'a Kubernetes cluster twice',
      { clusters: { names: ['a', 'b', 'a'] } },
      'spec.clusters.names[2]: there is another a',
    ],
    [
      'a name of no Kubernetes cluster',
      { clusters: { names: ['a', 'b#c'] } },
      'spec.clusters.names[1]: must be the name of',
    ],
    [
      'an order that is none',
      { clusters: { names: ['a', 'b'], order: 'Last' } },
      'spec.clusters.order: must be one of OneByOne, AtOnce',
    ],
    ['several Kubernetes clusters by hand', { clusters: { names: ['a', 'b'] } }, 'spec.clusters: needs spec.strategy'],
    [
      'several Kubernetes clusters and a group',
      { clusters: { names: ['a', 'b'] }, group: 'g', strategy: {} },
      'spec.clusters: must not stand beside spec.group',
    ],
    ['a match of everything', { match: [{}] }, 'spec.match[0]: must name a header or a cookie'],
    ['too many matches', { match: Array.from({ length: 17 }, () => ({})) }, 'spec.match: must be a list of at most 16'],
    [
      'a pseudo header',
      { match: [{ headers: { ':path': { exact: '/' } } }] },
      'spec.match[0].headers[":path"]: is not a name',
    ],
    [
      'a header twice',
      { match: [{ headers: { 'X-A': { present: true }, 'x-a': { present: true } } }] },
      'spec.match[0].headers["x-a"]: is there twice',
    ],
    [
      'a line break in a value',
      { match: [{ headers: { a: { exact: 'b\r\nc: d' } } }] },
      'spec.match[0].headers["a"].exact: must be 1 to 256 visible',
    ],
    [
      'a regular expression',
      { match: [{ headers: { a: { regex: '.*' } } }] },
      'spec.match[0].headers["a"]: must be one of {exact',
    ],
    [
      'two conditions at once',
      { match: [{ headers: { a: { exact: 'b', prefix: 'b' } } }] },
      'spec.match[0].headers["a"]: must be one of {exact',
    ],
    [
      'absence',
      { match: [{ headers: { a: { present: false } } }] },
      'spec.match[0].headers["a"]: must be one of {exact',
    ],
    [
      'a semicolon in a cookie',
      { match: [{ cookies: { a: { prefix: 'b;c' } } }] },
      'spec.match[0].cookies["a"].prefix: must be',
    ],
    ['no hash key', { sessionAffinity: { hashOn: [] } }, 'spec.sessionAffinity.hashOn: must be a list of 1 to 8'],
    [
      'a hash key of two kinds',
      { sessionAffinity: { hashOn: [{ header: 'a', cookie: 'b' }] } },
      'spec.sessionAffinity.hashOn[0]: must be one of',
    ],
    [
      'a mirror of more than all',
      { mirror: { percentage: 101 } },
      'spec.mirror.percentage: must be a number from 0 to 100',
    ],
    [
      'a mirror finer than weights',
      { mirror: { percentage: 0.001 } },
      'spec.mirror.percentage: must be a number from 0 to 100',
    ],
  ])('%s', (_case, spec, fault) => {
    expect(faultsOf(spec)).toEqual([expect.stringContaining(fault)]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a name', { name: 'Cart' }, 'metadata.name: must be a DNS label'],
    ['a namespace', { namespace: '../x' }, 'metadata.namespace: must be a DNS label'],
    ['generateName', { generateName: 'cart-' }, 'metadata.generateName: unknown field'],
    ['a label’s key', { labels: { 'a/b/c': 'x' } }, 'metadata.labels["a/b/c"]: is not a valid key'],
    ['a label’s value', { labels: { a: 'x y' } }, 'metadata.labels["a"]: must be a label value'],
    ['a number as a value', { annotations: { a: 1 } }, 'metadata.annotations["a"]: must be a string'],
    ['a version', { resourceVersion: '07' }, 'metadata.resourceVersion: must be a whole number'],
  ])('in the metadata: %s', (_case, metadata, fault) => {
    expect(faultsOf({}, metadata)).toEqual([expect.stringContaining(fault)]);
  });

  test('all at once', () => {
    const document = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: '' },
      spec: { service: {}, backends: [] },
      more: 1,
    };
    const parsed = parseCanary(document);
    expect(parsed.valid ? [] : parsed.faults.map((f) => f.path)).toEqual([
      'more',
      'apiVersion',
      'kind',
      'spec.service.name',
      'spec.service.port',
      'spec.backends',
    ]);
  });
});

test('any JSON is answered, and what is taken stays the same when it is written and read again', () => {
  const spec = fc.record(
    {
      service: fc.oneof(anyJson, fc.constant({ name: 'cart', port: 80 })),
      backends: fc.oneof(anyJson, fc.constant(specOf().backends)),
      totalWeight: fc.oneof(anyJson, fc.constantFrom(100, 10_000)),
      exportTo: fc.oneof(anyJson, fc.constantFrom(['*'], ['.', 'a'])),
      match: fc.oneof(anyJson, fc.array(fc.record({ headers: anyJson, cookies: anyJson }), { maxLength: 2 })),
      sessionAffinity: fc.oneof(anyJson, fc.record({ hashOn: anyJson })),
      mirror: fc.oneof(anyJson, fc.record({ percentage: fc.double() })),
    },
    { requiredKeys: ['service', 'backends'] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        anyJson,
        fc.record({ spec }).map((s) => manifestOf(s.spec)),
      ),
      (document) => {
        const parsed = parseCanary(document);
        if (!parsed.valid) {
          expect(parsed.faults.length).toBeGreaterThan(0);
          return;
        }
        const again = parseCanary({ ...manifestOf(), spec: JSON.parse(JSON.stringify(parsed.value.spec)) });
        expect(again.valid && again.value.spec).toEqual(parsed.value.spec);
      },
    ),
    { numRuns: 2_000 },
  );
});
