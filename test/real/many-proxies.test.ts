import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HEAD_TTL_MS, POLL_STALE_WAIT_MS } from '../../functions/limits.ts';
import { CART } from './support/endpoint.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type Fleet, REFRESH_SECONDS, type RunningProxy, startProxies } from './support/many-proxies.ts';
import { describeReal } from './support/suite.ts';

const PROXIES = 20;
const REFRESH_MS = REFRESH_SECONDS * 1_000;
/**
 * Envoy waits for the refresh and up to as much again. Beside that only what the endpoint itself may take: it looks at
 * the canaries once a second, and a poll waits for them.
 */
const CONVERGED_MS_MAX = 2 * REFRESH_MS + HEAD_TTL_MS + POLL_STALE_WAIT_MS;
const CONFIRMED_MS_MAX = 4 * REFRESH_MS + 5_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

await describeReal('a fleet of real Envoys', whyNotEnvoy, () => {
  let fleet: Fleet;
  const proxies: RunningProxy[] = [];
  const seen = async (): Promise<Readonly<Record<string, unknown>>> =>
    (await fleet.endpoint.call('GET', `${CART}/proxies`)).body;
  /** The last moment at which one of them took a version over; undefined while one has not. */
  const convergedAt = async (version: string): Promise<number | undefined> => {
    const all = await Promise.all(proxies.map(async (proxy) => await proxy.routes()));
    return all.every((routes) => routes.version === version) ? Math.max(...all.map(({ since }) => since)) : undefined;
  };

  beforeAll(async () => {
    fleet = await startProxies();
    for (let i = 1; i <= PROXIES; i += 4) {
      const pods = [0, 1, 2, 3].map((more) => `web-${i + more}`);
      proxies.push(...(await Promise.all(pods.map(async (pod) => await fleet.startProxy(pod)))));
    }
    const isStaged = async (): Promise<void> =>
      expect((await fleet.endpoint.call('GET', CART)).body['status']).not.toMatchObject({ phase: 'Initializing' });
    await vi.waitFor(isStaged, { timeout: 60_000, interval: 500 });
  });
  afterAll(async () => {
    await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
    await fleet?.stop();
  });

  test.each([
    10, 50, 100,
  ])(`weight %i: ${PROXIES} Envoys follow within two refreshes and a look at the canaries, and are confirmed within four and 5 s`, async (weight) => {
    const begin = Date.now();
    await fleet.endpoint.setWeights(weight);
    const version = await fleet.wantedVersion();
    await expect.poll(async () => await convergedAt(version), { timeout: 60_000, interval: 100 }).toBeDefined();
    const converged = ((await convergedAt(version)) ?? Number.NaN) - begin;
    await expect.poll(seen, { timeout: 60_000, interval: 100 }).toMatchObject({ confirmed: true });
    const confirmed = Date.now() - begin;
    say(`weight ${weight}: ${PROXIES} Envoys converged after ${converged} ms and were confirmed after ${confirmed} ms`);
    expect(await seen()).toMatchObject({ seen: PROXIES, converged: PROXIES, lagging: 0, rejected: 0 });
    expect(converged).toBeLessThanOrEqual(CONVERGED_MS_MAX);
    expect(confirmed).toBeLessThanOrEqual(CONFIRMED_MS_MAX);
    const splits = await Promise.all(proxies.map(async (proxy) => await proxy.split('cart.shop:8080', 100)));
    const canary = splits.reduce((sum, split) => sum + (split['canary'] ?? 0), 0) / PROXIES;
    // 2,000 requests at 50 %: five points are 4.5 standard deviations.
    expect(Math.abs(canary - weight)).toBeLessThanOrEqual(weight === 100 ? 0 : 5);
  });

  test('proxies names one that has stopped and one that cannot take the routes, and does not confirm', async () => {
    // Off rest: at rest routes lead to no Envoy cluster that it would have to know.
    await fleet.endpoint.setWeights(20);
    const deaf = await fleet.startProxy('deaf', true);
    const frozen = proxies[0];
    try {
      const rejected = { names: { rejected: ['shop/deaf'] } };
      await expect.poll(seen, { timeout: 60_000 }).toMatchObject(rejected);
      process.kill(frozen?.pid ?? 0, 'SIGSTOP');
      await fleet.endpoint.setWeights(10);
      // Twice the refresh and ten seconds after its last poll it would count as gone.
      const expected = { confirmed: false, names: { lagging: ['shop/web-1'], rejected: ['shop/deaf'] } };
      await expect.poll(seen, { timeout: 60_000 }).toMatchObject(expected);
      const { stdout } = await fleet.endpoint.outrigger('canary', 'proxies', 'cart', '-n', 'shop', '-o', 'json');
      expect(JSON.parse(stdout)).toMatchObject({ ...expected, rejected: 1 });
      // Whoever cannot take them keeps those that it has.
      expect(await deaf.ask('cart.shop:8080')).toEqual({ status: 200, server: 'main' });
    } finally {
      process.kill(frozen?.pid ?? 0, 'SIGCONT');
      await deaf.stop();
    }
  });
});
