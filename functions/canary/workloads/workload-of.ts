import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';
import type { Workload } from './workload.ts';

/**
 * A Deployment or StatefulSet of `apps/v1` as a release needs it. A field that is absent or of another type counts as the API's
 * default, or as 0.
 */
export function workloadOf(object: KubeObject): Workload {
  const [spec, status] = [recordIn(object, 'spec'), recordIn(object, 'status')];
  const isObserved = countIn(status, 'observedGeneration', 0) >= countIn(object.metadata, 'generation', 0);
  const outdated = Math.max(0, countIn(status, 'replicas', 0) - countIn(status, 'updatedReplicas', 0));
  // Which of the Pods are ready is not told: those of former templates may all be.
  const ready = Math.max(0, countIn(status, 'readyReplicas', 0) - outdated);
  return { replicas: countIn(spec, 'replicas', 1), ready: isObserved ? ready : 0 };
}

function recordIn(owner: Json, key: string): Json {
  const value = owner[key];
  return isRecord(value) ? value : {};
}

function countIn(owner: Json, key: string, otherwise: number): number {
  const value = owner[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
