import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';

/** The owner of a Pod: `{ kind: 'ReplicaSet', name: 'web-6f7d9c' }`. The request sets it; its name is not validated. */
export interface Owner {
  readonly kind: unknown;
  readonly name: string;
}

/** The controller among the owners of a Pod, else the first of them; undefined for a Pod without owners. */
export function ownerOf(pod: RawPod): Owner | undefined {
  const owners = listOf(mapOf(pod, 'metadata'), 'ownerReferences').filter(isRecord);
  const owner = owners.find((o) => own(o, 'controller') === true) ?? owners[0];
  return owner === undefined ? undefined : { kind: own(owner, 'kind'), name: nameOf(owner) ?? '' };
}

/** Labels on the Pods of a ReplicaSet that show which kind of workload owns it: a Deployment, or Argo's Rollout. */
const HASHES = [
  { label: 'pod-template-hash', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', kind: 'Rollout' },
] as const;
/** OpenShift's label on the Pods of a DeploymentConfig, whose ReplicationControllers are numbered. */
const DEPLOYMENT_CONFIG = 'deploymentconfig';
/** A CronJob names a Job after the minute for which it is scheduled, counted from the epoch; older ones use seconds. */
const DUE = /-\d{8,10}$/;

/**
 * The workload behind a Pod's owner, which keeps its name while ReplicaSets, ReplicationControllers and Jobs come and
 * go: of a ReplicaSet the Deployment or Rollout, of a numbered ReplicationController the DeploymentConfig, of a Job the
 * CronJob. Only names and labels decide, as in Istio (pkg/kube/util.go, GetDeployMetaFromPod), so that a Job with a name
 * that ends in 8 to 10 digits counts as a CronJob's.
 *
 * @param labels of the Pod, or of the Pod template
 */
export function workloadOfOwner(owner: Owner, labels: Readonly<Record<string, unknown>>): Owner {
  if (owner.kind === 'ReplicaSet') return workloadOfReplicaSet(owner, labels) ?? owner;
  if (owner.kind === 'ReplicationController') return deploymentConfigOf(labels) ?? owner;
  if (owner.kind === 'Job') return cronJobOf(owner) ?? owner;
  return owner;
}

function workloadOfReplicaSet({ name }: Owner, labels: Readonly<Record<string, unknown>>): Owner | undefined {
  for (const { label, kind } of HASHES) {
    const hash = own(labels, label);
    const ending = typeof hash === 'string' && hash !== '' ? `-${hash}` : undefined;
    if (ending !== undefined && name.endsWith(ending) && name.length > ending.length) {
      return { kind, name: name.slice(0, -ending.length) };
    }
  }
  return undefined;
}

function deploymentConfigOf(labels: Readonly<Record<string, unknown>>): Owner | undefined {
  const name = own(labels, DEPLOYMENT_CONFIG);
  return typeof name === 'string' && name !== '' ? { kind: 'DeploymentConfig', name } : undefined;
}

function cronJobOf({ name }: Owner): Owner | undefined {
  const cronJob = name.replace(DUE, '');
  return cronJob !== '' && cronJob !== name ? { kind: 'CronJob', name: cronJob } : undefined;
}
