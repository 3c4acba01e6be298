import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { checkRoutes, checkTargets } from '../../functions/traffic/check-canary.ts';
import { soundCanaries } from '../../functions/traffic/quarantine.ts';
import { releaseOf } from '../support/releases.ts';
import { copyOf } from '../support/values.ts';

/** A canary in which the value at a path is another one; undefined takes it away. */
function spoilt(path: string, value: unknown): Canary {
  const canary: Canary = copyOf(releaseOf());
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

const TARGETS: readonly [string, unknown][] = [
  ['metadata.name', 'a/b'],
  ['metadata.namespace', undefined],
  ['metadata.resourceVersion', 'x'],
  ['status.targets', undefined],
  ['status.targets', {}],
  ['status.targets.0', null],
  ['status.targets.0.revision', 0],
  ['status.targets.0.service', null],
  ['status.targets.0.service.name', 'a.b'],
  ['status.targets.0.service.port', 65_536],
  ['status.targets.0.backends', []],
  ['status.targets.0.backends.0.name', 'canary'],
  ['status.targets.0.backends.1.service', 'x|y'],
  ['status.targets.0.backends.1.port', 0],
  ['status.targets.0.routesFrom', 'soon'],
  ['status.targets.0.routesFrom', undefined],
  ['status.targets.0.keepUntil', 5],
  ['status.targets.0.exportTo', ['a b']],
];

const ROUTES: readonly [string, unknown][] = [
  ['spec', undefined],
  ['spec.totalWeight', 0],
  ['spec.totalWeight', 99],
  ['status.weights', undefined],
  ['status.weights.canary', -1],
  ['status.weights.canary', 0.5],
  ['status.weights.canary', 50],
  ['status.weights.stable', '100'],
  ['status.weights', { stable: 0, canary: 0 }],
  ['spec.exportTo', undefined],
  ['spec.exportTo', [1]],
  ['spec.match', {}],
  ['spec.match', [{}]],
  ['spec.match', [null]],
  ['spec.match', [{ headers: {} }]],
  ['spec.match', [{ headers: { 'a b': { exact: 'x' } } }]],
  ['spec.match', [{ headers: { a: { exact: 'x\ny' } } }]],
  ['spec.match', [{ headers: { a: { prefix: '' } } }]],
  // The bounds are those of the release API.
  ['spec.match', [{ headers: { a: { exact: 'x'.repeat(257) } } }]],
  ['spec.match', [{ headers: { ['a'.repeat(129)]: { present: true } } }]],
  ['spec.match', [{ cookies: { a: { exact: 'x;y' } } }]],
  ['spec.match', [{ cookies: { a: { regex: '.*' } } }]],
  ['spec.match', [{ cookies: { a: { exact: 'x', prefix: 'y' } } }]],
  ['spec.match', [{ cookies: { a: { present: false } } }]],
  ['spec.sessionAffinity', { hashOn: [] }],
  ['spec.sessionAffinity', { hashOn: [{ header: '' }] }],
  ['spec.sessionAffinity', { hashOn: [{ query: 'x' }] }],
  ['spec.sessionAffinity', 1],
  ['spec.mirror', { percentage: 101 }],
  ['spec.mirror', { percentage: '5' }],
  ['spec.mirror', {}],
];

test('a good canary is sound, as it is', () => {
  const canary = releaseOf();
  expect([checkTargets(canary), checkRoutes(canary)]).toEqual([[], []]);
  expect(soundCanaries([canary], new Map())).toMatchObject({ canaries: [canary], unreadable: [], faults: new Map() });
});

describe.each(TARGETS)('targets that Envoy would refuse: %s = %j', (path, value) => {
  const canary = spoilt(path, value);
  test('are found, and hold up nobody else', () => {
    expect(checkTargets(canary).map((fault) => fault.path)).not.toEqual([]);
    const other = releaseOf({ service: 'other' });
    const { canaries, unreadable, faults } = soundCanaries([canary, other], new Map());
    expect(canaries).toEqual([other]);
    expect(unreadable).toHaveLength(1);
    expect([...faults.keys()]).toEqual(unreadable);
  });
});

describe.each(ROUTES)('routes that Envoy would refuse, or that nobody meant: %s = %j', (path, value) => {
  const canary = spoilt(path, value);
  test('go to stable where nothing better is known, and to what was served before where it is', () => {
    expect(checkRoutes(canary)).not.toEqual([]);
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
