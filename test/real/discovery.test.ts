import { expect, test } from 'vitest';
import { ENVOY_VERSIONS, whyNotEnvoy } from './support/envoy.ts';
import type { Mesh, MeshProxy } from './support/mesh.ts';
import { CART_HOST, type MeshReleases, withMesh } from './support/mesh-releases.ts';
import { describeReal } from './support/suite.ts';

/** Two hundred requests at 50 %: five points are 1.4 standard deviations, twenty 5.6. */
const POINTS = 20;
/** About four of each kind. */
const QUIET_POLLS = 12;
/** For hangs only: the machine may be busy with other things. */
const WAIT = { timeout: 60_000 };

await describeReal('discovery and real Envoys', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  let on: MeshReleases;
  withMesh((...begun) => {
    [mesh, proxy, on] = begun;
  });

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
      on.cart(0),
      on.cart(0, { service: 'web', port: 80 }),
      on.cart(0, { service: 'api', spec }),
      on.cart(0, { service: 'cart', namespace: 'other' }),
    );
    // Nothing is staged here: what CDS and RDS say has to be of one moment.
    await on.taken();
    const own = await mesh.startProxy(`web-${of}`, { version: of });
    try {
      await on.reaches('stable', 'cart:8080', own);
      for (const weight of [10, 50, 100, 50, 0]) {
        mesh.store.set(on.cart(weight), on.cart(0, { service: 'web', port: 80 }), on.cart(0, { service: 'api', spec }));
        await on.taken(own);
        const { canary = 0, ...others } = await own.split(CART_HOST, 200);
        expect(Object.keys(others).filter((name) => name !== 'stable')).toEqual([]);
        expect(Math.abs(canary / 2 - weight)).toBeLessThanOrEqual(weight % 100 === 0 ? 0 : POINTS);
      }
      expect(await own.ask('web.shop.svc.cluster.local')).toEqual({ status: 200, server: 'stable' });
      expect(await own.ask('elsewhere:8080')).toEqual({ status: 200, server: 'main' });
      expect(await on.rejected(own)).toBe(0);
    } finally {
      await own.stop();
    }
  });

  test('every name of the Service is split, with the port as clients send it; other ports pass', async () => {
    mesh.store.set(
      on.cart(100),
      on.cart(100, { service: 'web', port: 80 }),
      on.cart(100, { service: 'pay', namespace: 'bank' }),
    );
    await on.reaches('canary');
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
    mesh.store.set(on.cart(0, { spec: { match } }));
    await on.reaches('stable');
    await expect.poll(async () => (await proxy.ask(CART_HOST, { 'x-beta': '' })).server, WAIT).toBe('canary');
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
      expect([headers, (await proxy.ask(CART_HOST, headers)).server]).toEqual([headers, server]);
  });

  test.each(
    ENVOY_VERSIONS,
  )('Envoy %s: routes of steps send by a header, copy a share, and are gone with the release', async (of) => {
    const steps = [
      { setHeaderRoute: { name: 'testers', match: [{ headerName: 'x-tester', headerValue: { exact: 'yes' } }] } },
      { setMirrorRoute: { name: 'reads', match: [{ path: { prefix: '/read' }, method: { exact: 'GET' } }] } },
    ];
    const own = await mesh.startProxy(`routed-${of}`, { version: of });
    const copies = async (): Promise<number> =>
      (await own.stats('mirror')).get('cluster.shop/cart/8080/r1|mirror.upstream_rq_total') ?? 0;
    try {
      mesh.store.set(on.cart(0, { steps }));
      await on.taken(own);
      const rows: [Record<string, string>, string][] = [
        [{ 'x-tester': 'yes' }, 'canary'],
        [{ 'x-tester': 'yes!' }, 'stable'],
        [{ 'x-tester': 'no' }, 'stable'],
        [{}, 'stable'],
      ];
      for (const [headers, server] of rows) {
        expect([headers, await own.ask(CART_HOST, headers)]).toEqual([headers, { status: 200, server }]);
      }
      const before = await copies();
      for (const path of ['/read', '/read/1?a=b', '/write']) {
        expect(await own.ask(CART_HOST, {}, path)).toEqual({ status: 200, server: 'stable' });
      }
      await expect.poll(async () => (await copies()) - before, WAIT).toBe(2);
      // Without a release the steps are nothing; its end is one write.
      mesh.store.set(on.cart(0));
      await on.taken(own);
      expect(await own.ask(CART_HOST, { 'x-tester': 'yes' })).toEqual({ status: 200, server: 'stable' });
      expect(await on.rejected(own)).toBe(0);
    } finally {
      await own.stop();
    }
  });

  test('nothing new is 304: no update, and the version stays', async () => {
    mesh.store.set(on.cart(30));
    await on.taken();
    const isQuiet = (): boolean => mesh.polls.slice(-QUIET_POLLS).every(({ status }) => status === 304);
    await expect.poll(isQuiet, WAIT).toBe(true);
    const updates = async (): Promise<unknown[]> =>
      [...(await proxy.stats('update_success'))].filter(([name]) => /rds|cds|lds/.test(name));
    const [before, from] = [await updates(), mesh.polls.length];
    await expect.poll(() => mesh.polls.length, WAIT).toBeGreaterThanOrEqual(from + QUIET_POLLS);
    expect(await updates()).toEqual(before);
    expect(new Set(mesh.polls.slice(from).map(({ status }) => status))).toEqual(new Set([304]));
  });

  test('zero canaries, read successfully: nothing is left of them, and everything passes', async () => {
    mesh.store.set(on.cart(100));
    await on.reaches('canary');
    mesh.store.set();
    await on.reaches('main');
    await expect.poll(async () => await proxy.admin('/clusters'), WAIT).not.toContain('shop/cart');
    await expect.poll(async () => await proxy.admin('/listeners'), WAIT).not.toContain('0.0.0.0_8080');
    mesh.store.set(on.cart(100));
    await on.reaches('canary');
  });
});
