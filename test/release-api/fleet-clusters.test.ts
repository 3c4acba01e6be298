import { expect, test } from 'vitest';
import { createFleetClusters, type FleetClusters } from '../../functions/release-api/fleet-clusters.ts';
import type { TemplateStore } from '../../functions/template/store.ts';

/** The clusters of a fleet whose store answers this. */
function clustersOf(store: Partial<TemplateStore>): FleetClusters {
  return createFleetClusters(
    { listClusters: async () => [], getClusterRecord: async () => undefined, ...store },
    {
      ttlMs: 0,
      readMs: 1_000,
      serveStale: false,
      now: Date.now,
      random: () => 0.5,
      onFailure: () => {},
    },
  );
}

test.each<[string, readonly string[], unknown]>([
  ['none', [], { code: 404 }],
  ['several', ['eu-2', 'eu-1'], { code: 400, message: expect.stringContaining('clusters/eu-1, clusters/eu-2') }],
  ['too many to name', Array.from({ length: 99 }, (_, i) => `c${i}`), { code: 400 }],
])('there is no only cluster where there are %s', async (_case, names, error) => {
  await expect(clustersOf({ listClusters: async () => names }).only()).rejects.toMatchObject(Object(error));
});

test('a cluster that is listed counts, whether its record can be read or not', async () => {
  const clusters = clustersOf({
    listClusters: async () => ['broken', 'eu-1'],
    getClusterRecord: async (name) => {
      if (name === 'broken') throw new SyntaxError('not JSON');
      return {};
    },
  });
  await expect(clusters.only()).rejects.toMatchObject({ code: 400 });
});
