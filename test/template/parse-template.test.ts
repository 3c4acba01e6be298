import { describe, expect, test } from 'vitest';
import type { Json } from '../../functions/json/json.ts';
import { API_VERSION, parseTemplate } from '../../functions/template/parse/parse-template.ts';
import type { Template } from '../../functions/template/template.ts';

const POD = { spec: { containers: [{ name: 'envoy', image: 'envoy:v1' }] } };

function document(spec: Json, more: Json = {}): Json {
  return { apiVersion: API_VERSION, kind: 'SidecarTemplate', metadata: { name: 'envoy' }, spec, ...more };
}

function parsed(value: unknown): Template {
  const result = parseTemplate(value, '7');
  if (!result.valid) throw new Error(JSON.stringify(result.faults));
  return result.value;
}

function faultPaths(value: unknown): readonly string[] {
  const result = parseTemplate(value, '7');
  return result.valid ? [] : result.faults.map((f) => f.path);
}

/** Objects in objects, so many levels deep. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

describe('a good document', () => {
  test('with only a Pod gets every default', () => {
    const { name, version, order, allow, failureMode, placement, match } = parsed(document({ pod: POD }));
    expect({ name, version, order, allow, failureMode, placement, match }).toEqual({
      name: 'envoy',
      version: '7',
      order: 100,
      allow: { namespaces: ['*'], hostNetwork: false, windows: false },
      failureMode: 'Defer',
      placement: { containers: 'Last', initContainers: 'First', classic: 'First' },
      match: undefined,
    });
  });

  test('keeps what it says', () => {
    const spec = {
      order: -5,
      match: {
        namespaces: ['shop', 'team-*'],
        excludeNamespaces: ['team-x'],
        podSelector: { matchLabels: { a: 'b' } },
      },
      allow: { namespaces: ['shop'], hostNetwork: true, windows: true },
      failureMode: 'Closed',
      placement: { containers: { before: 'app' }, initContainers: { after: 'setup' }, classic: 'Last' },
      pod: POD,
    };
    expect(parsed(document(spec))).toMatchObject({
      ...spec,
      match: { ...spec.match, podSelector: { matchLabels: new Map([['a', 'b']]), matchExpressions: [] } },
      pod: { containers: POD.spec.containers },
    });
  });

  test('with an empty match is for everybody, which differs from no match', () => {
    expect(parsed(document({ match: {}, pod: POD })).match).toEqual({});
  });

  test('is frozen all the way down', () => {
    const { pod, allow, placement } = parsed(document({ pod: { spec: { ...POD.spec, volumes: [{ name: 'v' }] } } }));
    const parts = [pod, pod.labels, pod.containers, pod.containers[0], pod.spec, pod.spec['volumes'], allow, placement];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
  });

  test('has a hash of its content, whatever its version', () => {
    const one = parseTemplate(document({ pod: POD }), '1');
    const two = parseTemplate(document({ pod: POD }), '2');
    const other = parseTemplate(document({ order: 1, pod: POD }), '1');
    const hashes = [one, two, other].map((p) => (p.valid ? p.value.hash : 'not valid'));
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});

describe('the envelope', () => {
  test.each<[string, string[], unknown]>([
    ['null', [''], null],
    ['a list', [''], []],
    ['a text', [''], 'SidecarTemplate'],
    ['a number', [''], 1],
    ['an unknown field at the top', ['status'], document({ pod: POD }, { status: {} })],
    ['an own __proto__ at the top', ['__proto__'], JSON.parse(`{"__proto__": {}, ${text({ pod: POD }).slice(1)}`)],
    ['another apiVersion', ['apiVersion'], document({ pod: POD }, { apiVersion: 'outrigger.dev/v1' })],
    ['another kind', ['kind'], document({ pod: POD }, { kind: 'Template' })],
    ['no metadata', ['metadata.name'], document({ pod: POD }, { metadata: undefined })],
    ['metadata that is a list', ['metadata', 'metadata.name'], document({ pod: POD }, { metadata: [] })],
    ['an unknown field of metadata', ['metadata.uid'], document({ pod: POD }, { metadata: { name: 'a', uid: 'b' } })],
    ['no name', ['metadata.name'], document({ pod: POD }, { metadata: {} })],
    ['a name that is a number', ['metadata.name'], document({ pod: POD }, { metadata: { name: 1 } })],
    ['an empty name', ['metadata.name'], document({ pod: POD }, { metadata: { name: '' } })],
    ['a name in upper case', ['metadata.name'], document({ pod: POD }, { metadata: { name: 'Envoy' } })],
    ['a name with a newline', ['metadata.name'], document({ pod: POD }, { metadata: { name: 'envoy\n' } })],
    ['a name with a slash', ['metadata.name'], document({ pod: POD }, { metadata: { name: '../x' } })],
    ['a name of 64 characters', ['metadata.name'], document({ pod: POD }, { metadata: { name: 'a'.repeat(64) } })],
    ['no spec', ['spec', 'spec.pod'], { apiVersion: API_VERSION, kind: 'SidecarTemplate', metadata: { name: 'a' } }],
  ])('%s is refused at %j', (_case, paths, value) => {
    expect(faultPaths(value)).toEqual(paths);
  });
});

function text(spec: Json): string {
  return JSON.stringify(document(spec));
}

describe('the spec', () => {
  test.each<[string, string[], Json]>([
    ['an unknown field', ['spec.oder'], { oder: 1 }],
    ['an order that is a text', ['spec.order'], { order: '1' }],
    ['an order that is no whole number', ['spec.order'], { order: 1.5 }],
    ['an order beyond the bounds', ['spec.order'], { order: 1_000_001 }],
    ['a failureMode of another spelling', ['spec.failureMode'], { failureMode: 'open' }],
    ['a match that is null', ['spec.match'], { match: null }],
    ['an unknown field of match', ['spec.match.namespace'], { match: { namespace: 'a' } }],
    ['a namespace that is no pattern', ['spec.match.namespaces[1]'], { match: { namespaces: ['a', 'B'] } }],
    ['namespaces that are a text', ['spec.match.namespaces'], { match: { namespaces: 'a' } }],
    [
      'an excluded namespace that is a number',
      ['spec.match.excludeNamespaces[0]'],
      { match: { excludeNamespaces: [1] } },
    ],
    ['a podSelector that is null', ['spec.match.podSelector'], { match: { podSelector: null } }],
    ['an unknown field of a selector', ['spec.match.podSelector.app'], { match: { podSelector: { app: 'a' } } }],
    ['an unknown field of allow', ['spec.allow.namespace'], { allow: { namespace: ['a'] } }],
    ['an allow that is a list', ['spec.allow'], { allow: [] }],
    ['hostNetwork in quotes', ['spec.allow.hostNetwork'], { allow: { hostNetwork: 'true' } }],
    ['windows as a number', ['spec.allow.windows'], { allow: { windows: 1 } }],
    ['an unknown list in placement', ['spec.placement.volumes'], { placement: { volumes: 'First' } }],
    ['a position of another spelling', ['spec.placement.containers'], { placement: { containers: 'first' } }],
    ['a position that is null', ['spec.placement.containers'], { placement: { containers: null } }],
    [
      'a position with two sides',
      ['spec.placement.containers'],
      { placement: { containers: { before: 'a', after: 'b' } } },
    ],
    [
      'a position beside a bad name',
      ['spec.placement.initContainers'],
      { placement: { initContainers: { after: 'A' } } },
    ],
    ['a position of an unknown side', ['spec.placement.containers'], { placement: { containers: { beside: 'a' } } }],
  ])('with %s is refused at %j', (_case, paths, spec) => {
    expect(faultPaths(document({ ...spec, pod: POD }))).toEqual(paths);
  });
});

test('every fault is told in one pass', () => {
  const value = document({ oder: 1, failureMode: 'x', pod: { spec: { containers: [{ name: 'A' }] } } }, { kind: 'X' });
  expect(faultPaths(value)).toEqual([
    'kind',
    'spec.oder',
    'spec.failureMode',
    'spec.pod.spec.containers[0].name',
    'spec.pod',
  ]);
});

test.each([41, 5_000, 100_000])('a Pod that nests %i levels deep is refused, not a stack overflow', (levels) => {
  const [path = ''] = faultPaths(document({ pod: { spec: { x: nested(levels) } } }));
  expect(path).toMatch(/^spec\.pod\.spec\.x(\.a){39,41}$/);
});

test('a value that contains itself is refused, not a crash', () => {
  const round: Record<string, unknown> = { name: 'envoy', image: 'envoy:v1' };
  round['self'] = round;
  expect(faultPaths(document({ pod: { spec: { containers: [round] } } }))[0]).toMatch(
    /^spec\.pod\.spec\.containers\[0\]/,
  );
});
