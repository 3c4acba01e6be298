import { own } from '../json/check.ts';
import { ownerOf, workloadOfOwner } from '../kubernetes/owner.ts';
import { mapOf, nameOf, type RawPod } from '../kubernetes/pod.ts';
import type { Workload } from './report.ts';

const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
/** A DNS subdomain, as the API server demands of the names of workloads; of an ownerReference it demands nothing. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
/** A CronJob calls its Jobs by the minute for which they were due, counted from the epoch. */
const DUE = /^(.+)-(\d{8})$/;
const MINUTE_MS = 60_000;
/** The most that a Pod may come after its Job was due: Jobs wait, and their Pods fail and are made again. */
const DUE_AGO_MS = 7 * 24 * 60 * MINUTE_MS;

/**
 * The workload that owns a running Pod: the one that injection takes for its owner, or the Pod itself where it has none. A
 * CronJob is named only where the Job's name shows when it was due: what is advised depends on it, and unlike injection
 * this knows when the Pod was made. The creator of a Pod may write any owner reference: one that no controller could have
 * written counts as none, so that what is printed can be pasted into a shell.
 */
export function workloadOf(pod: RawPod, namespace: string): Workload {
  const metadata = mapOf(pod, 'metadata');
  const owner = ownerOf(pod);
  const { kind, name } = owner ?? {};
  if (typeof kind !== 'string' || name === undefined || !KIND.test(kind) || !NAME.test(name)) {
    return { namespace, kind: 'Pod', name: nameOf(metadata) ?? '' };
  }
  const above = workloadOfOwner({ kind, name }, mapOf(metadata, 'labels'));
  if (kind !== 'Job' && typeof above.kind === 'string' && NAME.test(above.name)) {
    return { namespace, kind: above.kind, name: above.name };
  }
  const cronJob = kind === 'Job' ? cronJobOf(name, own(metadata, 'creationTimestamp')) : undefined;
  return cronJob === undefined ? { namespace, kind, name } : { namespace, kind: 'CronJob', name: cronJob };
}

function cronJobOf(job: string, created: unknown): string | undefined {
  const [, name, minute] = DUE.exec(job) ?? [];
  if (name === undefined || typeof created !== 'string') return undefined;
  const ago = Date.parse(created) - Number(minute) * MINUTE_MS;
  // A clock of another machine may be a little behind.
  return ago >= -MINUTE_MS && ago <= DUE_AGO_MS && NAME.test(name) ? name : undefined;
}
