import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import {
  createSeenProxies,
  NAMESPACE_PROXIES_MAX,
  PROXIES_MAX,
  type RoutesPoll,
  type SeenProxies,
} from '../../functions/traffic/proxies/seen-proxies.ts';
import { openDiscoveryEntryPoint, routesAt } from '../support/discovery-entry-point.ts';
import { heapPerProxy } from '../support/heap-per-proxy.ts';
import { releaseOf } from '../support/releases.ts';

const CANARIES = new Map([['shop/cart', '1']]);

/** A poll of a Pod whose first version is the newest. */
function poll(namespace: string, pod: string, at = 1_000): RoutesPoll {
  const identity = proxyIdentity({
    cluster: 'local',
    namespace,
    serviceAccount: 'default',
    pod: { name: pod, uid: pod },
  });
  return { identity, version: 'v1', current: 'v1', canaries: CANARIES, sent: undefined, at };
}
function noteMany(seen: SeenProxies, namespace: string, count: number): void {
  for (let i = 0; i < count; i++) seen.note(poll(namespace, `p${i}`));
}
const podsOf = (seen: SeenProxies, namespace: string): readonly string[] =>
  [...seen.proxies(0).values()].filter((proxy) => proxy.namespace === namespace).map(({ pod }) => pod);

test('a proxy keeps nothing of its 77 KB polls in memory', async () => {
  // With slices of the bodies 78,000; so few proxies are told apart from noise to some KB.
  expect(await heapPerProxy(200)).toBeLessThan(10_000);
});

test('one Pod is one proxy, whatever tokens it shows', () => {
  const seen = createSeenProxies();
  for (let i = 0; i < 10; i++) seen.note(poll('shop', 'a', i));
  expect([...seen.proxies(0).values()]).toMatchObject([{ pod: 'a', at: 9 }]);
});

test('a namespace that floods the memory pushes nobody out', () => {
  const seen = createSeenProxies();
  noteMany(seen, 'shop', 50);
  noteMany(seen, 'flood', NAMESPACE_PROXIES_MAX + 1_000);
  const kept = podsOf(seen, 'flood');
  expect([kept.length, kept[0]]).toEqual([NAMESPACE_PROXIES_MAX, 'p1000']);
  expect(podsOf(seen, 'shop')).toHaveLength(50);
});

test('two floods and more: the largest namespace gives way, the small ones stay whole', () => {
  const seen = createSeenProxies();
  noteMany(seen, 'shop', 50);
  for (const flood of ['a', 'b', 'c']) noteMany(seen, flood, NAMESPACE_PROXIES_MAX);
  seen.note(poll('web', 'late'));
  expect(seen.proxies(0).size).toBe(PROXIES_MAX);
  expect(podsOf(seen, 'shop')).toHaveLength(50);
  expect(podsOf(seen, 'web')).toEqual(['late']);
});

test('a Pod that polls very often takes one place', () => {
  const seen = createSeenProxies();
  seen.note(poll('web', 'first'));
  for (let i = 0; i <= PROXIES_MAX; i++) seen.note(poll('shop', 'a'));
  seen.note(poll('shop', 'b'));
  expect([podsOf(seen, 'web'), podsOf(seen, 'shop')]).toEqual([['first'], ['a', 'b']]);
});

test('of more than 2,000 namespaces those that polled longest ago are forgotten, with their proxies', () => {
  const seen = createSeenProxies();
  for (let i = 0; i < 2_000; i++) seen.note(poll(`n${i}`, 'p'));
  seen.note(poll('n0', 'p'));
  seen.note(poll('one-more', 'p'));
  expect([seen.proxies(0).size, podsOf(seen, 'n0'), podsOf(seen, 'n1')]).toEqual([2_000, ['p'], []]);
});

test('of a namespace the last 32 versions are remembered', () => {
  const seen = createSeenProxies();
  for (let i = 0; i <= 32; i++) seen.note({ ...poll('shop', 'a'), current: `v${i}` });
  const known = ['v0', 'v1', 'v32', 'never'].map((version) => seen.knows('shop', version));
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
