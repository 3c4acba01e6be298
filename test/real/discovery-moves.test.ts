import { expect, test } from 'vitest';
import type { CanaryTarget } from '../../functions/canary/canary.ts';
import { HEAD_TTL_MS } from '../../functions/limits.ts';
import { targetFor } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import type { Mesh, MeshProxy } from './support/mesh.ts';
import { REFRESH_SECONDS } from './support/mesh-bootstrap.ts';
import { type MeshReleases, withMesh } from './support/mesh-releases.ts';
import { describeReal } from './support/suite.ts';

/** How long a target is learned before routes lead to it; Envoys poll ten times in it. */
const STAGE_MS = 3_000;
/**
 * Until an Envoy has a write: the entry point looks at the canaries once a second; one poll is on its way, another may come just
 * before the entry point has looked, and Envoy may pause twice as long before the next.
 */
const POLLS_MAX = HEAD_TTL_MS / (0.9 * REFRESH_SECONDS * 1_000) + 4;

await describeReal('real Envoys and releases that move', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  let on: MeshReleases;
  withMesh((...begun) => {
    [mesh, proxy, on] = begun;
  });

  test('a new canary, a changed port and a deletion, while another one moves: none of its updates is refused or late', async () => {
    const own = await mesh.startProxy('mover');
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const target = targetFor({ tracks: mesh.tracks });
    const moved = targetFor({ tracks: mesh.tracks, port: 9090 }, { revision: 2 });
    // Each step lasts one and a half stages; what routes lead to was learned a stage before.
    const steps: (() => { targets: CanaryTarget[]; deleted?: true })[] = [
      () => ({ targets: [{ ...target, routesFrom: at(STAGE_MS) }] }),
      () => ({
        targets: [
          { ...target, keepUntil: at(2 * STAGE_MS) },
          { ...moved, routesFrom: at(STAGE_MS) },
        ],
      }),
      () => ({
        targets: [
          { ...target, keepUntil: at(STAGE_MS / 2) },
          { ...moved, keepUntil: at(STAGE_MS) },
        ],
        deleted: true,
      }),
    ];
    const polls = async (): Promise<number> =>
      [...(await own.stats('rds.outbound.update_attempt')).values()].reduce((sum, value) => sum + value, 0);
    try {
      mesh.store.set(on.cart(100, { service: 'other' }));
      await on.reaches('canary', 'other.shop:8080', own);
      const before = await on.rejected(own);
      for (const [i, begin] of steps.entries()) {
        const [step, end] = [begin(), Date.now() + STAGE_MS * 1.5];
        for (let weight = i % 2 === 0 ? 0 : 100; Date.now() < end; weight = 100 - weight) {
          mesh.store.set(on.cart(weight, { service: 'other' }), on.cart(100, step));
          const from = await polls();
          const isIn = async (): Promise<boolean> =>
            (await own.ask('other.shop:8080')).server === (weight === 100 ? 'canary' : 'stable');
          while (!(await isIn())) expect((await polls()) - from).toBeLessThanOrEqual(POLLS_MAX);
        }
      }
      expect(await on.rejected(own)).toBe(before);
    } finally {
      await own.stop();
    }
  });

  test('stickiness: of 10,000 keys none goes back while the weight grows, and a rollback moves exactly the last', async () => {
    const spec = { sessionAffinity: { hashOn: [{ header: 'x-user' }] } } as const;
    const keys = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
    const canaryKeys = async (weight: number): Promise<ReadonlySet<string>> => {
      mesh.store.set(on.cart(weight, { service: 'sticky', spec }));
      await on.taken();
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
