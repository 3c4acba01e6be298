import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { olderTarget, type Release } from '../support/releases.ts';
import { ENVOY_VERSIONS, whyNotEnvoy } from './support/envoy.ts';
import { freePort } from './support/free-port.ts';
import { startFullBacklog } from './support/full-backlog.ts';
import type { Mesh, MeshProxy } from './support/mesh.ts';
import { type MeshReleases, withMesh } from './support/mesh-releases.ts';
import { describeReal } from './support/suite.ts';

/** For hangs only: the machine may be busy with other things. */
const WAIT = { timeout: 60_000 };
/** The second time a Pod is left out it has come back in between, and was tried: its whole share failed then. */
const EJECTIONS = 2;
const suffix = '.shop.svc.cluster.local';

await describeReal('tracks that do not work, and real Envoys', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  let on: MeshReleases;
  /** Nobody listens there. */
  let dead: number;
  withMesh((...begun) => {
    [mesh, proxy, on] = begun;
  });
  beforeAll(async () => {
    dead = await freePort();
  });
  afterEach(() => mesh.unknownNames.clear());

  /** A canary on the port of what stands for its main Service. @returns the host that calls it */
  const release = async (service: string, weight: number, more: Release = {}): Promise<string> => {
    mesh.store.set(on.cart(weight, { service, port: mesh.main, tracks: mesh.tracks, ...more }));
    await on.taken();
    return `${service}.shop:${mesh.main}`;
  };
  const left = async (): Promise<number> =>
    [...(await proxy.stats('outlier_detection.ejections_enforced_total')).values()].reduce((sum, n) => sum + n, 0);

  describe.each(ENVOY_VERSIONS)('Envoy %s', (version) => {
    test('sends a request that no Pod of the canary took to stable, and says nothing against its resources', async () => {
      const tracks = { stable: mesh.tracks.stable, canary: dead };
      const host = await release('gone', 50, { tracks });
      // What CDS and RDS answer it is of one moment.
      const own = await mesh.startProxy(`fallback-${version}`, { version });
      try {
        await on.taken(own);
        expect(await own.split(host, 40)).toEqual({ stable: 40 });
        expect(await on.rejected(own)).toBe(0);
        expect((await own.stats('runtime.deprecated_feature_use')).get('runtime.deprecated_feature_use')).toBe(0);
      } finally {
        await own.stop();
      }
    });
  });

  test.each<[string, Release]>([
    ['', {}],
    ['in the form of older versions', { targets: [olderTarget({ service: 'old' })] }],
  ])('a dead canary that DNS still names fails no request, however often it is tried again %s', async (_form, more) => {
    const service = more.targets === undefined ? 'dead' : 'old';
    const tracks = { stable: mesh.tracks.stable, canary: dead };
    const targets = more.targets?.map((target) => ({
      ...target,
      ...olderTarget({ service, port: mesh.main, tracks }),
    }));
    const match = [{ headers: { 'x-canary': { present: true } } }] as const;
    const host = await release(service, 50, { tracks, spec: { match }, ...(targets === undefined ? {} : { targets }) });
    const before = await left();
    while ((await left()) < before + EJECTIONS) {
      expect(await proxy.split(host, 40)).toEqual({ stable: 40 });
      expect(await proxy.ask(host, { 'x-canary': 'yes' })).toEqual({ status: 200, server: 'stable' });
    }
  });

  test('a body of up to 64 KiB is sent again where the canary cannot be reached; a longer one is not (2)', async () => {
    const full = await startFullBacklog();
    try {
      const host = await release('full', 100, { tracks: { stable: mesh.tracks.stable, canary: full.port } });
      // The second sending needs the whole body, which the sidecar keeps up to the limit.
      expect(await proxy.post(host, 60 * 1024)).toEqual({ status: 200, server: 'stable' });
      expect(await proxy.post(host, 256 * 1024)).toMatchObject({ status: 503 });
    } finally {
      await full.stop();
    }
  });

  test('a stable Service that DNS does not know, off rest: the main Service answers in its place, for the canary too', async () => {
    mesh.unknownNames.add(`lost-stable${suffix}`);
    expect(await proxy.split(await release('lost', 0), 40)).toEqual({ main: 40 });
    mesh.unknownNames.add(`lost-canary${suffix}`);
    const host = await release('lost', 50);
    await expect.poll(async () => (await proxy.split(host, 20))['main'], WAIT).toBe(20);
  });

  test('stable Pods that are dead while DNS names them: the main Service answers', async () => {
    const host = await release('broken', 0, { tracks: { stable: dead, canary: mesh.tracks.canary } });
    expect(await proxy.split(host, 100)).toEqual({ main: 100 });
  });

  test('at rest a track that was misspelt harms nobody, and leaving rest and coming back loses nothing', async () => {
    mesh.unknownNames.add(`typo-stable${suffix}`);
    mesh.unknownNames.add(`typo-canary${suffix}`);
    const host = await release('typo', 0, { atRest: true });
    expect(await proxy.split(host, 40)).toEqual({ main: 40 });
    const flips = { done: false };
    const flipping = (async () => {
      for (const weight of [50, 0, 100, 0]) await release('flip', weight, { atRest: weight === 0 });
      flips.done = true;
    })();
    const seen: Record<string, number> = {};
    while (!flips.done) {
      const { server, status } = await proxy.ask(`flip.shop:${mesh.main}`);
      const key = status === 200 ? server : String(status);
      seen[key] = (seen[key] ?? 0) + 1;
    }
    await flipping;
    expect(Object.keys(seen).toSorted()).toEqual(['canary', 'main', 'stable']);
  });
});
