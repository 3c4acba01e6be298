import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { createCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { specOf } from '../support/canaries.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type FollowedRoutes, followRoutes, percentile, type RoutesWrite } from './support/follow-routes.ts';
import { IS_LONG, lasting } from './support/long.ts';
import { type Mesh, startMesh } from './support/mesh.ts';
import { CART_HOST } from './support/mesh-releases.ts';
import { type SecureMesh, type SecureProxy, startSecureMesh } from './support/secure-mesh.ts';
import { describeReal } from './support/suite.ts';

const PROTOCOLS = ['HTTP/1.1', 'HTTP/2', 'HTTP/1.1', 'HTTP/2', 'HTTP/1.1', 'HTTP/2'] as const;
const CHANGES = lasting(30, 200);
/** Of them every so many is an abort, with a retry behind it. */
const ABORT_EVERY = 6;
const HELD_ABORTS = lasting(1, 10);
/** Between two writes: a proxy looks every 1.8 to 3.6 s, so some writes are overtaken by the next one, and most are not. */
const GAP_MS = { least: 700, more: 1_800 };
const P99_MS = 4_000;
const MOVING_MS_MAX = 6_000;
const HELD_MS_MAX = 10_000;
/** The endpoint allows clocks to differ by a minute: this long before its end a token of the tests has expired. */
const LEEWAY_MS = 60_000;
/** How long tokens are good for: two rotations in the short form. */
const TOKEN_MS = lasting(30_000, 120_000);
/** Sidecars that hold are told to come back after 5 s, a tenth more or less. */
const HOLDING_PAUSE_SECONDS = 4.5;
const HOUR_MS = 3_600_000;
/** For hangs only. */
const WAIT = { timeout: 60_000, interval: 50 };
const MINUTES_20 = 1_200_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** From 0 to 1, all over it, and the same in every run. */
const spread = (i: number): number => (i * 0.618_034) % 1;
const done = (transition: Transition): Canary => {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
};

await describeReal('weights, aborts and new tokens, over HTTP/1.1 and HTTP/2', whyNotEnvoy, () => {
  let mesh: Mesh;
  let secure: SecureMesh;
  let canary: Canary;
  let first: string;
  let begin: number;
  const proxies: SecureProxy[] = [];
  const followed: FollowedRoutes[] = [];
  const writes: RoutesWrite[] = [];
  const state = { isOver: false };
  const running: Promise<unknown>[] = [];
  const load = { sent: 0, failed: 0 };

  const moment = (): Moment => ({
    now: Date.now(),
    times: { stageMs: 0, awaitMs: 10_000, awaitIdleMs: 10_000 },
  });
  const shares = (weight: number) => ({ stable: 100 - weight, canary: weight });
  /** Writes a canary, and notes what its routes are then. */
  const put = async (next: Canary): Promise<void> => {
    canary = next;
    const at = Date.now();
    mesh.store.set(canary);
    writes.push({ version: await mesh.routesVersion(), at });
  };
  const abort = async (): Promise<void> =>
    await put(aborted(canary, abortOf(canary, moment(), undefined), versionAfter(0, canary)));
  /** Until every proxy runs what was written last. */
  const taken = async (): Promise<void> => {
    const last = (): boolean => followed.every((one) => Number.isFinite(one.delays(writes).at(-1)));
    await vi.waitFor(() => expect(last()).toBe(true), WAIT);
  };
  /** How long each proxy took for each of the writes from one on. */
  const delaysFrom = (from: number): readonly number[] => followed.flatMap((one) => one.delays(writes).slice(from));
  const ask = async (proxy: SecureProxy): Promise<void> => {
    while (!state.isOver) {
      const { status } = await proxy.ask(CART_HOST).catch(() => ({ status: 0 }));
      load.sent++;
      if (status !== 200) load.failed++;
      await wait(20);
    }
  };
  const tokenOf = async (i: number, now: number): Promise<string> =>
    await mesh.tokenOf(`web-${i}`, { now: now + TOKEN_MS - LEEWAY_MS - 600_000, duration: 600 });
  /** Puts a new token into each Pod when half of the old one's time is over, as the kubelet does before its end. */
  const rotate = async (): Promise<void> => {
    for (let at = begin + TOKEN_MS / 2; !state.isOver; at += TOKEN_MS / 2) {
      while (!state.isOver && Date.now() < at) await wait(200);
      for (const [i, proxy] of proxies.entries()) await proxy.rotate(await tokenOf(i, at));
    }
  };
  const sum = async (name: string): Promise<number> => {
    const all = await Promise.all(proxies.map(async (proxy) => [...(await proxy.stats(name)).values()]));
    return all.flat().reduce((total, value) => total + value, 0);
  };

  beforeAll(async () => {
    mesh = await startMesh({ routesRefresh: '2s', idle: '60s' });
    secure = await startSecureMesh(mesh);
    begin = Date.now();
    const [stable, next] = Object.values(mesh.tracks);
    const backends = [
      { name: 'stable', service: 'cart-stable', port: stable ?? 0 },
      { name: 'canary', service: 'cart-canary', port: next ?? 0 },
    ] as const;
    const manifest = { metadata: { labels: {}, annotations: {} }, spec: specOf({ backends }) };
    const past = { ...moment(), now: begin - 2 * HOUR_MS };
    canary = createCanary(manifest, { namespace: 'shop', name: 'cart', uid: 'u' }, past);
    await put(done(setWeights(canary, shares(50), moment())));
    first = await tokenOf(0, begin);
    for (const [i, protocol] of PROTOCOLS.entries()) {
      const token = i === 0 ? first : await tokenOf(i, begin);
      proxies.push(await secure.startProxy(protocol, token));
    }
    followed.push(...proxies.map(followRoutes));
    await taken();
    running.push(rotate(), ...proxies.map(ask));
  });
  afterAll(async () => {
    state.isOver = true;
    await Promise.all([...running, ...followed.map(async (one) => await one.stop())]);
    await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
    await secure?.stop();
    await mesh?.stop();
  });

  test(
    `${CHANGES} changes of weights and aborts are in force on each of ${PROTOCOLS.length} Envoys within seconds`,
    async () => {
      const from = writes.length;
      const aborts: number[] = [];
      for (let i = 0; i < CHANGES; i++) {
        await wait(GAP_MS.least + GAP_MS.more * spread(i));
        if (i % ABORT_EVERY === ABORT_EVERY - 1) {
          aborts.push(writes.length);
          await abort();
        } else {
          const ready = canary.status.phase === 'Failed' ? done(retryCanary(canary, moment())) : canary;
          // No two writes that follow each other have the same routes.
          await put(done(setWeights(ready, shares(1 + ((37 * i) % 99)), moment())));
        }
      }
      await taken();
      const delays = delaysFrom(from);
      const ofAborts = aborts.flatMap((i) => followed.map((one) => one.delays(writes)[i] ?? Number.NaN));
      const told = [0.5, 0.95, 0.99, 1].map((share) => Math.round(percentile(delays, share)));
      const slow = delays.filter((ms) => !(ms <= P99_MS)).length;
      say(
        `${delays.length} delays of ${CHANGES} changes: p50, p95, p99 and most ${told.join(', ')} ms; ${slow} over 4 s`,
      );
      say(`${ofAborts.length} of aborts: most ${Math.round(percentile(ofAborts, 1))} ms`);
      expect(delays).toHaveLength(CHANGES * PROTOCOLS.length);
      // A hundredth; of few numbers it is known to three standard deviations.
      const hundredth = delays.length / 100;
      expect(slow).toBeLessThanOrEqual(IS_LONG ? hundredth : hundredth + 3 * Math.sqrt(hundredth));
      for (const ms of delays) expect(ms).toBeLessThanOrEqual(MOVING_MS_MAX);
    },
    MINUTES_20,
  );

  test(
    'an abort of a release that was set by hand an hour ago is in force within ten seconds',
    async () => {
      const delays: number[] = [];
      for (let i = 0; i < HELD_ABORTS; i++) {
        const ready = canary.status.phase === 'Failed' ? done(retryCanary(canary, moment())) : canary;
        const past = { ...moment(), now: Date.now() - HOUR_MS };
        await put(done(setWeights(ready, shares(30 + i), past)));
        await taken();
        // Each holds: it was told so, and comes back later than the others come first.
        const heldFrom = mesh.polls.length;
        const held = (): number =>
          mesh.polls
            .slice(heldFrom)
            .filter(({ path, pause }) => path.endsWith('routes') && pause >= HOLDING_PAUSE_SECONDS).length;
        await expect.poll(held, WAIT).toBeGreaterThanOrEqual(PROTOCOLS.length);
        await wait(5_000 * spread(i));
        const from = writes.length;
        await abort();
        await taken();
        delays.push(...delaysFrom(from));
      }
      say(`an hour later ${HELD_ABORTS} aborts: ${delays.map(Math.round).join(', ')} ms`);
      expect(delays).toHaveLength(HELD_ABORTS * PROTOCOLS.length);
      for (const ms of delays) expect(ms).toBeLessThanOrEqual(HELD_MS_MAX);
    },
    MINUTES_20,
  );

  test('no request failed, no update was refused, no script erred, and no poll was lost while tokens ended', async () => {
    state.isOver = true;
    await Promise.all(running);
    say(`${load.failed} of ${load.sent} requests failed`);
    expect(Date.now()).toBeGreaterThan(begin + TOKEN_MS);
    const polls = await Promise.all(proxies.map(async (proxy) => await proxy.polls()));
    const versions = ['http1', 'http2'].map((name) => sum(`cluster.xds.upstream_cx_${name}_total`));
    say(`polls by status: ${JSON.stringify(polls)}; connections ${(await Promise.all(versions)).join(' and ')}`);
    expect([load.failed, await sum('update_rejected'), await sum('lua.errors')]).toEqual([0, 0, 0]);
    expect(load.sent).toBeGreaterThan(1_000);
    for (const { 200: news = 0, 304: same = 0, ...others } of polls) {
      expect(others).toEqual({ others: 0 });
      expect(news).toBeGreaterThan(0);
      expect(same).toBeGreaterThan(0);
    }
    for (const proxy of proxies) {
      const [http1, http2] = await Promise.all(
        ['http1', 'http2'].map(
          async (name) => [...(await proxy.stats(`xds.upstream_cx_${name}_total`)).values()][0] ?? 0,
        ),
      );
      expect(proxy.protocol === 'HTTP/2' ? http1 : http2).toBe(0);
    }
    // The first token has ended meanwhile: what polls, polls with another one.
    expect(await secure.statusOf(first)).toBe(401);
  });
});
