import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';
import { managerOf } from './managed-by.ts';
import { hashOf, podTemplateOf } from './pod-template.ts';
import type { Workload } from './workload.ts';

/** What the controller of Deployments counts templates by. */
const DEPLOYMENT_REVISION = 'deployment.kubernetes.io/revision';

/**
 * A Deployment or StatefulSet of `apps/v1` as a release needs it. A field that is absent or of another type counts as the API's
 * default, or as 0.
 */
export function workloadOf(object: KubeObject): Workload {
  const { metadata } = object;
  const [spec, status] = [recordIn(object, 'spec'), recordIn(object, 'status')];
  const isObserved = countIn(status, 'observedGeneration', 0) >= countIn(metadata, 'generation', 0);
  const pods = countIn(status, 'replicas', 0);
  const outdated = Math.max(0, pods - countIn(status, 'updatedReplicas', 0));
  // Which of the Pods are ready is not told: those of former templates may all be.
  const ready = Math.max(0, countIn(status, 'readyReplicas', 0) - outdated);
  const podTemplate = podTemplateOf(spec);
  const revision = textIn(recordIn(metadata, 'annotations'), DEPLOYMENT_REVISION) ?? textIn(status, 'updateRevision');
  const [uid, current] = [textIn(metadata, 'uid') ?? '', textIn(status, 'currentRevision')];
  const isSeen = isObserved && spec['paused'] !== true && revision !== undefined;
  return {
    replicas: countIn(spec, 'replicas', 1),
    ready: isObserved ? ready : 0,
    // A StatefulSet with a partition keeps two revisions.
    isRolledOut: isSeen && outdated === 0 && (current === undefined || current === revision),
    sight: isSeen ? { uid, revision, template: hashOf(podTemplate) } : undefined,
    podTemplate,
    resourceVersion: textIn(metadata, 'resourceVersion') ?? '',
    manager: managerOf(object),
  };
}

function recordIn(owner: Json, key: string): Json {
  const value = owner[key];
  return isRecord(value) ? value : {};
}

function textIn(owner: Json, key: string): string | undefined {
  const value = owner[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function countIn(owner: Json, key: string, otherwise: number): number {
  const value = owner[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
