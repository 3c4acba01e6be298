import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CanaryTarget } from '../../functions/canary/canary.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { describeProxies } from '../../functions/traffic/fleet.ts';
import { awaitingFor, releaseOf, targetFor } from '../support/releases.ts';
import { ENVOY_VERSIONS, whyNotEnvoy } from './support/envoy.ts';
import { type Mesh, type MeshProxy, startMesh } from './support/mesh.ts';
import { describeReal } from './support/suite.ts';

const CART = 'cart.shop:8080';
/** Two hundred requests at 50 %: five points are 1.4 standard deviations, twenty 5.6. */
const POINTS = 20;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const text = (statusCode: number, body: string): HttpResult => ({ statusCode, headers: {}, body });

await describeReal('discovery and real Envoys', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  let version = 0;
  beforeAll(async () => {
    mesh = await startMesh();
    proxy = await mesh.startProxy('web-1');
  });
  afterAll(async () => {
    await proxy.stop();
    await mesh.stop();
  });
  afterEach(() => {
    mesh.instead = undefined;
    mesh.store.trouble = undefined;
    mesh.unknownNames.clear();
  });

  /** The canary `cart` at a weight, on the two servers of the mesh. */
  const cart = (weight: number, more: Parameters<typeof releaseOf>[0] = {}): ReturnType<typeof releaseOf> =>
    releaseOf({ tracks: mesh.tracks, weight, version: ++version, ...more });
  /** Asks until one server has all requests. */
  const reaches = async (server: string, host = CART, by = proxy): Promise<void> =>
    await expect
      .poll(async () => await by.split(host, 20), { timeout: 10_000, interval: 20 })
      .toEqual({ [server]: 20 });
  /** Updates that the proxy refused since it started. */
  const rejected = async (by = proxy): Promise<number> => {
    const all = await by.stats('update_rejected');
    return [...all.values()].reduce((sum, value) => sum + value, 0);
  };
  /** The version that the proxy runs, as it says. */
  const running = async (): Promise<string> =>
    /outbound\.version_text: "(.*)"/.exec(await proxy.admin('/stats?type=TextReadouts'))?.[1] ?? '';

  test.each(ENVOY_VERSIONS)('Envoy %s takes every resource, and follows a walk', async (of) => {
    const spec = {
      match: [
        { headers: { 'x-canary': { exact: 'always' }, 'X-Team': { prefix: 'check' } } },
        { cookies: { track: { exact: `ca.na+ry(${'x'.repeat(900)}` } }, headers: { 'x-beta': { present: true } } },
        { cookies: { beta: { prefix: 'y' } } },
      ],
      mirror: { percentage: 0.5 },
      sessionAffinity: { hashOn: [{ header: 'x-user' }, { cookie: 'session' }, { sourceIP: true }] },
    } as const;
    mesh.store.set(
      cart(0),
      cart(0, { service: 'web', port: 80 }),
      cart(0, { service: 'api', spec }),
      cart(0, { service: 'cart', namespace: 'other' }),
    );
    // Nothing is staged here: what CDS and RDS say has to be of one moment.
    await pause(1_100);
    const own = await mesh.startProxy(`web-${of}`, { version: of });
    try {
      await reaches('stable', 'cart:8080', own);
      for (const weight of [10, 50, 100, 50, 0]) {
        mesh.store.set(cart(weight), cart(0, { service: 'web', port: 80 }), cart(0, { service: 'api', spec }));
        const before = (await own.stats('rds.outbound.update_success')).get(
          'http.outbound_15001.rds.outbound.update_success',
        );
        const after = (): Promise<ReadonlyMap<string, number>> => own.stats('rds.outbound.update_success');
        await expect
          .poll(async () => (await after()).get('http.outbound_15001.rds.outbound.update_success'), { timeout: 5_000 })
          .toBeGreaterThan(before ?? 0);
        const { canary = 0, ...others } = await own.split(CART, 200);
        expect(Object.keys(others).filter((name) => name !== 'stable')).toEqual([]);
        expect(Math.abs(canary / 2 - weight)).toBeLessThanOrEqual(weight % 100 === 0 ? 0 : POINTS);
      }
      expect(await own.ask('web.shop.svc.cluster.local')).toEqual({ status: 200, server: 'stable' });
      expect(await own.ask('elsewhere:8080')).toEqual({ status: 200, server: 'main' });
      expect(await rejected(own)).toBe(0);
    } finally {
      await own.stop();
    }
  });

  test('every name of the Service is split, with the port as clients send it; other ports pass', async () => {
    mesh.store.set(
      cart(100),
      cart(100, { service: 'web', port: 80 }),
      cart(100, { service: 'pay', namespace: 'bank' }),
    );
    await reaches('canary');
    const names = ['cart', 'cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local', 'cart.shop.svc.cluster.local.'];
    for (const name of names) expect(await proxy.ask(`${name}:8080`)).toEqual({ status: 200, server: 'canary' });
    for (const host of ['web', 'web:80', 'web.shop', 'WEB.shop:80', 'pay.bank:8080']) {
      expect(await proxy.ask(host)).toEqual({ status: 200, server: 'canary' });
    }
    // Another namespace's short name, a port that is not canaried, an address, a track's own Service.
    for (const host of ['pay:8080', 'cart:8081', 'cart', '10.96.0.10:8080', 'cart-stable.shop:8080']) {
      expect(await proxy.ask(host)).toEqual({ status: 200, server: 'main' });
    }
  });

  test('requests that match go to the canary at weight 0, and no others', async () => {
    const match = [
      { headers: { 'x-canary': { exact: 'always' } }, cookies: { user: { prefix: 'ann' } } },
      { cookies: { track: { exact: 'a.b' } } },
      { headers: { 'x-beta': { present: true } } },
    ] as const;
    mesh.store.set(cart(0, { spec: { match } }));
    await reaches('stable');
    await expect.poll(async () => (await proxy.ask(CART, { 'x-beta': '' })).server).toBe('canary');
    const rows: [Record<string, string>, string][] = [
      [{}, 'stable'],
      [{ 'x-canary': 'always' }, 'stable'],
      [{ 'x-canary': 'always', cookie: 'user=anna' }, 'canary'],
      [{ 'x-canary': 'always', cookie: 'a=1; user=ann; b=2' }, 'canary'],
      [{ 'x-canary': 'always', cookie: 'xuser=anna' }, 'stable'],
      [{ 'x-canary': 'Always', cookie: 'user=anna' }, 'stable'],
      [{ cookie: 'track=a.b' }, 'canary'],
      [{ cookie: 'track=axb' }, 'stable'],
      [{ cookie: 'track=a.bc' }, 'stable'],
      [{ cookie: 'x=y; track=a.b' }, 'canary'],
    ];
    for (const [headers, server] of rows)
      expect([headers, (await proxy.ask(CART, headers)).server]).toEqual([headers, server]);
  });

  test('nothing new is 304: no update, and the version stays', async () => {
    mesh.store.set(cart(30));
    await expect.poll(async () => (await proxy.split(CART, 50))['stable'], { timeout: 5_000 }).toBeGreaterThan(0);
    await expect.poll(async () => (await proxy.split(CART, 50))['canary'], { timeout: 5_000 }).toBeGreaterThan(0);
    await pause(1_500);
    const updates = async (): Promise<unknown[]> =>
      [...(await proxy.stats('update_success'))].filter(([name]) => /rds|cds|lds/.test(name));
    const [before, from] = [await updates(), mesh.polls.length];
    await pause(1_000);
    expect(await updates()).toEqual(before);
    expect(new Set(mesh.polls.slice(from).map(({ status }) => status))).toEqual(new Set([304]));
  });

  describe('with the control plane in trouble, routes stay, nothing is ever 404, and it follows again afterwards', () => {
    const routes = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
    const wrongType = JSON.stringify({ version_info: 'x', type_url: routes, resources: [{ '@type': 'nonsense' }] });
    test.each<[string, { door?: HttpResult; store?: () => Promise<void> }]>([
      ['503', { door: text(503, '') }],
      ['401', { door: text(401, '') }],
      ['a redirect', { door: { ...text(302, ''), headers: { location: '/' } } }],
      ['garbage', { door: text(200, '<html>') }],
      ['an empty body', { door: text(200, '') }],
      ['a wrong type', { door: text(200, wrongType) }],
      ['the store down', { store: async () => Promise.reject(new Error('down')) }],
      ['the store hanging', { store: async () => await new Promise(() => {}) }],
    ])('%s', async (_title, { door, store }) => {
      mesh.store.set(cart(100));
      await reaches('canary');
      mesh.instead = door === undefined ? undefined : () => door;
      mesh.store.trouble = store;
      // What is on its way is still answered.
      await pause(300);
      mesh.store.set(cart(0));
      const end = Date.now() + 2_500;
      while (Date.now() < end) expect(await proxy.ask(CART)).toEqual({ status: 200, server: 'canary' });
      mesh.instead = undefined;
      mesh.store.trouble = undefined;
      await reaches('stable');
    });

    test('a proxy that is born while the store is down is ready, and passes everything to the main Service', async () => {
      mesh.store.set(cart(100));
      const other = await startMesh();
      other.store.trouble = async () => Promise.reject(new Error('down'));
      const newborn = await other.startProxy('newborn');
      try {
        expect(await newborn.split(CART, 50)).toEqual({ main: 50 });
        other.store.trouble = undefined;
        other.store.set(releaseOf({ tracks: other.tracks, weight: 100 }));
        await reaches('canary', CART, newborn);
      } finally {
        await newborn.stop();
        await other.stop();
      }
    });
  });

  test('zero canaries, read successfully: nothing is left of them, and everything passes', async () => {
    mesh.store.set(cart(100));
    await reaches('canary');
    mesh.store.set();
    await reaches('main');
    await expect.poll(async () => await proxy.admin('/clusters'), { timeout: 5_000 }).not.toContain('shop/cart');
    await expect.poll(async () => await proxy.admin('/listeners'), { timeout: 5_000 }).not.toContain('0.0.0.0_8080');
    mesh.store.set(cart(100));
    await reaches('canary');
  });

  test('a new canary, a changed port and a deletion, while another one moves: none of its updates is refused or late', async () => {
    const own = await mesh.startProxy('mover');
    const stage = 2_000;
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const target = targetFor({ tracks: mesh.tracks });
    const moved = targetFor({ tracks: mesh.tracks, port: 9090 }, { revision: 2 });
    // Each step lasts one and a half stages; what routes lead to was learned a stage before.
    const steps = (): { targets: CanaryTarget[]; deleted?: true }[] => {
      const fresh = { ...target, routesFrom: at(stage) };
      const [old, next] = [
        { ...fresh, keepUntil: at(3.5 * stage) },
        { ...moved, routesFrom: at(2.5 * stage) },
      ];
      return [
        { targets: [fresh] },
        { targets: [old, next] },
        { targets: [old, { ...next, keepUntil: at(4 * stage) }], deleted: true },
      ];
    };
    try {
      mesh.store.set(cart(100, { service: 'other' }));
      await reaches('canary', 'other.shop:8080', own);
      const before = await rejected(own);
      for (const [i, step] of steps().entries()) {
        const end = Date.now() + stage * 1.5;
        for (let weight = i % 2 === 0 ? 0 : 100; Date.now() < end; weight = 100 - weight) {
          mesh.store.set(cart(weight, { service: 'other' }), cart(100, step));
          await expect
            .poll(async () => (await own.ask('other.shop:8080')).server, { timeout: 1_900, interval: 20 })
            .toBe(weight === 100 ? 'canary' : 'stable');
        }
      }
      expect(await rejected(own)).toBe(before);
    } finally {
      await own.stop();
    }
  });

  test('a proxy that refuses what it is sent is seen as rejecting, by name; one that follows as converged', async () => {
    mesh.store.set(cart(100));
    await reaches('canary');
    const before = await rejected();
    // Routes to Envoy clusters that CDS does not bring.
    mesh.instead = (path) => (path.includes('clusters') ? text(503, '') : undefined);
    const awaited = cart(50, { awaiting: awaitingFor(version + 1) });
    mesh.store.set(awaited, cart(50, { service: 'unstaged' }));
    const describe = (): ReturnType<typeof describeProxies> =>
      describeProxies([...mesh.store.reports.values()], awaited, Date.now());
    await expect.poll(() => describe().names.rejected, { timeout: 15_000 }).toEqual(['shop/web-1']);
    expect(describe()).toMatchObject({ seen: expect.any(Number), confirmed: false, rejected: 1 });
    expect(await rejected()).toBeGreaterThan(before);
    expect(await proxy.ask(CART)).toEqual({ status: 200, server: 'canary' });
    mesh.instead = undefined;
    await expect.poll(describe, { timeout: 15_000 }).toMatchObject({ rejected: 0, lagging: 0 });
    expect(await running()).not.toBe('');
  });

  test('a canary without endpoints: its share goes to stable', async () => {
    mesh.store.set(cart(0, { service: 'empty' }));
    mesh.unknownNames.add('empty-canary.shop.svc.cluster.local');
    await reaches('stable', 'empty.shop:8080');
    mesh.store.set(cart(50, { service: 'empty' }));
    await pause(2_000);
    expect(await proxy.split('empty.shop:8080', 300)).toEqual({ stable: 300 });
  });

  test('stickiness: of 10,000 keys none goes back while the weight grows, and a rollback moves exactly the last', async () => {
    const spec = { sessionAffinity: { hashOn: [{ header: 'x-user' }] } } as const;
    const keys = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
    const canaryKeys = async (weight: number): Promise<ReadonlySet<string>> => {
      const before = await running();
      mesh.store.set(cart(weight, { service: 'sticky', spec }));
      await expect.poll(running, { timeout: 5_000 }).not.toBe(before);
      const found = new Set<string>();
      const ask = async (key: string): Promise<void> => {
        if ((await proxy.ask('sticky.shop:8080', { 'x-user': key })).server === 'canary') found.add(key);
      };
      for (let i = 0; i < keys.length; i += 50) await Promise.all(keys.slice(i, i + 50).map(ask));
      return found;
    };
    const walk = [0, 10, 20, 50, 100];
    const up: ReadonlySet<string>[] = [];
    for (const weight of walk) {
      const now = await canaryKeys(weight);
      expect([...(up.at(-1) ?? [])].filter((key) => !now.has(key))).toEqual([]);
      expect(Math.abs(now.size / 100 - weight)).toBeLessThan(2);
      up.push(now);
    }
    for (const i of [3, 2, 1, 0]) expect(await canaryKeys(walk[i] ?? 0)).toEqual(up[i]);
  });
});
