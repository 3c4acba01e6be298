import { afterAll, beforeAll, expect } from 'vitest';
import { releaseOf } from '../../support/releases.ts';
import { type Mesh, type MeshProxy, startMesh } from './mesh.ts';
import { runningRoutes } from './running-routes.ts';

/** Releases on a mesh of loopback, and what its proxies make of them. */
export interface MeshReleases {
  /** The canary `cart` at a weight, on the two servers of the mesh; every one is a write of its own. */
  cart(weight: number, more?: Parameters<typeof releaseOf>[0]): ReturnType<typeof releaseOf>;
  /** The resourceVersion of the next. */
  nextVersion(): number;
  /** Asks until one server has all requests. */
  reaches(server: string, host?: string, by?: MeshProxy): Promise<void>;
  /** Waits until a proxy runs exactly the routes that follow from what is stored. */
  taken(by?: MeshProxy): Promise<void>;
  /** Updates that a proxy refused since it started. */
  rejected(by?: MeshProxy): Promise<number>;
  /** Waits until polls for routes were begun and answered from now on: one on its way is none of them. */
  polled(): Promise<void>;
}

/** The host that the releases split. */
export const CART_HOST = 'cart.shop:8080';
/** For hangs only: the machine may be busy with other things. */
const WAIT = { timeout: 60_000, interval: 20 };
/** One may be on its way. */
const POLLS = 2;

/** Brings a mesh with one proxy, of the Pod `web-1`, up for the tests of a suite, and takes it down behind them. */
export function withMesh(begin: (mesh: Mesh, proxy: MeshProxy, on: MeshReleases) => void): void {
  let mesh: Mesh | undefined;
  let proxy: MeshProxy | undefined;
  beforeAll(async () => {
    mesh = await startMesh();
    proxy = await mesh.startProxy('web-1');
    begin(mesh, proxy, releasesOn(mesh, proxy));
  });
  afterAll(async () => {
    await proxy?.stop();
    await mesh?.stop();
  });
}

/** @param proxy where a method is not told another */
function releasesOn(mesh: Mesh, proxy: MeshProxy): MeshReleases {
  let version = 0;
  return {
    cart: (weight, more = {}) => {
      const canary = releaseOf({ tracks: mesh.tracks, weight, version: ++version, ...more });
      // It moves, as a canary does that was just written.
      return { ...canary, status: { ...canary.status, lastTransitionTime: new Date().toISOString() } };
    },
    nextVersion: () => version + 1,
    reaches: async (server, host = CART_HOST, by = proxy) =>
      await expect.poll(async () => await by.split(host, 20), WAIT).toEqual({ [server]: 20 }),
    taken: async (by = proxy) => {
      const wanted = await mesh.routesVersion();
      await expect.poll(async () => (await runningRoutes(by)).version, WAIT).toBe(wanted);
    },
    rejected: async (by = proxy) => {
      const all = await by.stats('update_rejected');
      return [...all.values()].reduce((sum, value) => sum + value, 0);
    },
    polled: async () => {
      const from = mesh.polls.length;
      const count = (): number => mesh.polls.slice(from).filter(({ path }) => path.endsWith('routes')).length;
      await expect.poll(count, WAIT).toBeGreaterThanOrEqual(POLLS);
    },
  };
}
