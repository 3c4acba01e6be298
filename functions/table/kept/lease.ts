import type { LookLease, LookLeaseStore } from '../../canary/steps/lease.ts';
import { isRecord } from '../../json/faults.ts';
import { rowKey, segments } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** A clock that was ahead keeps others out no longer than this, in milliseconds. */
const LEASE_MS = 5 * 60_000;
/** Then it is deleted, in seconds after it was taken. */
const LEASE_SECONDS = 3_600;

/** The lease of a Kubernetes cluster: `lease`, in the partition that `advance` alone writes to. */
const LEASE: Kept<string, LookLease> = {
  title: 'lease of releases',
  attribute: undefined,
  keyOf: (cluster) => rowKey(cluster, 'lease', `V#${segments(cluster)}`),
  decode: (document) => {
    const since = isRecord(document) ? document['since'] : undefined;
    return typeof since === 'number' ? { since } : undefined;
  },
  numbersOf: ({ since }) => ({ since }),
  givesWay: ({ since }, now) => [
    { number: 'since', is: '<=', than: since },
    { number: 'since', is: '>', than: now + LEASE_MS },
  ],
  expiryOf: (_, now) => Math.ceil(now / 1_000) + LEASE_SECONDS,
  isCurrent: ({ since }, now) => since <= now + LEASE_MS,
};

/** Leases as kept values. */
export function createLookLeaseStore(values: KeptValues): LookLeaseStore {
  return {
    takeLease: (cluster, lease, signal) => values.write(LEASE, cluster, lease, signal),
    findLease: (cluster, signal) => values.read(LEASE, cluster, signal),
  };
}
