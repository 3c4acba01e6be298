import { ownerOf } from '../injection/owner.ts';
import { mapOf, nameOf, type RawPod } from '../injection/pod.ts';
import { own } from '../template/check.ts';
import type { Workload } from './report.ts';

/** The labels by which a ReplicaSet's Pods tell whose it is: Deployments, and Argo's Rollouts. */
const HASHES = [
  { label: 'pod-template-hash', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', kind: 'Rollout' },
] as const;
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
/** A DNS subdomain, as the API server demands of the names of workloads; of an ownerReference it demands nothing. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
/** A CronJob calls its Jobs by the minute for which they were due, counted from the epoch. */
const DUE = /^(.+)-(\d{8})$/;
const MINUTE_MS = 60_000;
/** The most that a Pod may come after its Job was due: Jobs wait, and their Pods fail and are made again. */
const DUE_AGO_MS = 7 * 24 * 60 * MINUTE_MS;

/**
 * Whose a running Pod is, as people know it: of a ReplicaSet the Deployment, of a Job the CronJob where its name shows
 * one, of nobody the Pod itself. Owner references are the word of whoever made the Pod: one that no controller could have
 * written counts as none, so that what is printed can be pasted into a shell.
 */
export function workloadOf(pod: RawPod, namespace: string): Workload {
  const metadata = mapOf(pod, 'metadata');
  const owner = ownerOf(pod);
  const { kind, name } = owner ?? {};
  if (typeof kind !== 'string' || name === undefined || !KIND.test(kind) || !NAME.test(name)) {
    return { namespace, kind: 'Pod', name: nameOf(metadata) ?? '' };
  }
  if (kind === 'ReplicaSet') return { namespace, ...deploymentOf(name, mapOf(metadata, 'labels')) };
  const cronJob = kind === 'Job' ? cronJobOf(name, own(metadata, 'creationTimestamp')) : undefined;
  return cronJob === undefined ? { namespace, kind, name } : { namespace, kind: 'CronJob', name: cronJob };
}

function deploymentOf(name: string, labels: Readonly<Record<string, unknown>>): Omit<Workload, 'namespace'> {
  for (const { label, kind } of HASHES) {
    const hash = own(labels, label);
    if (typeof hash !== 'string' || !name.endsWith(`-${hash}`)) continue;
    const above = name.slice(0, -hash.length - 1);
    if (NAME.test(above)) return { kind, name: above };
  }
  return { kind: 'ReplicaSet', name };
}

function cronJobOf(job: string, created: unknown): string | undefined {
  const [, name, minute] = DUE.exec(job) ?? [];
  if (name === undefined || typeof created !== 'string') return undefined;
  const ago = Date.parse(created) - Number(minute) * MINUTE_MS;
  // A clock of another machine may be a little behind.
  return ago >= -MINUTE_MS && ago <= DUE_AGO_MS && NAME.test(name) ? name : undefined;
}
