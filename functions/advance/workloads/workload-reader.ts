import { setTimeout as sleep } from 'node:timers/promises';
import {
  titleOf,
  type Unreadable,
  type Workload,
  type WorkloadReader,
  type WorkloadRef,
} from '../../canary/workloads/workload.ts';
import { workloadOf } from '../../canary/workloads/workload-of.ts';
import { errorName } from '../../errors.ts';
import { workloadUnreadable } from '../../events.ts';
import { putNewest } from '../../http/bounded-map.ts';
import { type ClusterApi, ClusterApiError } from '../../kube-api/cluster-api.ts';
import { WORKLOAD_KEPT_MS, WORKLOAD_LOOK_MS, WORKLOAD_READ_MS } from '../../limits.ts';
import type { Log } from '../../log.ts';
import { workloadPath } from './workload-path.ts';

/** What workloads are read with. */
export interface WorkloadTools {
  /** Enters a Kubernetes cluster that was registered with the functions; may throw anything. */
  readonly openCluster: (cluster: string, signal: AbortSignal) => Promise<Pick<ClusterApi, 'get'>>;
  /** The Kubernetes clusters that the functions may enter. */
  readonly entered: readonly string[];
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A reading that has begun; `found` once it is over. */
interface Reading {
  readonly begunAt: number;
  readonly over: Promise<void>;
  found?: Workload | Unreadable;
}

/** Readings that are kept: two workloads of each of 500 releases. */
const READINGS_MAX = 1_000;

/** Makes the reading of workloads. One API server that hangs delays nothing but what waits for its own workloads. */
export function createWorkloadReader({ openCluster, entered, log, now }: WorkloadTools): WorkloadReader {
  const current = new Map<string, Reading>();
  const last = new Map<string, Reading>();

  return {
    async read(cluster, namespace, ref) {
      if (!entered.includes(cluster)) {
        return {
          unreadable: `the functions may not enter Kubernetes cluster ${cluster}: it is none of their parameter clusters`,
        };
      }
      const id = JSON.stringify([cluster, namespace, ref.kind, ref.name]);
      const reading = current.get(id) ?? begin(id, cluster, namespace, ref);
      await Promise.race([reading.over, sleep(WORKLOAD_LOOK_MS)]);
      const newest = reading.found === undefined ? last.get(id) : reading;
      const isKept = newest !== undefined && Math.abs(now() - newest.begunAt) <= WORKLOAD_KEPT_MS;
      return (isKept ? newest.found : undefined) ?? { unreadable: `${titleOf(ref)} has not been read yet` };
    },
  };

  function begin(id: string, cluster: string, namespace: string, ref: WorkloadRef): Reading {
    const begunAt = now();
    const over = take(cluster, namespace, ref).then((found) => {
      reading.found = found;
      current.delete(id);
      putNewest(last, id, reading, READINGS_MAX);
    });
    const reading: Reading = { begunAt, over };
    putNewest(current, id, reading, READINGS_MAX);
    return reading;
  }

  /** Never rejects. */
  async function take(cluster: string, namespace: string, ref: WorkloadRef): Promise<Workload | Unreadable> {
    try {
      const signal = AbortSignal.timeout(WORKLOAD_READ_MS);
      const api = await openCluster(cluster, signal);
      const object = await api.get(workloadPath(namespace, ref), signal);
      if (object !== undefined) return workloadOf(object);
      return { unreadable: `there is no ${titleOf(ref)} in namespace ${namespace}` };
    } catch (error) {
      const status = error instanceof ClusterApiError ? { status: error.status } : {};
      log(workloadUnreadable, { cluster, namespace, error: errorName(error), ...status });
      return { unreadable: whyNot(cluster, namespace, ref, error) };
    }
  }
}

/** For people, without the words of others. */
function whyNot(cluster: string, namespace: string, ref: WorkloadRef, error: unknown): string {
  if (error instanceof ClusterApiError && (error.status === 401 || error.status === 403)) {
    const how = `outrigger cluster rbac --workloads ${namespace} prints the Role`;
    return `the functions may not read ${titleOf(ref)} of namespace ${namespace} (${error.status}): ${how}`;
  }
  return `Kubernetes cluster ${cluster} does not answer for ${titleOf(ref)} (${errorName(error)})`;
}
