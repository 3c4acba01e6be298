import { afterEach, describe, expect, test } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type Mesh, type MeshProxy, startMesh } from './support/mesh.ts';
import { CART_HOST, type MeshReleases, withMesh } from './support/mesh-releases.ts';
import { describeReal } from './support/suite.ts';

/** For hangs only: the machine may be busy with other things. */
const WAIT = { timeout: 60_000 };
/** A sidecar asks less and less often then: after 1 to 2 s, 2 to 4 s, at last 16 to 32 s. */
const POLLS_IN_TROUBLE = 3;

/** A look at the canaries and two ticks take 1.4 s; a machine may be busy. */
const ROUTES_MS_MAX = 4_000;

/** Makes a proxy ask for listeners and Envoy clusters again and again, as if others were current. */
const othersCurrent = (result: HttpResult): HttpResult => ({
  ...result,
  headers: { ...result.headers, 'x-outrigger-versions': 'l=0;c=0' },
});

const text = (statusCode: number, body: string): HttpResult => ({ statusCode, headers: {}, body });

await describeReal('real Envoys in trouble', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  let on: MeshReleases;
  withMesh((...begun) => {
    [mesh, proxy, on] = begun;
  });
  afterEach(() => {
    mesh.instead = undefined;
    mesh.changed = undefined;
    mesh.store.trouble = undefined;
    mesh.unknownNames.clear();
  });

  describe('with the control plane in trouble, routes stay, nothing is ever 404, and it follows again afterwards', () => {
    const routes = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
    const wrongType = JSON.stringify({ version_info: 'x', type_url: routes, resources: [{ '@type': 'nonsense' }] });
    const otherType = JSON.stringify({ version_info: 'x', type_url: 'example.com/Other', resources: [] });
    const large = JSON.stringify({ message: 'x'.repeat(2 << 20) });
    const held = async (): Promise<readonly number[]> =>
      await Promise.all(
        ['cluster_removed', 'total_listeners_active', 'lua.errors'].map(async (name) => sumOf(await proxy.stats(name))),
      );
    test.each<[string, { entryPoint?: HttpResult; store?: () => Promise<void> }]>([
      ['503', { entryPoint: text(503, '') }],
      ['401', { entryPoint: text(401, '') }],
      ['a redirect', { entryPoint: { ...text(302, ''), headers: { location: '/' } } }],
      ['garbage', { entryPoint: text(200, '<html>') }],
      ['an empty body', { entryPoint: text(200, '') }],
      ['a wrong type', { entryPoint: text(200, wrongType) }],
      ['an empty object', { entryPoint: text(200, '{}') }],
      ['the object of another server', { entryPoint: text(200, '{"a":1}') }],
      ['the large object of another server', { entryPoint: text(200, large) }],
      ['an empty answer of another type', { entryPoint: text(200, otherType) }],
      ['the store down', { store: async () => Promise.reject(new Error('down')) }],
      ['the store hanging', { store: async () => await new Promise(() => {}) }],
    ])('%s', async (_title, { entryPoint, store }) => {
      mesh.store.set(on.cart(100));
      await on.reaches('canary');
      mesh.changed = (result) => (result === entryPoint ? result : othersCurrent(result));
      await on.polled();
      mesh.instead = entryPoint === undefined ? undefined : () => entryPoint;
      mesh.store.trouble = store;
      const before = await held();
      mesh.store.set(on.cart(0));
      const end = mesh.polls.length + POLLS_IN_TROUBLE;
      while (mesh.polls.length < end) expect(await proxy.ask(CART_HOST)).toEqual({ status: 200, server: 'canary' });
      expect(await held()).toEqual(before);
      mesh.instead = undefined;
      mesh.changed = undefined;
      mesh.store.trouble = undefined;
      await on.reaches('stable');
    });

    test('a proxy that is born while the store is down is ready, and passes everything to the main Service', async () => {
      mesh.store.set(on.cart(100));
      const other = await startMesh();
      other.store.trouble = async () => Promise.reject(new Error('down'));
      const newborn = await other.startProxy('newborn');
      try {
        expect(await newborn.split(CART_HOST, 50)).toEqual({ main: 50 });
        other.store.trouble = undefined;
        other.store.set(releaseOf({ tracks: other.tracks, weight: 100 }));
        await on.reaches('canary', CART_HOST, newborn);
      } finally {
        await newborn.stop();
        await other.stop();
      }
    });
  });

  test('a sidecar follows functions that mark no answer yet, large answers too', async () => {
    const hosts = Array.from({ length: 60 }, (_, i) => on.cart(0, { service: `many-${i}` }));
    mesh.changed = ({ headers: { 'x-outrigger-versions': _mark, ...headers }, ...answer }) => ({ ...answer, headers });
    mesh.store.set(on.cart(100), ...hosts);
    await on.taken();
    await on.reaches('canary');
    expect(sumOf(await proxy.stats('lua.errors'))).toBe(0);
  });

  test('while listeners and Envoy clusters cannot be had, routes go on at their pace', async () => {
    mesh.store.set(on.cart(100));
    await on.reaches('canary');
    mesh.changed = othersCurrent;
    mesh.instead = (path) => (path.endsWith('routes') ? undefined : text(503, ''));
    await on.polled();
    for (const weight of [0, 100, 0, 100, 0, 100, 0, 100]) {
      const begin = Date.now();
      mesh.store.set(on.cart(weight));
      await on.reaches(weight === 100 ? 'canary' : 'stable');
      expect(Date.now() - begin).toBeLessThanOrEqual(ROUTES_MS_MAX);
    }
  });

  test('a proxy that refuses what it is sent is seen as rejecting, by name; one that follows as converged', async () => {
    mesh.store.set(on.cart(100));
    await on.reaches('canary');
    const before = await on.rejected();
    // Routes to Envoy clusters that CDS does not bring.
    mesh.instead = (path) => (path.includes('clusters') ? text(503, '') : undefined);
    await on.polled();
    const awaited = on.cart(50, { awaiting: awaitingFor(on.nextVersion()) });
    mesh.store.set(awaited, on.cart(50, { service: 'unstaged' }));
    const describe = (): ReturnType<typeof describeProxies> =>
      describeProxies([...mesh.store.reports.values()], awaited, Date.now());
    await expect.poll(() => describe().names.rejected, WAIT).toEqual(['shop/web-1']);
    expect(describe()).toMatchObject({ seen: expect.any(Number), confirmed: false, rejected: 1 });
    expect(await on.rejected()).toBeGreaterThan(before);
    expect(await proxy.ask(CART_HOST)).toEqual({ status: 200, server: 'canary' });
    mesh.instead = undefined;
    await expect.poll(describe, WAIT).toMatchObject({ rejected: 0, lagging: 0 });
    await on.taken();
  });

  test('an idle connection is closed before the application closes it', async () => {
    const closed = async (): Promise<readonly (readonly [string, number])[]> =>
      [...(await proxy.stats('upstream_cx_idle_timeout'))].filter(([, value]) => value > 0);
    mesh.store.set(on.cart(50));
    await on.taken();
    await proxy.split(CART_HOST, 20);
    for (const of of ['|canary-only', '|stable-only']) {
      await expect.poll(closed, WAIT).toContainEqual([expect.stringContaining(of), expect.any(Number)]);
    }
    expect(sumOf(await proxy.stats('upstream_cx_destroy_remote_with_active_rq'))).toBe(0);
  });

  test('a canary without endpoints: its share goes to stable', async () => {
    mesh.store.set(on.cart(0, { service: 'empty' }));
    mesh.unknownNames.add('empty-canary.shop.svc.cluster.local');
    await on.reaches('stable', 'empty.shop:8080');
    mesh.store.set(on.cart(50, { service: 'empty' }));
    await on.taken();
    expect(await proxy.split('empty.shop:8080', 300)).toEqual({ stable: 300 });
  });
});

function sumOf(stats: ReadonlyMap<string, number>): number {
  return [...stats.values()].reduce((sum, value) => sum + value, 0);
}
