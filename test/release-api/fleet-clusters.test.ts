import { describe, expect, test, vi } from 'vitest';
import { TemplateStoreError } from '../../functions/errors.ts';
import { createFleetClusters, type FleetClusters } from '../../functions/release-api/fleet-clusters.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';

/** The clusters of a fleet whose store answers this. */
function clustersOf(
  store: Partial<TemplateStore>,
  problems: StoreProblem[] = [],
  snapshot: { readonly clusters: readonly string[] } = { clusters: [] },
): FleetClusters {
  return createFleetClusters(
    { listClusters: async () => [], getClusterRecord: async () => undefined, ...store },
    {
      ttlMs: 0,
      readMs: 1_000,
      serveStale: false,
      now: Date.now,
      random: () => 0.5,
      report: (problem) => problems.push(problem),
      snapshot,
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

describe('while the store cannot be read', () => {
  const down = { listClusters: () => Promise.reject(new Error('down')) };
  const message = expect.stringMatching(/or put the one that is meant into the path: .*\/clusters\/{cluster}\//);

  test.each<[string, readonly string[], boolean, unknown]>([
    ['an abort goes to the one of the snapshot', ['eu-1'], true, 'eu-1'],
    ['nothing else does', ['eu-1'], false, { code: 503, message }],
    ['of several the caller has to say which', ['eu-1', 'eu-2'], true, { code: 503, message }],
    ['without a snapshot as well', [], true, { code: 503, message }],
  ])('%s', async (_case, clusters, mayBeOld, expected) => {
    const told = await clustersOf(down, [], { clusters })
      .only(mayBeOld)
      .catch((error: unknown) => error);
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatchObject(Object(expected));
  });
});

describe('a record that is not valid', () => {
  const BAD = { policy: 'perhaps' };
  const faults = expect.stringContaining('policy');

  test.each<[string, () => Promise<unknown>, unknown]>([
    ['is refused by its faults', async () => BAD, faults],
    ['that is no JSON is refused', () => Promise.reject(new SyntaxError('secret words')), 'it cannot be decoded'],
  ])('%s, logged, and no fault of the store: 500', async (_case, getClusterRecord, why) => {
    const problems: StoreProblem[] = [];
    const clusters = clustersOf({ getClusterRecord }, problems);
    const message = expect.stringMatching(/^the record of Kubernetes cluster eu-1 is not valid; nothing was changed: /);
    await expect(clusters.recordOf('eu-1')).rejects.toMatchObject({ code: 500, message });
    expect(problems).toEqual([{ what: 'cluster record refused', name: 'eu-1', why }]);
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
  const problems: StoreProblem[] = [];
  const clusters = clustersOf({ getClusterRecord: () => Promise.reject(new TypeError('secret words')) }, problems);
  await expect(clusters.recordOf('eu-1')).rejects.toThrow(TemplateStoreError);
  expect(problems).toEqual([{ what: 'store unreadable', name: 'eu-1', why: 'TypeError' }]);
});

test('names that no cluster has are not remembered: paths from outside would fill the memory', async () => {
  let size = 0;
  const { set } = Map.prototype;
  const spy = vi.spyOn(Map.prototype, 'set').mockImplementation(function (this: Map<unknown, unknown>, key, value) {
    set.call(this, key, value);
    if (typeof key === 'string' && key.startsWith('unknown-')) size = Math.max(size, this.size);
    return this;
  });
  try {
    const clusters = clustersOf({});
    for (let i = 0; i < 100; i++) {
      await expect(clusters.recordOf(`unknown-${i}`)).rejects.toMatchObject({ code: 404 });
    }
    expect(size).toBe(0);
  } finally {
    spy.mockRestore();
  }
});
