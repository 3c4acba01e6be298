import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { releaseOf } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type Mesh, type MeshProxy, startMesh } from './support/mesh.ts';
import { CART_HOST } from './support/mesh-releases.ts';
import { runningRoutes } from './support/running-routes.ts';
import { describeReal } from './support/suite.ts';

const PROXIES = 6;
const IDLE_SECONDS = 10;
/** A pause is at most a tenth longer; Envoy looks after one and two ticks of 1.8 s, and canaries are held for a second. */
const FROM_IDLE_MS_MAX = IDLE_SECONDS * 1_100 + 2 * 1_800 + 1_000 + 1_000;
/** Two ticks, and the second for which canaries are held; one more for a busy machine. */
const MOVING_MS_MAX = 2 * 1_800 + 1_000 + 1_000;
const MEASURED_MS = 35_000;
/** For hangs only. */
const WAIT = { timeout: 60_000, interval: 50 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await describeReal('the pace of real Envoys', whyNotEnvoy, () => {
  let mesh: Mesh;
  const proxies: MeshProxy[] = [];
  let version = 0;
  const loads: Promise<{ readonly sent: number; readonly failed: number }>[] = [];
  let isOver = false;

  /** The canary as a write now leaves it. */
  const written = (weight: number, phase: 'Initialized' | 'Progressing' | 'Failed' = 'Progressing') => {
    const canary = releaseOf({ tracks: mesh.tracks, weight, version: ++version, atRest: phase === 'Initialized' });
    const at = new Date().toISOString();
    return { ...canary, status: { ...canary.status, phase, lastTransitionTime: at } };
  };
  /** Writes it, and how long it takes until every proxy runs its routes, in milliseconds. */
  const follow = async (canary: ReturnType<typeof written>): Promise<number> => {
    const begin = Date.now();
    mesh.store.set(canary);
    const wanted = await mesh.routesVersion();
    const all = proxies.map(async (proxy) => {
      await expect.poll(async () => (await runningRoutes(proxy)).version, WAIT).toBe(wanted);
      return Date.now() - begin;
    });
    return Math.max(...(await Promise.all(all)));
  };
  const load = async (proxy: MeshProxy): Promise<{ readonly sent: number; readonly failed: number }> => {
    let [sent, failed] = [0, 0];
    while (!isOver) {
      const { status } = await proxy.ask(CART_HOST).catch(() => ({ status: 0 }));
      sent++;
      if (status !== 200) failed++;
      await wait(20);
    }
    return { sent, failed };
  };
  const sum = async (name: string): Promise<number> => {
    const all = await Promise.all(proxies.map(async (proxy) => [...(await proxy.stats(name)).values()]));
    return all.flat().reduce((total, value) => total + value, 0);
  };

  beforeAll(async () => {
    mesh = await startMesh({ routesRefresh: '2s', idle: `${IDLE_SECONDS}s` });
    mesh.store.set(written(0, 'Initialized'));
    for (let i = 1; i <= PROXIES; i++) proxies.push(await mesh.startProxy(`web-${i}`));
    loads.push(...proxies.map(load));
    const isQuiet = async (): Promise<boolean> => {
      const from = mesh.polls.length;
      await wait(4_000);
      return mesh.polls.length - from < PROXIES;
    };
    await vi.waitFor(async () => expect(await isQuiet()).toBe(true), WAIT);
  });
  afterAll(async () => {
    isOver = true;
    await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
    await mesh?.stop();
  });

  test('at rest each asks for routes alone, once in its idle time', async () => {
    const begin = Date.now();
    await wait(MEASURED_MS);
    const polls = mesh.polls.filter(({ at }) => at >= begin);
    say(`${PROXIES} Envoys at rest, idle ${IDLE_SECONDS} s: ${polls.length} polls in ${MEASURED_MS / 1_000} s`);
    expect(new Set(polls.map(({ path, status }) => `${path} ${status}`))).toEqual(
      new Set(['/v3/discovery:routes 304']),
    );
    expect(polls.length).toBeLessThanOrEqual(PROXIES * (MEASURED_MS / (IDLE_SECONDS * 900) + 1));
    // They do ask.
    expect(polls.length).toBeGreaterThanOrEqual(PROXIES * Math.floor(MEASURED_MS / (FROM_IDLE_MS_MAX + 1_000)));
  });

  test('a first weight is in force after the idle time, each later one and an abort within seconds, and nothing fails', async () => {
    const first = await follow(written(10));
    const later: number[] = [];
    for (const weight of [20, 50, 100, 50, 20, 10]) later.push(await follow(written(weight)));
    const abort = await follow(written(0, 'Failed'));
    say(`from rest ${first} ms, then ${later.join(', ')} ms, an abort ${abort} ms`);
    expect(first).toBeLessThanOrEqual(FROM_IDLE_MS_MAX);
    expect(Math.max(...later, abort)).toBeLessThanOrEqual(MOVING_MS_MAX);
    isOver = true;
    const ends = await Promise.all(loads);
    const [sent, failed] = [ends.reduce((n, end) => n + end.sent, 0), ends.reduce((n, end) => n + end.failed, 0)];
    say(`${failed} of ${sent} requests failed`);
    expect([failed, await sum('update_rejected'), await sum('lua.errors')]).toEqual([0, 0, 0]);
  });
});
