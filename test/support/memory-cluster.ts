import { isDeepStrictEqual } from 'node:util';
import type { ClusterApi, KubeObject } from '../../functions/kube-api/cluster-api.ts';

/** Objects of a Kubernetes cluster in memory, for the order of calls and for refusals; the real one judges the rest. */
export interface MemoryCluster extends ClusterApi {
  readonly objects: Map<string, KubeObject>;
  /** Every change that was made or tried, in order: `apply PATH`, `dry PATH`, `delete PATH`. */
  readonly calls: string[];
  /** Thrown by the next applies, where it is set. */
  refusal: Error | undefined;
}

/** Makes an empty one. */
export function createMemoryCluster(): MemoryCluster {
  const objects = new Map<string, KubeObject>();
  const cluster: MemoryCluster = {
    objects,
    calls: [],
    refusal: undefined,
    get: async (path) => structuredClone(objects.get(path)),
    list: async (path) => ({
      items: [...objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, object]) => object),
    }),
    async apply(path, object, { dryRun }) {
      cluster.calls.push(`${dryRun ? 'dry' : 'apply'} ${path.split('/').slice(-2)[0]}`);
      if (cluster.refusal !== undefined) throw cluster.refusal;
      const before = objects.get(path);
      const { resourceVersion = 0, ...metadata } = before?.metadata ?? { name: '' };
      const isSame = before !== undefined && isDeepStrictEqual({ ...before, metadata }, { ...object });
      const version = isSame ? resourceVersion : Number(resourceVersion) + 1;
      const next = { ...structuredClone(object), metadata: { ...object.metadata, resourceVersion: version } };
      if (!dryRun) objects.set(path, next);
      return next;
    },
    patch: async () => {
      throw new Error('registration and drift patch nothing');
    },
    async delete(path) {
      cluster.calls.push(`delete ${path.split('/').slice(-2)[0]}`);
      return objects.delete(path);
    },
  };
  return cluster;
}
