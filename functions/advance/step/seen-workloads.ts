import type { Release } from '../../canary/canary.ts';
import type { CanaryKey } from '../../canary/store.ts';
import type { SeenWorkloads, WorkloadReader } from '../../canary/workloads/workload.ts';

/** The workloads of a release; undefined where it names none. Never rejects, and hardly waits. */
export async function seenWorkloads(
  { cluster, namespace }: CanaryKey,
  { workloads }: Release,
  reader: WorkloadReader | undefined,
): Promise<SeenWorkloads | undefined> {
  if (workloads === undefined) return undefined;
  if (reader === undefined) {
    const unreadable = {
      unreadable: 'workloads are read by deployed functions alone; this program enters no Kubernetes cluster',
    };
    return { stable: unreadable, canary: unreadable };
  }
  const { stable, canary } = workloads;
  const [seenStable, seenCanary] = await Promise.all([
    reader.read(cluster, namespace, stable),
    reader.read(cluster, namespace, canary),
  ]);
  return { stable: seenStable, canary: seenCanary };
}
