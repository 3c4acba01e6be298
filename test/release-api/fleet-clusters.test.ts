import { describe, expect, test } from 'vitest';
import { TemplateStoreError } from '../../functions/errors.ts';
import { createFleetClusters, type FleetClusters } from '../../functions/release-api/fleet-clusters.ts';
import type { TemplateStore } from '../../functions/template/store.ts';
import type { StoreTrouble } from '../../functions/template/trouble.ts';

/** The clusters of a fleet whose store answers this. */
function clustersOf(store: Partial<TemplateStore>, troubles: StoreTrouble[] = []): FleetClusters {
  return createFleetClusters(
    { listClusters: async () => [], getClusterRecord: async () => undefined, ...store },
    {
      ttlMs: 0,
      readMs: 1_000,
      serveStale: false,
      now: Date.now,
      random: () => 0.5,
      report: (trouble) => troubles.push(trouble),
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

describe('a record that is not valid', () => {
  const BAD = { policy: 'perhaps' };
  const faults = expect.stringContaining('policy');

  test.each<[string, () => Promise<unknown>, unknown]>([
    ['is refused by its faults', async () => BAD, faults],
    ['that is no JSON is refused', () => Promise.reject(new SyntaxError('secret words')), 'it cannot be decoded'],
  ])('%s, logged, and no fault of the store: 500', async (_case, getClusterRecord, why) => {
    const troubles: StoreTrouble[] = [];
    const clusters = clustersOf({ getClusterRecord }, troubles);
    const message = expect.stringMatching(/^the record of Kubernetes cluster eu-1 is not valid; nothing was changed: /);
    await expect(clusters.recordOf('eu-1')).rejects.toMatchObject({ code: 500, message });
    expect(troubles).toEqual([{ what: 'cluster record refused', name: 'eu-1', why }]);
  });

  test('never replaces the last good one', async () => {
    let document: unknown = { policy: 'disabled' };
    const clusters = clustersOf({ getClusterRecord: async () => document });
    await clusters.recordOf('eu-1');
    document = BAD;
    expect(await clusters.recordOf('eu-1')).toMatchObject({ policy: 'disabled' });
  });
});

test('a store that is down is told as such', async () => {
  const troubles: StoreTrouble[] = [];
  const clusters = clustersOf({ getClusterRecord: () => Promise.reject(new TypeError('secret words')) }, troubles);
  await expect(clusters.recordOf('eu-1')).rejects.toThrow(TemplateStoreError);
  expect(troubles).toEqual([{ what: 'store unreadable', name: 'eu-1', why: 'TypeError' }]);
});
