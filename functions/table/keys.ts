import { hash } from 'node:crypto';
import type { Canary } from '../canary/canary.ts';
import type { AuditEntry, CanaryKey, IdempotencyKey } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';

/**
 * Where something stands in a store: the partition is one of the Kubernetes cluster's three, the sort key says what it is.
 * `C#{cluster}` is the record of the releases; `F#{cluster}` and, in DynamoDB, `F#{cluster}#{n}` have the fleet reports and `D#{cluster}` the drift report,
 * apart from it because IAM tells items by partition only: `discovery`, which strangers can reach, may write fleet reports
 * and nothing else (infra/deploy/roles.yml), and `advance` puts drift reports and nothing else.
 */
export interface RowKey {
  readonly partition: string;
  readonly sort: string;
}

/** The most that DynamoDB takes as a sort key, in bytes of UTF-8 (Developer Guide, "Quotas"). */
const SORT_BYTES_MAX = 1_024;
/** Digits of a resourceVersion in a sort key: as many as a safe integer has. */
const VERSION_DIGITS = 16;

/** Canaries; namespace and name follow. */
export const CANARY_PREFIX = 'canary#';
/** Answers kept for their Idempotency-Key; a caller follows. */
export const ANSWER_PREFIX = 'idem#';
/** Proxy reports; a function environment follows. */
export const FLEET_PREFIX = 'fleet#';

/** The counter that moves with every write in the Kubernetes cluster. */
export function headKey(cluster: string): RowKey {
  return { partition: partitionOf(cluster), sort: 'head' };
}

/** `moved#{version}`: whose the write was that made the version, for ten minutes. */
export function movedKey(cluster: string, version: number): RowKey {
  return rowKey(cluster, `moved#${padded(version)}`);
}

/** `gone#{version}`: the same, where the write took the canary away. */
export function goneKey(cluster: string, version: number): RowKey {
  return rowKey(cluster, `gone#${padded(version)}`);
}

/** `canary#{namespace}#{name}`: in the order of lists. */
export function canaryKey({ cluster, namespace, name }: CanaryKey): RowKey {
  return rowKey(cluster, `${CANARY_PREFIX}${segments(namespace, name)}`);
}

/** Whose a canary's sort key is. */
export function namesIn(sort: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = sort.slice(CANARY_PREFIX.length).split('#').map(plain);
  return { namespace, name };
}

/** `claim#{namespace}#{service}#{port}`: who has the Service and port, and until when if it has moved on. */
export function claimKey(
  cluster: string,
  namespace: string,
  { name, port }: { readonly name: string; readonly port: number },
): RowKey {
  return rowKey(cluster, `claim#${segments(namespace, name, String(port))}`);
}

/** What the sort keys of a canary's audit entries begin with. */
export function auditPrefix({ namespace, name }: CanaryKey): string {
  return `audit#${segments(namespace, name)}#`;
}

/**
 * `audit#{namespace}#{name}#{time}#{resourceVersion}#{token}`. The time comes first, and the token is there, because
 * an abort does not know which version it makes; the token also tells a repeated write from another one.
 *
 * @param token unique for each write, the same in its repetitions
 */
export function auditKey(key: CanaryKey, { time, resourceVersion }: AuditEntry, token: string): RowKey {
  return rowKey(key.cluster, auditPrefix(key) + segments(time, padded(resourceVersion), token));
}

/** `idem#{caller}#{key}`. */
export function answerKey(cluster: string, { caller, key }: IdempotencyKey): RowKey {
  return rowKey(cluster, `${ANSWER_PREFIX}${segments(caller, key)}`);
}

/** `fleet#{environment}`, in the fleet's partition: where no table has to be spread. */
export function fleetKey(cluster: string, environment: string): RowKey {
  return rowKey(cluster, `${FLEET_PREFIX}${segments(environment)}`, fleetPartitionOf(cluster));
}

/**
 * A partition of DynamoDB takes 1,000 write units a second (Developer Guide, "Best practices for partition keys"). Twenty
 * environments that watch 10,000 proxies write 206 KB each, every 3 seconds: 1,373.
 */
const FLEET_PARTS = 8;

/** `fleet#{environment}`, in one of the partitions `F#{cluster}#{n}`: always the same for an environment. */
export function spreadFleetKey(cluster: string, environment: string): RowKey {
  const part = Number.parseInt(hash('sha256', environment, 'hex').slice(0, 2), 16) % FLEET_PARTS;
  return rowKey(cluster, `${FLEET_PREFIX}${segments(environment)}`, `${fleetPartitionOf(cluster)}#${part}`);
}

/** Where fleet reports can stand: in the spread partitions, and in the one that an older version writes to. */
export function fleetPartitionsOf(cluster: string): readonly string[] {
  const first = fleetPartitionOf(cluster);
  return [...Array.from({ length: FLEET_PARTS }, (_, part) => `${first}#${part}`), first];
}

/** `report`, in the partition of the drift. */
export function driftKey(cluster: string): RowKey {
  return rowKey(cluster, 'report', `D#${segments(cluster)}`);
}

/** `confirmed#{namespace}#{name}`, in the fleet's partition. */
export function confirmationKey({ cluster, namespace, name }: CanaryKey): RowKey {
  return rowKey(cluster, `confirmed#${segments(namespace, name)}`, fleetPartitionOf(cluster));
}

/** `pace`, in the fleet's partition. */
export function paceKey(cluster: string): RowKey {
  return rowKey(cluster, 'pace', fleetPartitionOf(cluster));
}

/** Which canary a document is, in a Kubernetes cluster. */
export function keyOf(cluster: string, { metadata: { namespace, name } }: Canary): CanaryKey {
  return { cluster, namespace, name };
}

/** `C#{cluster}`. */
export function partitionOf(cluster: string): string {
  return `C#${segments(cluster)}`;
}

/** `F#{cluster}`. */
export function fleetPartitionOf(cluster: string): string {
  return `F#${segments(cluster)}`;
}

/** A version as text whose order is that of numbers. */
function padded(version: number | string): string {
  return String(version).padStart(VERSION_DIGITS, '0');
}

function rowKey(cluster: string, sort: string, partition = partitionOf(cluster)): RowKey {
  if (Buffer.byteLength(sort) > SORT_BYTES_MAX) {
    throw new CanaryStoreError(`a key of the store would have more than ${SORT_BYTES_MAX} bytes; use shorter names`);
  }
  return { partition, sort };
}

/** Joins names by `#`, which none of them can then hold. */
function segments(...names: readonly string[]): string {
  return names.map((name) => name.replaceAll('%', '%25').replaceAll('#', '%23')).join('#');
}

/** The name that a segment was made of. */
function plain(segment: string): string {
  return segment.replaceAll('%23', '#').replaceAll('%25', '%');
}
