import { describe, expect, test } from 'vitest';
import { keepingClusters } from '../../functions/advance/workloads/open-clusters.ts';
import { createWorkloadReader, type WorkloadTools } from '../../functions/advance/workloads/workload-reader.ts';
import { type ClusterApi, ClusterApiError, ClusterUnreachableError } from '../../functions/kube-api/cluster-api.ts';
import { CLUSTER_ENTRY_MS, WORKLOAD_KEPT_MS, WORKLOAD_LOOK_MS } from '../../functions/limits.ts';
import { collectLog } from '../support/log-lines.ts';
import { workloadObject } from '../support/workloads.ts';

const CART = { kind: 'Deployment', name: 'cart' } as const;
const START = 1_700_000_000_000;
type Get = ClusterApi['get'];

function reading(get: Get, more: Partial<WorkloadTools> = {}) {
  const { log, lines } = collectLog();
  const self = { now: START, asked: 0, lines, read: async (_cluster = 'eu1', _ref: typeof CART = CART) => ({}) };
  const reader = createWorkloadReader({
    entered: ['eu1', 'eu2'],
    openCluster: async () => ({
      get: async (...args) => {
        self.asked++;
        return await get(...args);
      },
    }),
    now: () => self.now,
    log,
    ...more,
  });
  self.read = async (cluster = 'eu1', ref = CART) => await reader.read(cluster, 'shop', ref);
  return self;
}

const never = (): Promise<never> => new Promise(() => {});

describe('a workload', () => {
  test('is read by its full path', async () => {
    const paths: string[] = [];
    const self = reading(async (path) => {
      paths.push(path);
      return workloadObject(CART, { replicas: 4, ready: 3 });
    });
    expect(await self.read()).toMatchObject({ replicas: 4, ready: 3 });
    expect(paths).toEqual(['/apis/apps/v1/namespaces/shop/deployments/cart']);
  });

  test.each<[string, Get, RegExp, object | undefined]>([
    ['is not there', async () => undefined, /^there is no Deployment cart in namespace shop$/, undefined],
    [
      'may not be read',
      async () => Promise.reject(new ClusterApiError(403, 'Forbidden', 'secret words')),
      /may not read Deployment cart of namespace shop \(403\): outrigger cluster rbac --workloads shop/,
      { cluster: 'eu1', namespace: 'shop', error: 'ClusterApiError', status: 403 },
    ],
    [
      'is behind an API server that does not answer',
      async () => Promise.reject(new ClusterUnreachableError('secret words')),
      /^Kubernetes cluster eu1 does not answer for Deployment cart \(ClusterUnreachableError\)$/,
      { cluster: 'eu1', namespace: 'shop', error: 'ClusterUnreachableError' },
    ],
  ])('that %s: a sentence of ours, and a line without its name', async (_title, get, sentence, fields) => {
    const self = reading(get);
    expect(await self.read()).toEqual({ unreadable: expect.stringMatching(sentence) });
    expect(self.lines).toEqual(fields === undefined ? [] : [['warn', 'workload unreadable', fields]]);
  });

  test('of a cluster that the functions may not enter is never asked for', async () => {
    const self = reading(async () => workloadObject(CART));
    expect(await self.read('elsewhere')).toEqual({
      unreadable: expect.stringMatching(/may not enter Kubernetes cluster/),
    });
    expect(self.asked).toBe(0);
  });

  test('that hangs is waited for briefly, asked for once, and keeps no other waiting', async () => {
    const self = reading(async (path) => (path.endsWith('/cart') ? await never() : workloadObject(CART)));
    const started = performance.now();
    const found = await Promise.all([self.read(), self.read(), self.read()]);
    expect(performance.now() - started).toBeLessThan(3 * WORKLOAD_LOOK_MS);
    expect(found).toEqual(Array(3).fill({ unreadable: 'Deployment cart has not been read yet' }));
    expect(self.asked).toBe(1);
    const other = reading(async () => workloadObject(CART), {
      openCluster: async (name) => (name === 'eu2' ? await never() : { get: async () => workloadObject(CART) }),
    });
    void other.read('eu2');
    const before = performance.now();
    expect(await other.read('eu1')).toMatchObject({ replicas: 10 });
    expect(performance.now() - before).toBeLessThan(WORKLOAD_LOOK_MS);
  });

  test('that was read counts for a while where the next reading hangs, and no longer', async () => {
    let hangs = false;
    const self = reading(async () => (hangs ? await never() : workloadObject(CART)));
    expect(await self.read()).toMatchObject({ ready: 10 });
    hangs = true;
    self.now += WORKLOAD_KEPT_MS;
    expect(await self.read()).toMatchObject({ ready: 10 });
    self.now += 1;
    expect(await self.read()).toEqual({ unreadable: 'Deployment cart has not been read yet' });
  });
});

test('the way into a cluster is kept for some minutes; one that was not found is looked for again', async () => {
  let now = START;
  let opened = 0;
  const none = async () => Promise.reject(new Error('not asked for'));
  const api: ClusterApi = { get: none, list: none, apply: none, patch: none, delete: none };
  const open = keepingClusters(
    async () => (opened++ === 0 ? Promise.reject(new Error('no such cluster')) : api),
    () => now,
  );
  const signal = AbortSignal.timeout(10_000);
  await expect(open('eu1', signal)).rejects.toThrow('no such cluster');
  for (let i = 0; i < 3; i++) await open('eu1', signal);
  expect(opened).toBe(2);
  now += CLUSTER_ENTRY_MS;
  await open('eu1', signal);
  expect(opened).toBe(3);
  await open('eu2', signal);
  expect(opened).toBe(4);
});
