import { createWorkloadReader } from '../../../functions/advance/workloads/workload-reader.ts';
import {
  isUnreadable,
  type Unreadable,
  type Workload,
  type WorkloadRef,
} from '../../../functions/canary/workloads/workload.ts';
import type { ClusterApi } from '../../../functions/kube-api/cluster-api.ts';
import { createClusterApi } from '../../../functions/kube-api/https-cluster-api.ts';
import { workloadRules } from '../../../functions/registration/access-rules.ts';
import { readKubeconfig } from '../../../infra/cli/cluster/kubeconfig.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

/** A Kubernetes API server without controllers, and an account with the Role of releases in one of two namespaces. */
export interface WorkloadBed {
  readonly cluster: TestCluster;
  /** With the rights of the account. */
  readonly api: ClusterApi;
  /** Opted in. */
  readonly shop: string;
  readonly bank: string;
  readonly grant: (items: ReturnType<typeof workloadRules>) => Promise<void>;
  /** As a release reads it. */
  readonly read: (ref: WorkloadRef, namespace?: string) => Promise<Workload | Unreadable>;
  readonly seen: (ref: WorkloadRef) => Promise<Workload>;
  readonly create: (ref: WorkloadRef, namespace?: string, image?: string) => Promise<void>;
}

/** Starts it; stop its cluster. */
export async function startWorkloadBed(): Promise<WorkloadBed> {
  const cluster = await startTestCluster();
  const [shop, bank] = [await cluster.namespace(), await cluster.namespace()];
  const grant = async (items: ReturnType<typeof workloadRules>): Promise<void> => {
    const list = { apiVersion: 'v1', kind: 'List', items };
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify(list));
  };
  await grant(workloadRules(shop));
  const who = `--serviceaccount=${shop}:default`;
  await cluster.api.kubectl(['create', 'rolebinding', 'reader', '-n', shop, '--role=outrigger-workloads', who]);
  const { stdout } = await cluster.api.kubectl(['create', 'token', 'default', '-n', shop]);
  const { certificate: _, ...access } = await readKubeconfig({ kubeconfig: cluster.api.kubeconfig }, {});
  const api = createClusterApi({ ...access, token: async () => stdout.trim() });
  const { log } = collectLog();
  const workloads = createWorkloadReader({ openCluster: async () => api, entered: ['real'], log, now: Date.now });
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
  const create = async (ref: WorkloadRef, namespace = shop, image = 'cart:v1'): Promise<void> => {
    const labels = { app: ref.name };
    const spec = {
      ...{ replicas: 4, selector: { matchLabels: labels } },
      ...(ref.kind === 'StatefulSet' ? { serviceName: 'data' } : {}),
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    };
    const object = { apiVersion: 'apps/v1', kind: ref.kind, metadata: { name: ref.name, namespace }, spec };
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  };
  return { cluster, api, shop, bank, grant, read, seen, create };
}
