import { expect, test } from 'vitest';
import {
  createSightings,
  NAMESPACE_PROXIES_MAX,
  PROXIES_MAX,
  type RoutesPoll,
  type Sightings,
} from '../../functions/traffic/proxies/sightings.ts';
import { openDiscoveryEntryPoint, routesAt } from '../support/discovery-entry-point.ts';
import { heapPerProxy } from '../support/heap-per-proxy.ts';
import { releaseOf } from '../support/releases.ts';

const CANARIES = new Map([['shop/cart', '1']]);

/** A poll of a Pod whose first version is the newest. */
function poll(namespace: string, pod: string, at = 1_000): RoutesPoll {
  const identity = { cluster: 'local', namespace, serviceAccount: 'default', pod: { name: pod, uid: pod } };
  return { identity, version: 'v1', current: 'v1', canaries: CANARIES, sent: undefined, at };
}
function noteMany(sightings: Sightings, namespace: string, count: number): void {
  for (let i = 0; i < count; i++) sightings.note(poll(namespace, `p${i}`));
}
const podsOf = (sightings: Sightings, namespace: string): readonly string[] =>
  [...sightings.proxies(0).values()].filter((proxy) => proxy.namespace === namespace).map(({ pod }) => pod);

test('a proxy keeps nothing of its 77 KB polls in memory', async () => {
  // With slices of the bodies 78,000; so few proxies are told apart from noise to some KB.
  expect(await heapPerProxy(200)).toBeLessThan(10_000);
});

test('one Pod is one proxy, whatever tokens it shows', () => {
  const sightings = createSightings();
  for (let i = 0; i < 10; i++) sightings.note(poll('shop', 'a', i));
  expect([...sightings.proxies(0).values()]).toMatchObject([{ pod: 'a', at: 9 }]);
});

test('a namespace that floods the memory pushes nobody out', () => {
  const sightings = createSightings();
  noteMany(sightings, 'shop', 50);
  noteMany(sightings, 'flood', NAMESPACE_PROXIES_MAX + 1_000);
  const kept = podsOf(sightings, 'flood');
  expect([kept.length, kept[0]]).toEqual([NAMESPACE_PROXIES_MAX, 'p1000']);
  expect(podsOf(sightings, 'shop')).toHaveLength(50);
});

test('two floods and more: the largest namespace gives way, the small ones stay whole', () => {
  const sightings = createSightings();
  noteMany(sightings, 'shop', 50);
  for (const flood of ['a', 'b', 'c']) noteMany(sightings, flood, NAMESPACE_PROXIES_MAX);
  sightings.note(poll('web', 'late'));
  expect(sightings.proxies(0).size).toBe(PROXIES_MAX);
  expect(podsOf(sightings, 'shop')).toHaveLength(50);
  expect(podsOf(sightings, 'web')).toEqual(['late']);
});

test('a Pod that polls very often takes one place', () => {
  const sightings = createSightings();
  sightings.note(poll('web', 'first'));
  for (let i = 0; i <= PROXIES_MAX; i++) sightings.note(poll('shop', 'a'));
  sightings.note(poll('shop', 'b'));
  expect([podsOf(sightings, 'web'), podsOf(sightings, 'shop')]).toEqual([['first'], ['a', 'b']]);
});

test('of more than 2,000 namespaces those that polled longest ago are forgotten, with their proxies', () => {
  const sightings = createSightings();
  for (let i = 0; i < 2_000; i++) sightings.note(poll(`n${i}`, 'p'));
  sightings.note(poll('n0', 'p'));
  sightings.note(poll('one-more', 'p'));
  expect([sightings.proxies(0).size, podsOf(sightings, 'n0'), podsOf(sightings, 'n1')]).toEqual([2_000, ['p'], []]);
});

test('of a namespace the last 32 versions are remembered', () => {
  const sightings = createSightings();
  for (let i = 0; i <= 32; i++) sightings.note({ ...poll('shop', 'a'), current: `v${i}` });
  const known = ['v0', 'v1', 'v32', 'never'].map((version) => sightings.knows('shop', version));
  expect(known).toEqual([false, true, true, false]);
});

test('a version that is not of our form is neither kept nor logged (23)', async () => {
  const { poll: ask, store, logged } = openDiscoveryEntryPoint();
  store.set(releaseOf());
  for (const version of [`DB_PASSWORD=${'x'.repeat(4_000)}`, '€'.repeat(1_000), '0123456789ABCDEF', '0'.repeat(17)]) {
    expect((await ask('routes', routesAt(version))).statusCode).toBe(200);
    expect((await ask('clusters', { version_info: version })).statusCode).toBe(200);
  }
  expect(new Set(logged.map(({ before }) => before))).toEqual(new Set(['foreign']));
  await ask('routes', routesAt('0123456789abcdef'));
  expect(logged.at(-1)).toMatchObject({ message: 'configuration sent', before: '0123456789abcdef' });
});
