import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { Fault } from '../../functions/json/faults.ts';
import { checkRoutes, checkTargets } from '../../functions/traffic/check-canary.ts';
import { soundCanaries } from '../../functions/traffic/quarantine.ts';
import { releaseOf, targetFor } from '../support/releases.ts';
import { copyOf } from '../support/values.ts';

/** A canary in which the value at a path is another one; undefined takes it away. */
function spoilt(path: string, value: unknown, base = releaseOf()): Canary {
  const canary: Canary = copyOf(base);
  const keys = path.split('.');
  let here: Record<string, unknown> = { ...canary };
  const root = here;
  for (const key of keys.slice(0, -1)) {
    const inner = here[key];
    const next = Array.isArray(inner) ? [...inner] : { ...(inner as object) };
    here[key] = next;
    here = next as Record<string, unknown>;
  }
  const last = keys.at(-1) ?? '';
  if (value === undefined) delete here[last];
  else here[last] = value;
  const made: Canary = JSON.parse(JSON.stringify(root));
  return made;
}

type Case = [path: string, value: unknown, faultPaths: readonly string[]];
/** What is wrong at a path, and where the faults are if not there alone. */
const wrong = (
  path: string,
  value: unknown,
  faultPaths: readonly string[] = [path.replaceAll(/\.(\d)/g, '[$1]')],
): Case => [path, value, faultPaths];

const [TARGET] = releaseOf().status.targets;
const [STABLE, CANARY] = releaseOf().spec.backends;

const TARGETS: readonly Case[] = [
  wrong('metadata.name', 'a/b'),
  wrong('metadata.namespace', undefined),
  wrong('metadata.resourceVersion', 'x'),
  wrong('status.targets', undefined),
  wrong('status.targets', {}),
  wrong('status.targets.0', null),
  wrong('status.targets', [TARGET, TARGET], ['status.targets[1].revision']),
  wrong('status.targets.0.revision', 0),
  wrong('status.targets.0.revision', undefined),
  wrong('status.targets.0.revision', 1_000_001),
  wrong(
    'status.targets.0.service',
    null,
    ['service', 'service.name', 'service.port'].map((at) => `status.targets[0].${at}`),
  ),
  wrong(
    'status.targets.0.service',
    undefined,
    ['service.name', 'service.port'].map((at) => `status.targets[0].${at}`),
  ),
  wrong('status.targets.0.service.name', 'a.b'),
  wrong('status.targets.0.service.port', 65_536),
  wrong('status.targets.0.service.port', undefined),
  wrong('status.targets.0.backends', []),
  wrong('status.targets.0.backends', [STABLE]),
  wrong('status.targets.0.backends', {}),
  wrong(
    'status.targets.0.backends',
    [STABLE, CANARY, CANARY],
    // Its name is none of two.
    ['status.targets[0].backends'],
  ),
  wrong(
    'status.targets.0.backends.0',
    null,
    ['', '[0].service', '[0].port'].map((at) => `status.targets[0].backends${at}`),
  ),
  wrong('status.targets.0.backends.0.name', 'canary', ['status.targets[0].backends']),
  wrong('status.targets.0.backends.1.service', 'x|y'),
  wrong('status.targets.0.backends.1.port', 0),
  wrong('status.targets.0.routesFrom', 'soon'),
  wrong('status.targets.0.routesFrom', undefined),
  wrong('status.targets.0.fallbackFrom', 'soon'),
  wrong('status.targets.0.keepUntil', 5),
  wrong('status.targets.0.exportTo', ['a b'], ['status.targets[0].exportTo[0]']),
];

const ROUTES: readonly Case[] = [
  wrong('spec', undefined, ['spec.totalWeight', 'status.weights', 'spec.exportTo', 'spec.match']),
  wrong('spec.totalWeight', 0, ['spec.totalWeight', 'status.weights']),
  wrong('spec.totalWeight', 99, ['spec.totalWeight', 'status.weights']),
  wrong('status.weights', undefined, ['status.weights.stable', 'status.weights.canary', 'status.weights']),
  wrong('status.weights', { stable: 101, canary: -1 }, ['status.weights.canary']),
  wrong('status.weights.canary', -1, ['status.weights.canary', 'status.weights']),
  wrong('status.weights.canary', 0.5, ['status.weights.canary', 'status.weights']),
  wrong('status.weights.canary', 50, ['status.weights']),
  wrong('status.weights.stable', '100', ['status.weights.stable', 'status.weights']),
  wrong('status.weights', { stable: 0, canary: 0 }),
  wrong('spec.exportTo', undefined),
  wrong('spec.exportTo', [1], ['spec.exportTo[0]']),
  wrong('spec.match', {}),
  wrong('spec.match', [{}], ['spec.match[0]']),
  wrong('spec.match', [null], ['spec.match[0]']),
  wrong('spec.match', [{ headers: {} }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { 'a b': { exact: 'x' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { a: { exact: 'x\ny' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { a: { prefix: '' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { a: 'x' } }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { a: null } }], ['spec.match[0]']),
  // The bounds are those of the release API.
  wrong('spec.match', [{ headers: { a: { exact: 'x'.repeat(257) } } }], ['spec.match[0]']),
  wrong('spec.match', [{ headers: { ['a'.repeat(129)]: { present: true } } }], ['spec.match[0]']),
  wrong('spec.match', [{ cookies: { a: { exact: 'x;y' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ cookies: { a: { regex: '.*' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ cookies: { a: { exact: 'x', prefix: 'y' } } }], ['spec.match[0]']),
  wrong('spec.match', [{ cookies: { a: { present: false } } }], ['spec.match[0]']),
  wrong('spec.match', [{ cookies: { a: { present: 'x' } } }], ['spec.match[0]']),
  wrong('spec.sessionAffinity', { hashOn: [] }, ['spec.sessionAffinity.hashOn']),
  wrong('spec.sessionAffinity', {}, ['spec.sessionAffinity.hashOn']),
  wrong('spec.sessionAffinity', { hashOn: [{ header: '' }] }, ['spec.sessionAffinity.hashOn[0]']),
  wrong('spec.sessionAffinity', { hashOn: [{ cookie: 1 }] }, ['spec.sessionAffinity.hashOn[0]']),
  wrong('spec.sessionAffinity', { hashOn: [{ query: 'x' }] }, ['spec.sessionAffinity.hashOn[0]']),
  wrong('spec.sessionAffinity', { hashOn: [{ sourceIP: 'x' }] }, ['spec.sessionAffinity.hashOn[0]']),
  wrong('spec.sessionAffinity', { hashOn: [null] }, ['spec.sessionAffinity.hashOn[0]']),
  wrong('spec.sessionAffinity', 1),
  wrong('spec.mirror', { percentage: 101 }, ['spec.mirror.percentage']),
  wrong('spec.mirror', { percentage: -1 }, ['spec.mirror.percentage']),
  wrong('spec.mirror', { percentage: '5' }, ['spec.mirror.percentage']),
  wrong('spec.mirror', {}, ['spec.mirror.percentage']),
  wrong('spec.mirror', [5]),
  ...[
    { setHeaderRoute: null },
    { setHeaderRoute: { name: 'a', match: {} } },
    { setHeaderRoute: { name: 'a', match: [null] } },
    { setHeaderRoute: { name: 'a', match: [{ headerName: 'a b', headerValue: { exact: 'x' } }] } },
    { setHeaderRoute: { name: 'a', match: [{ headerName: 'a', headerValue: { exact: 'x\ny' } }] } },
    { setHeaderRoute: { name: 'a', match: [{ headerName: 'a', headerValue: { regex: '(a+)+' } }] } },
    { setHeaderRoute: { name: 'a', match: [{ headerName: 'a' }] } },
    { setMirrorRoute: { percentage: 101 } },
    { setMirrorRoute: { percentage: '5' } },
    { setMirrorRoute: { match: [{}] } },
    { setMirrorRoute: { match: [{ headers: [] }] } },
    { setMirrorRoute: { match: [{ path: { prefix: '' } }] } },
    { setMirrorRoute: { match: [{ headers: { ':path': { exact: 'x' } } }] } },
  ].map((step) => wrong('status.release', { steps: [{ setWeight: 5 }, step] }, ['status.release.steps[1]'])),
];

/** Where the faults are, each place once. */
const pathsOf = (faults: readonly Fault[]): readonly string[] => [...new Set(faults.map(({ path }) => path))];

test.each<[string, readonly [path: string, value: unknown][]]>([
  ['as it is', []],
  [
    'that has everything',
    [
      ['spec.match', [{ headers: { a: { exact: 'x' } } }, { cookies: { a: { prefix: 'x' }, b: { present: true } } }]],
      ['spec.sessionAffinity', { hashOn: [{ header: 'a' }, { cookie: 'b' }, { sourceIP: true }] }],
      ['spec.mirror', { percentage: 100 }],
    ],
  ],
  ['with two targets', [['status.targets', [TARGET, { ...TARGET, revision: 1_000_000 }]]]],
  ['with a mirror of nothing', [['spec.mirror', { percentage: 0 }]]],
  [
    'in hundredths of a percent',
    [
      ['spec.totalWeight', 10_000],
      ['status.weights', { stable: 0, canary: 10_000 }],
    ],
  ],
  [
    'of an older version',
    [
      ['status.targets.0.fallbackFrom', undefined],
      ['status.targets.0.exportTo', undefined],
    ],
  ],
])('a good canary is sound: %s', (_which, changes) => {
  const canary = changes.reduce((one, [path, value]) => spoilt(path, value, one), releaseOf());
  expect([checkTargets(canary), checkRoutes(canary)]).toEqual([[], []]);
  expect(soundCanaries([canary], new Map())).toMatchObject({ canaries: [canary], unreadable: [], faults: new Map() });
});

describe.each(TARGETS)('targets that Envoy would refuse: %s = %j', (path, value, faultPaths) => {
  const canary = spoilt(path, value);
  test('are found, and hold up nobody else', () => {
    expect([pathsOf(checkTargets(canary)), checkRoutes(canary)]).toEqual([faultPaths, []]);
    const other = releaseOf({ service: 'other' });
    const { canaries, unreadable, faults } = soundCanaries([canary, other], new Map());
    expect(canaries).toEqual([other]);
    expect(unreadable).toHaveLength(1);
    expect([...faults.keys()]).toEqual(unreadable);
  });
});

describe.each(ROUTES)('routes that Envoy would refuse, or that no one meant: %s = %j', (path, value, faultPaths = [
  path,
]) => {
  const canary = spoilt(path, value);
  test('go to stable where nothing better is known, and to what was served before where it is', () => {
    expect([checkTargets(canary), pathsOf(checkRoutes(canary))]).toEqual([[], faultPaths]);
    const fresh = soundCanaries([canary], new Map());
    expect(fresh.unreadable).toEqual([]);
    expect(fresh.canaries[0]?.status.weights).toEqual({ stable: 100, canary: 0 });
    expect(checkRoutes(fresh.canaries[0])).toEqual([]);
    const before = releaseOf({ weight: 30 });
    const held = soundCanaries([canary], new Map([['shop/cart', before]]));
    expect(held.canaries).toEqual([before]);
    expect(held.faults.get('shop/cart')).toMatch(/\w/);
  });
});

test.each([
  'null',
  '1',
  '"x"',
  '[]',
  '{}',
])('what is no canary at all (%s) is unreadable, and nothing is thrown', (text) => {
  const nothing: Canary = JSON.parse(text);
  expect(soundCanaries([nothing], new Map()).unreadable).toHaveLength(1);
});

test('one that the store cannot read is served as it was before, or named', () => {
  const before = releaseOf({ weight: 30 });
  const unread = [
    { namespace: 'shop', name: 'cart', why: 'cannot be read (spec)' },
    { namespace: 'shop', name: 'pay', why: 'cannot be read (status)' },
  ];
  expect(soundCanaries([], new Map([['shop/cart', before]]), unread)).toEqual({
    canaries: [before],
    unreadable: ['shop/pay'],
    faults: new Map([
      ['shop/cart', 'cannot be read (spec)'],
      ['shop/pay', 'cannot be read (status)'],
    ]),
  });
});

test('of several targets the last one takes every request to stable, as in a release', () => {
  const [old, fresh] = [targetFor(), targetFor({ port: 9090 }, { revision: 2 })];
  const canary = spoilt('spec.totalWeight', 0, releaseOf({ targets: [old, fresh], atRest: true }));
  expect(soundCanaries([canary], new Map()).canaries).toMatchObject([
    { spec: { service: { name: 'cart', port: 9090 } }, status: { atRest: false, weights: { stable: 100, canary: 0 } } },
  ]);
});
