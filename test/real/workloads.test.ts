import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkloadReader } from '../../functions/advance/workloads/workload-reader.ts';
import { differenceOf } from '../../functions/canary/workloads/pod-template.ts';
import { isUnreadable, type Workload, type WorkloadRef } from '../../functions/canary/workloads/workload.ts';
import type { ClusterApi } from '../../functions/kube-api/cluster-api.ts';
import { createClusterApi } from '../../functions/kube-api/https-cluster-api.ts';
import { workloadRules } from '../../functions/registration/access-rules.ts';
import { readKubeconfig } from '../../infra/cli/cluster/kubeconfig.ts';
import { collectLog } from '../support/log-lines.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

const CART = { kind: 'Deployment', name: 'cart' } as const;
const DATA = { kind: 'StatefulSet', name: 'data' } as const;

await describeReal('workloads of a release, on a real API server', whyNotApiServer, () => {
  let cluster: TestCluster;
  let reader: ClusterApi;
  let shop: string;
  let bank: string;
  beforeAll(async () => {
    cluster = await startTestCluster();
    [shop, bank] = [await cluster.namespace(), await cluster.namespace()];
    const roles = { apiVersion: 'v1', kind: 'List', items: workloadRules(shop) };
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify(roles));
    const who = `--serviceaccount=${shop}:default`;
    await cluster.api.kubectl(['create', 'rolebinding', 'reader', '-n', shop, '--role=outrigger-workloads', who]);
    const { stdout } = await cluster.api.kubectl(['create', 'token', 'default', '-n', shop]);
    const { certificate: _, ...access } = await readKubeconfig({ kubeconfig: cluster.api.kubeconfig }, {});
    reader = createClusterApi({ ...access, token: async () => stdout.trim() });
  });
  afterAll(async () => await cluster?.stop());

  const { log } = collectLog();
  const workloads = createWorkloadReader({ openCluster: async () => reader, entered: ['real'], log, now: Date.now });
  const read = async (ref: WorkloadRef, namespace = shop) => {
    let found = await workloads.read('real', namespace, ref);
    // A look waits half a second; this machine may have more to do.
    while (isUnreadable(found) && found.unreadable.endsWith('not been read yet')) {
      found = await workloads.read('real', namespace, ref);
    }
    return found;
  };
  const seen = async (ref: WorkloadRef): Promise<Workload> => {
    const found = await read(ref);
    if (isUnreadable(found)) throw new Error(found.unreadable);
    return found;
  };
  const create = async (ref: WorkloadRef, namespace = shop): Promise<void> => {
    const labels = { app: ref.name };
    const spec = {
      ...{ replicas: 4, selector: { matchLabels: labels } },
      ...(ref.kind === 'StatefulSet' ? { serviceName: 'data' } : {}),
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'cart:v1' }] } },
    };
    const object = { apiVersion: 'apps/v1', kind: ref.kind, metadata: { name: ref.name, namespace }, spec };
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  };
  /** What the controller writes, which this API server has none of. */
  const roll = async ({ kind, name }: WorkloadRef, revision: string, ready = 4): Promise<void> => {
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
    await create({ kind: 'Deployment', name: 'one.v1' });
    await create({ kind: 'StatefulSet', name: 'two' });
    const [one, two] = [
      await seen({ kind: 'Deployment', name: 'one.v1' }),
      await seen({ kind: 'StatefulSet', name: 'two' }),
    ];
    expect(differenceOf(one.podTemplate, two.podTemplate)).toBeUndefined();
  });

  test('the Role reads workloads of its namespace, and nothing else', async () => {
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
