import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { unreadiness } from '../../functions/canary/evidence/readiness.ts';
import { awaitMsOf } from '../../functions/canary/times.ts';
import { createEvidenceReader } from '../../functions/traffic/evidence/read-evidence.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { at } from '../support/values.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type EvidenceBed, startEvidenceBed, totalsOf } from './support/evidence-bed.ts';
import { attacksOf, MARK, sendAttack } from './support/hostile-pod.ts';
import { describeReal } from './support/suite.ts';
import { startTimedApplication, type TimedApplication } from './support/timed-application.ts';

const PROXIES = 3;
const ROGUES = 40;
const REQUESTS = 1_500;
const REFRESH_MS = 1_000;
/** As without them: four refreshes and five seconds. */
const CONFIRMED_MS_MAX = 4 * REFRESH_MS + 5_000;
/** `shop/secret` is exported to no other namespace. */
const TARGETS = ['shop/cart/8080/r1', 'shop/secret/8080/r1', 'shop/cart/8080/r2', 'rogue/made-up/80/r1'];
const OVERHEARD_MAX = 5;
/** For hangs only. */
const WAIT = { timeout: 60_000, interval: 100 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await describeReal('Pods of another namespace that make things up, beside real Envoys', whyNotEnvoy, () => {
  let bed: EvidenceBed;
  let applications: readonly TimedApplication[] = [];
  const state = { isOver: false };
  const statuses = new Map<number, number>();
  const overheard: string[] = [];
  const pauses = new Set<number>();
  let attacking: Promise<unknown> = Promise.resolve();
  let last: readonly Canary[] = [];

  const tracks = () => {
    const [stable = 0, canary = 0] = applications.map(({ port }) => port);
    return { stable, canary };
  };
  const secretOf = (secret: Canary): Canary => ({ ...secret, spec: { ...secret.spec, exportTo: ['.'] } });
  /** Staged, so that every proxy knows the Envoy clusters before it gets routes to them. */
  const atRest = (write: EvidenceBed['write']): readonly Canary[] => [
    write('cart', tracks(), 0, true),
    secretOf(write('secret', tracks(), 0, true)),
  ];
  const write = (weight: number): readonly Canary[] => {
    const secret = bed.write('secret', tracks(), weight);
    const cart = bed.write('cart', tracks(), weight);
    const since = Date.now();
    const until = new Date(since + awaitMsOf(REFRESH_MS)).toISOString();
    const { resourceVersion } = cart.metadata;
    const awaiting = { resourceVersion, since: new Date(since).toISOString(), until };
    last = [{ ...cart, status: { ...cart.status, awaiting } }, secretOf(secret)];
    return last;
  };
  const described = async (canary: Canary | undefined) => {
    if (canary === undefined) throw new Error('there is a canary');
    const reports = await bed.mesh.store.readProxyReports('local', AbortSignal.timeout(5_000));
    return describeProxies(reports, canary, Date.now());
  };
  /** The rogues send everything that they can think of, over and over. */
  const attack = async (): Promise<void> => {
    const { mesh } = bed;
    const pods = Array.from({ length: ROGUES }, (_, i) => `web-${i + 1}`);
    const tokens = await Promise.all(pods.map(async (pod) => await mesh.tokenOf(pod, { namespace: 'rogue' })));
    for (let n = 0; !state.isOver; n++) {
      const versions = [await mesh.routesVersion('rogue'), await mesh.routesVersion(), '0123456789abcdef'];
      const attacks = attacksOf({ targets: TARGETS, versions, overheard }, Date.now());
      // Each Pod has its turn at each attack.
      for (const [i, one] of attacks.entries()) {
        const status = await sendAttack(mesh.ports.gateway, one, tokens[(n + i) % ROGUES] ?? '');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (i % 4 === 0) await wait(5);
      }
    }
  };

  beforeAll(async () => {
    applications = [
      await startTimedApplication({ least: 1, longest: 5 }),
      await startTimedApplication({ least: 1, longest: 5, failEvery: 20 }),
    ];
    const troubles = { of: 20, refused: 0, lost: 0 };
    bed = await startEvidenceBed({ proxies: PROXIES, environments: 2, troubles, begin: (write) => atRest(write) });
    const { mesh } = bed;
    const { entryPoint } = mesh;
    mesh.entryPoint = async (event) => {
      const body = String(at(event, 'body') ?? '');
      const isOfRogue = body.includes(MARK) || overheard.includes(body);
      if (!isOfRogue && body.includes('"figures":[{') && overheard.length < OVERHEARD_MAX) overheard.push(body);
      const result = await (entryPoint ?? mesh.poll)(event);
      if (body.includes('"web-1.shop"')) pauses.add(Number(result.headers['x-outrigger-next'] ?? 0));
      return result;
    };
    await bed.counting(...write(20));
    pauses.clear();
    await bed.send('cart.shop:8080', 30);
    attacking = attack();
  });
  afterAll(async () => {
    state.isOver = true;
    await attacking;
    await bed?.stop();
    for (const application of applications) application.stop();
  });

  test('change no figure: what counts is what the applications did', async () => {
    await bed.taken(...write(50));
    for (const application of applications) await application.taken();
    await Promise.all([bed.send('cart.shop:8080', REQUESTS), bed.send('secret.shop:8080', REQUESTS)]);
    const [stable = [], canary = []] = await Promise.all(applications.map(async (one) => await one.taken()));
    const [cart, secret] = last;
    if (cart === undefined || secret === undefined) throw new Error('there are two');
    await bed.written();
    const pages = [await bed.windowsOf(cart), await bed.windowsOf(secret)];
    const found = (track: 'stable' | 'canary') => {
      const [one, other] = [cart, secret].map((own, i) =>
        totalsOf(pages[i]?.windows ?? [], own.metadata.resourceVersion, track),
      );
      return {
        responses: (one?.responses ?? 0) + (other?.responses ?? 0),
        errors: (one?.errors ?? 0) + (other?.errors ?? 0),
      };
    };
    const errors = canary.filter(({ status }) => status === 500).length;
    say(
      `${JSON.stringify({ stable: found('stable'), canary: found('canary') })} of ${stable.length} and ${canary.length}`,
    );
    expect(found('stable')).toEqual({ responses: stable.length, errors: 0 });
    expect(found('canary')).toEqual({ responses: canary.length, errors });
    for (const { windows } of pages) {
      const all = windows.flatMap(({ tracks }) => [tracks.stable, tracks.canary]);
      expect(all.every(({ cut, fallbacks, unanswered }) => cut + fallbacks + unanswered === 0)).toBe(true);
    }
    // They were heard, and are told apart; of the canary that they do not see not even that.
    const informing = pages.map(({ proxies }) => proxies.items.filter(({ counts }) => !counts));
    expect(informing[0]?.some(({ namespace }) => namespace === 'rogue')).toBe(true);
    expect(informing[1]).toEqual([]);
    const counted = pages.flatMap(({ proxies }) => proxies.items.filter(({ counts }) => counts));
    expect(new Set(counted.map(({ namespace, name }) => `${namespace}/${name}`))).toEqual(
      new Set(['shop/web-1', 'shop/web-2', 'shop/web-3']),
    );
    expect(pages.map(({ proxies: { reporting, silent, late } }) => ({ reporting, silent, late }))).toEqual(
      Array(2).fill({ reporting: PROXIES, silent: 0, late: 0 }),
    );
  });

  test('hold up no confirmation, and make none', async () => {
    const begin = Date.now();
    const [cart] = write(60);
    bed.mesh.store.set(...last);
    const all = { seen: PROXIES, converged: PROXIES, lagging: 0, rejected: 0, refused: 0 };
    await expect.poll(async () => await described(cart), WAIT).toMatchObject({ confirmed: true, counted: all });
    const took = Date.now() - begin;
    const { seen, lagging, rejected } = await described(cart);
    say(`confirmed after ${took} ms; of ${seen} proxies ${lagging} lag and ${rejected} refuse`);
    expect(took).toBeLessThanOrEqual(CONFIRMED_MS_MAX);
    expect(seen).toBeGreaterThan(PROXIES);
    const frozen = bed.proxies[0]?.pid ?? 0;
    process.kill(frozen, 'SIGSTOP');
    try {
      const [next] = write(70);
      bed.mesh.store.set(...last);
      const some = { ...all, converged: PROXIES - 1, lagging: 1 };
      // Until it is due, and everything that others say of the new routes has come.
      await expect.poll(async () => (await described(next)).counted, WAIT).toEqual(some);
      const until = Date.now() + CONFIRMED_MS_MAX / 2;
      while (Date.now() < until) {
        expect(await described(next)).toMatchObject({ confirmed: false, counted: some });
        await wait(200);
      }
      process.kill(frozen, 'SIGCONT');
      await expect.poll(async () => await described(next), WAIT).toMatchObject({ confirmed: true, counted: all });
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
  });

  test('change no time, no readiness and no log, and every one of them gets a response', async () => {
    const [cart] = last;
    const store = bed.mesh.store;
    const backends = await createEvidenceReader(store).backends('local', AbortSignal.timeout(5_000));
    const found = cart === undefined ? undefined : backends(cart, Date.now());
    const one = { healthy: 1, total: 1 };
    expect(found).toEqual({ hosts: { stable: one, canary: one }, isCounted: true });
    expect(cart === undefined || unreadiness(cart, { stable: 30, canary: 70 }, found)).toBeUndefined();
    expect(store.paces).toEqual([]);
    // They move: none was told to wait.
    expect([...pauses]).toEqual([0]);
    say(
      `responses to ${[...statuses.values()].reduce((sum, n) => sum + n, 0)} attacks: ${JSON.stringify([...statuses])}`,
    );
    expect([...statuses.keys()].filter((status) => status >= 500 || status === 0)).toEqual([]);
    expect(JSON.stringify(bed.mesh.log)).not.toContain(MARK);
    const rejected = await Promise.all(
      bed.proxies.map(async (proxy) => [
        ...(await proxy.stats('update_rejected')).values(),
        ...(await proxy.stats('lua.errors')).values(),
      ]),
    );
    expect(new Set(rejected.flat())).toEqual(new Set([0]));
  });
});
