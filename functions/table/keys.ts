import { hash } from 'node:crypto';
import type { Canary } from '../canary/canary.ts';
import type { TimeRange } from '../canary/evidence/evidence-store.ts';
import type { AuditEntry, CanaryKey, IdempotencyKey } from '../canary/store.ts';
import { padded, partitionOf, plain, proxyPartitionOf, type RowKey, rowKey, segments } from './row-key.ts';
import type { RowsBetween } from './rows.ts';

/** Canaries; namespace and name follow. */
const CANARY_PREFIX = 'canary#';
/** Answers kept for their Idempotency-Key; a caller follows. */
export const ANSWER_PREFIX = 'idem#';
/** Proxy reports; a function environment follows. */
export const PROXY_REPORT_PREFIX = 'fleet#';
/** What was heard of hosts; a function environment follows. */
export const HOSTS_PREFIX = 'hosts#';

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

/** What the sort keys of canaries begin with: of all, or of one namespace. */
export function canaryPrefix(namespace?: string): string {
  return namespace === undefined ? CANARY_PREFIX : `${CANARY_PREFIX}${segments(namespace)}#`;
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

/** `fleet#{environment}`, in the partition of the proxies: where no table has to be spread. */
export function proxyReportKey(cluster: string, environment: string): RowKey {
  return rowKey(cluster, `${PROXY_REPORT_PREFIX}${segments(environment)}`, proxyPartitionOf(cluster));
}

/**
 * A partition of DynamoDB takes 1,000 write units a second (Developer Guide, "Best practices for partition keys"). Twenty
 * environments that watch 10,000 proxies write 206 KB each, every 3 seconds: 1,373.
 */
const PROXY_REPORT_PARTS = 8;

/** `fleet#{environment}`, in one of the partitions `F#{cluster}#{n}`: always the same for an environment. */
export function spreadProxyReportKey(cluster: string, environment: string): RowKey {
  return rowKey(cluster, `${PROXY_REPORT_PREFIX}${segments(environment)}`, partOf(cluster, environment));
}

/** One of the partitions, always the same for a name. */
function partOf(cluster: string, name: string): string {
  const part = Number.parseInt(hash('sha256', name, 'hex').slice(0, 2), 16) % PROXY_REPORT_PARTS;
  return `${proxyPartitionOf(cluster)}#${part}`;
}

/** `evidence#{namespace}#{name}#{slot}#{environment}`: all of a canary in one of the partitions of proxies. */
export function evidenceKey(key: CanaryKey, slot: number, environment: string): RowKey {
  const { from: prefix, partition } = evidenceRange(key, { from: slot, to: slot });
  return rowKey(key.cluster, `${prefix}#${segments(environment)}`, partition);
}

/** The rows of a canary whose slots begin within a range of time; none before 1970. */
export function evidenceRange({ cluster, namespace, name }: CanaryKey, { from, to }: TimeRange): RowsBetween {
  const prefix = `evidence#${segments(namespace, name)}#`;
  const [first, last] = [from, to].map((time) => padded(Math.max(0, Math.floor(time))));
  // Behind a slot stands `#`, which `$` follows.
  return { partition: partOf(cluster, segments(namespace, name)), from: `${prefix}${first}`, to: `${prefix}${last}$` };
}

/** `hosts#{environment}`, beside the proxy reports. */
export function hostsKey(cluster: string, environment: string): RowKey {
  return rowKey(cluster, `${HOSTS_PREFIX}${segments(environment)}`, proxyPartitionOf(cluster));
}

/** Where proxy reports can stand: in the spread partitions, and in the one that an older version writes to. */
export function proxyPartitionsOf(cluster: string): readonly string[] {
  const first = proxyPartitionOf(cluster);
  return [...Array.from({ length: PROXY_REPORT_PARTS }, (_, part) => `${first}#${part}`), first];
}

/** Which canary a document is, in a Kubernetes cluster. */
export function keyOf(cluster: string, { metadata: { namespace, name } }: Canary): CanaryKey {
  return { cluster, namespace, name };
}
