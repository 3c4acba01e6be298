import type { WorkloadRef } from '../../canary/workloads/workload.ts';

const RESOURCES = { Deployment: 'deployments', StatefulSet: 'statefulsets' } as const;

/** Where the API server has a workload: a path in full, encoded. */
export function workloadPath(namespace: string, { kind, name }: WorkloadRef): string {
  const [of, which] = [namespace, name].map(encodeURIComponent);
  return `/apis/apps/v1/namespaces/${of}/${RESOURCES[kind]}/${which}`;
}
