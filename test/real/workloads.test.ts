import { afterAll, beforeAll, expect, test } from 'vitest';
import { differenceOf } from '../../functions/canary/workloads/pod-template.ts';
import type { WorkloadRef } from '../../functions/canary/workloads/workload.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startWorkloadBed, type WorkloadBed } from './support/workload-bed.ts';

const CART = { kind: 'Deployment', name: 'cart' } as const;
const DATA = { kind: 'StatefulSet', name: 'data' } as const;

await describeReal('workloads of a release, on a real API server', whyNotApiServer, () => {
  let bed: WorkloadBed;
  beforeAll(async () => {
    bed = await startWorkloadBed();
  });
  afterAll(async () => await bed?.cluster.stop());

  /** What the controller writes, which this API server has none of. */
  const roll = async ({ kind, name }: WorkloadRef, revision: string, ready = 4): Promise<void> => {
    const { cluster, shop } = bed;
    const of = [kind.toLowerCase(), name, '-n', shop];
    const key = 'deployment.kubernetes.io/revision';
    if (kind === 'Deployment') await cluster.api.kubectl(['annotate', ...of, '--overwrite', `${key}=${revision}`]);
    const { stdout } = await cluster.api.kubectl(['get', ...of, '-o', 'jsonpath={.metadata.generation}']);
    const status = {
      observedGeneration: Number(stdout),
      ...{ replicas: 4, readyReplicas: ready, updatedReplicas: 4 },
      ...(kind === 'StatefulSet' ? { currentRevision: revision, updateRevision: revision } : {}),
    };
    await cluster.api.kubectl([
      'patch',
      ...of,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
  };

  test.each([
    CART,
    DATA,
  ])('$kind: replicas, ready Pods, and a sight that another template alone changes', async (ref) => {
    const { cluster, shop, seen, create } = bed;
    await create(ref);
    expect(await seen(ref)).toMatchObject({ replicas: 4, ready: 0, isRolledOut: false, sight: undefined });
    await roll(ref, '1', 3);
    const first = await seen(ref);
    expect(first).toMatchObject({ replicas: 4, ready: 3, isRolledOut: true, sight: { revision: '1' } });
    const of = [ref.kind.toLowerCase(), ref.name, '-n', shop];
    await cluster.api.kubectl(['scale', ...of, '--replicas=5']);
    expect(await seen(ref)).toMatchObject({ replicas: 5, ready: 0, sight: undefined });
    await cluster.api.kubectl(['rollout', 'restart', `${of[0]}/${ref.name}`, '-n', shop]);
    await roll(ref, '2');
    const restarted = await seen(ref);
    expect(restarted.sight).toEqual({ ...first.sight, revision: '2' });
    await cluster.api.kubectl(['set', 'image', `${of[0]}/${ref.name}`, 'app=cart:v2', '-n', shop]);
    await roll(ref, '3');
    const changed = await seen(ref);
    expect(changed.sight?.template).not.toBe(first.sight?.template);
    expect(differenceOf(first.podTemplate, changed.podTemplate)).toBe('containers[app].image');
    expect(differenceOf(first.podTemplate, restarted.podTemplate)).toBeUndefined();
  });

  test('two workloads of one version differ in nothing that is compared, whatever the API server fills in', async () => {
    const { seen, create } = bed;
    await create({ kind: 'Deployment', name: 'one.v1' });
    await create({ kind: 'StatefulSet', name: 'two' });
    const [one, two] = [
      await seen({ kind: 'Deployment', name: 'one.v1' }),
      await seen({ kind: 'StatefulSet', name: 'two' }),
    ];
    expect(differenceOf(one.podTemplate, two.podTemplate)).toBeUndefined();
  });

  test('the Role reads workloads of its namespace, and nothing else', async () => {
    const { cluster, shop, bank, api: reader, read, create } = bed;
    await create(CART, bank);
    expect(await read(CART, bank)).toEqual({ unreadable: expect.stringContaining(`rbac --workloads ${bank} prints`) });
    expect(await read({ kind: 'Deployment', name: 'nothing' })).toEqual({
      unreadable: `there is no Deployment nothing in namespace ${shop}`,
    });
    const signal = AbortSignal.timeout(60_000);
    const path = `/apis/apps/v1/namespaces/${shop}/deployments`;
    await expect(reader.list(path, { limit: 1 }, signal)).rejects.toMatchObject({ status: 403 });
    await expect(reader.delete(`${path}/cart`, signal)).rejects.toMatchObject({ status: 403 });
    await expect(reader.get(`/api/v1/namespaces/${shop}/secrets/x`, signal)).rejects.toMatchObject({ status: 403 });
    const as = ['--as', 'x', '--as-group', 'outrigger:workloads', '-n', shop];
    const { stdout } = await cluster.api.kubectl(['auth', 'can-i', 'get', 'deployments', ...as]);
    expect(stdout.trim()).toBe('yes');
  });
});
