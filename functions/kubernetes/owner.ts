import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';

/** Whose a Pod is: `{ kind: 'ReplicaSet', name: 'web-6f7d9c' }`; as the request has it, so nothing is sure of the name. */
export interface Owner {
  readonly kind: unknown;
  readonly name: string;
}

/** The controller among the owners of a Pod, else the first of them; undefined for a Pod of nobody's. */
export function ownerOf(pod: RawPod): Owner | undefined {
  const owners = listOf(mapOf(pod, 'metadata'), 'ownerReferences').filter(isRecord);
  const owner = owners.find((o) => own(o, 'controller') === true) ?? owners[0];
  return owner === undefined ? undefined : { kind: own(owner, 'kind'), name: nameOf(owner) ?? '' };
}

/** The labels by which a ReplicaSet's Pods tell whose it is: Deployments, and Argo's Rollouts. */
const HASHES = [
  { label: 'pod-template-hash', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', kind: 'Rollout' },
] as const;
/** OpenShift's label on the Pods of a DeploymentConfig, whose ReplicationControllers are numbered. */
const DEPLOYMENT_CONFIG = 'deploymentconfig';
/** A CronJob calls its Jobs by the minute for which they were due, counted from the epoch; older ones by the second. */
const DUE = /-\d{8,10}$/;

/**
 * The workload behind a Pod's owner, which keeps its name while ReplicaSets, ReplicationControllers and Jobs come and
 * go: of a ReplicaSet the Deployment or Rollout, of a numbered ReplicationController the DeploymentConfig, of a Job the
 * CronJob. Told by names and labels alone, as Istio does (pkg/kube/util.go, GetDeployMetaFromPod), so that a Job whose
 * own name ends in 8 to 10 digits counts as a CronJob's.
 *
 * @param labels of the Pod, or of the Pod template
 */
export function workloadOfOwner({ kind, name }: Owner, labels: Readonly<Record<string, unknown>>): Owner {
  if (kind === 'ReplicaSet') {
    for (const { label, kind: above } of HASHES) {
      const hash = own(labels, label);
      const ending = typeof hash === 'string' && hash !== '' ? `-${hash}` : undefined;
      if (ending !== undefined && name.endsWith(ending) && name.length > ending.length) {
        return { kind: above, name: name.slice(0, -ending.length) };
      }
    }
  }
  const config = own(labels, DEPLOYMENT_CONFIG);
  if (kind === 'ReplicationController' && typeof config === 'string' && config !== '') {
    return { kind: 'DeploymentConfig', name: config };
  }
  const job = kind === 'Job' ? name.replace(DUE, '') : '';
  return job !== '' && job !== name ? { kind: 'CronJob', name: job } : { kind, name };
}
