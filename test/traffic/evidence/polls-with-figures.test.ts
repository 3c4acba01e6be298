import { expect, test } from 'vitest';
import {
  type DiscoveryEntryPoint,
  openDiscoveryEntryPoint,
  routesAt,
  versionIn,
} from '../../support/discovery-entry-point.ts';
import { CART } from '../../support/evidence-fleet.ts';
import { releaseOf } from '../../support/releases.ts';

/** An entry point with a release, and the version that a Pod of `shop` runs. */
async function moving(): Promise<{ door: DiscoveryEntryPoint; version: string }> {
  const door = openDiscoveryEntryPoint();
  door.store.set(releaseOf({ weight: 20, version: 7 }));
  const newborn = await door.pacedPoll('routes');
  const answer = await door.pacedPoll('routes', routesAt(versionIn(newborn)));
  expect([answer.statusCode, answer.headers]).toMatchObject([
    200,
    { 'x-outrigger-figures': CART, 'x-outrigger-hosts': CART },
  ]);
  return { door, version: versionIn(answer) };
}

test('answers about routes ask for figures, 200 and 304 alike; the others do not', async () => {
  const { door, version } = await moving();
  const same = await door.pacedPoll('routes', routesAt(version));
  expect([same.statusCode, same.headers]).toMatchObject([
    304,
    { 'x-outrigger-figures': CART, 'x-outrigger-hosts': CART },
  ]);
  expect((await door.pacedPoll('clusters')).headers).not.toHaveProperty('x-outrigger-hosts');
});

test('sidecars without a pace do not count, and are asked for nothing', async () => {
  const { door } = await moving();
  const first = await door.poll('routes', routesAt('0123456789abcdef'));
  const same = await door.poll('routes', routesAt(versionIn(first)));
  expect([first.statusCode, same.statusCode]).toEqual([200, 304]);
  for (const { headers } of [first, same]) {
    expect(headers).not.toHaveProperty('x-outrigger-figures');
    expect(headers).not.toHaveProperty('x-outrigger-hosts');
  }
});

test('what is asked is said again where a minute, or a write, changes it', async () => {
  const { door, version } = await moving();
  const rest = releaseOf({ atRest: true, version: 8 });
  door.store.set(rest);
  door.clock.now += 1_000;
  const { headers } = await door.pacedPoll('routes', routesAt(version));
  expect(headers).toMatchObject({ 'x-outrigger-hosts': CART });
  expect(headers).not.toHaveProperty('x-outrigger-figures');
});

test('what a poll tells is written before it is answered', async () => {
  const { door, version } = await moving();
  door.clock.now += 3_000;
  const counts = { [`${CART}|stable.upstream_rq_completed`]: 12, [`${CART}|stable-only.upstream_rq_total`]: 12 };
  const hosts = {
    [`${CART}|stable-only.healthy`]: 1,
    [`${CART}|stable-only.total`]: 1,
    [`${CART}|canary-only.healthy`]: 0,
    [`${CART}|canary-only.total`]: 0,
  };
  const told = { figures: [{ seq: door.clock.now, version, counts }], hosts };
  expect((await door.pacedPoll('routes', { ...routesAt(version), ...told })).statusCode).toBe(304);
  expect([...door.store.evidence.values()]).toMatchObject([
    { windows: [[expect.any(Number), expect.any(Number), [[12]], [[]]]] },
  ]);
  expect([...door.store.hosts.values()]).toMatchObject([
    { targets: [[CART, [[expect.any(String), 1, 0, 1, 1, 0, 0]]]] },
  ]);
});

test('figures that cannot be are counted in one line a minute, and the polls are answered', async () => {
  const { door, version } = await moving();
  const forged = [{ seq: 1, version, counts: { [`${CART}|canary.upstream_rq_5xx`]: 1e15 } }];
  for (const figures of [forged, 'x'.repeat(20_000), { a: 1 }, forged]) {
    expect((await door.pacedPoll('routes', { ...routesAt(version), figures })).statusCode).toBe(304);
  }
  const lines = (): unknown =>
    door.logged.filter(({ message }) => message === 'figures refused').map(({ reports }) => reports);
  expect(lines()).toEqual([1]);
  door.clock.now += 60_000;
  await door.pacedPoll('routes', { ...routesAt(version), figures: forged });
  expect(lines()).toEqual([1, 4]);
});

test('a poll is answered where nothing can be written', async () => {
  const { door, version } = await moving();
  door.store.trouble = async () => Promise.reject(new Error('throttled'));
  const figures = [{ seq: door.clock.now, version, counts: { [`${CART}|canary.upstream_rq_completed`]: 1 } }];
  expect((await door.pacedPoll('routes', { ...routesAt(version), figures })).statusCode).toBe(304);
});
