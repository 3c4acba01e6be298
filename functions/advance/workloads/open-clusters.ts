import type { ClusterApi } from '../../kube-api/cluster-api.ts';
import { CLUSTER_ENTRY_MS } from '../../limits.ts';

/** The way into a Kubernetes cluster; may throw anything. */
export type OpenCluster = (cluster: string, signal: AbortSignal) => Promise<ClusterApi>;

/**
 * The same way in for some minutes, so that EKS is not asked before every reading. A way that was not found is looked for
 * again at once. A cluster that was created again under its name has another address, hence the bound.
 *
 * @param now milliseconds since the epoch
 */
export function keepingClusters(open: OpenCluster, now: () => number): OpenCluster {
  const ways = new Map<string, { readonly at: number; readonly api: Promise<ClusterApi> }>();
  return async (cluster, signal) => {
    const known = ways.get(cluster);
    if (known !== undefined && Math.abs(now() - known.at) < CLUSTER_ENTRY_MS) return await known.api;
    const way = { at: now(), api: open(cluster, signal) };
    ways.set(cluster, way);
    way.api.catch(() => {
      if (ways.get(cluster) === way) ways.delete(cluster);
    });
    return await way.api;
  };
}
