import type { WorkloadReader, WorkloadRef } from '../../functions/canary/workloads/workload.ts';
import { workloadOf } from '../../functions/canary/workloads/workload-of.ts';
import type { KubeObject } from '../../functions/kube-api/cluster-api.ts';

/** What is told of a workload; what is not is as of one that is wholly rolled out. */
export interface WorkloadParts {
  readonly replicas?: number;
  readonly ready?: number;
  /** Pods of the newest template. */
  readonly updated?: number;
  readonly total?: number;
  readonly generation?: number;
  readonly observedGeneration?: number;
  readonly paused?: boolean;
  readonly uid?: string;
  /** As the controller counts templates. */
  readonly revision?: string;
  /** Of a StatefulSet whose Pods are not all of the newest template. */
  readonly currentRevision?: string;
  readonly image?: string;
  /** More of the Pod template. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podSpec?: object;
}

/** A workload as an API server has it, in namespace `shop`. */
export function workloadObject({ kind, name }: WorkloadRef, parts: WorkloadParts = {}): KubeObject {
  const { replicas = 10, ready = replicas, total = replicas, updated = total, generation = 3 } = parts;
  const { paused, image = 'cart:v1', labels = { app: name }, annotations = {}, podSpec = {} } = parts;
  const { revision = image, currentRevision = revision } = parts;
  const isDeployment = kind === 'Deployment';
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      ...{ name, namespace: 'shop', uid: parts.uid ?? `uid-${name}`, resourceVersion: '7', generation },
      annotations: isDeployment ? { 'deployment.kubernetes.io/revision': revision } : {},
    },
    spec: {
      ...{ replicas, selector: { matchLabels: { app: name } } },
      template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image }], ...podSpec } },
      ...(paused === undefined ? {} : { paused }),
    },
    status: {
      observedGeneration: parts.observedGeneration ?? generation,
      ...{ replicas: total, updatedReplicas: updated, readyReplicas: ready },
      ...(isDeployment ? {} : { updateRevision: revision, currentRevision }),
    },
  };
}

/** A reader of what a test has; what it has not cannot be read. */
export function readerOf(found: Readonly<Record<string, KubeObject | undefined>>): WorkloadReader {
  return {
    read: async (_cluster, _namespace, { name }) => {
      const object = found[name];
      return object === undefined ? { unreadable: `there is no ${name}` } : workloadOf(object);
    },
  };
}
