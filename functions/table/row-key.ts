import { CanaryStoreError } from '../errors.ts';

/**
 * Where something stands in a store: the partition is one of the Kubernetes cluster's five, the sort key says what it is.
 * `C#{cluster}` is the record of the releases; `F#{cluster}` and, in DynamoDB, `F#{cluster}#{n}` have the proxy
 * reports and what proxies counted, and `D#{cluster}` the drift report, apart from it because IAM tells items by partition
 * only: `discovery`, which strangers can reach, may write what it hears of proxies and nothing else (infra/deploy/roles.yml),
 * and `advance` alone writes drift reports. `V#{cluster}` has what running releases were judged by, `Z#{cluster}` the freezes
 * and `Z#` those of the fleet, where only the release API writes.
 */
export interface RowKey {
  readonly partition: string;
  readonly sort: string;
}

/** The most that DynamoDB takes as a sort key, in bytes of UTF-8 (Developer Guide, "Quotas"). */
const SORT_BYTES_MAX = 1_024;

/** Digits of a resourceVersion in a sort key: as many as a safe integer has. */
const VERSION_DIGITS = 16;

/** `C#{cluster}`. */
export function partitionOf(cluster: string): string {
  return `C#${segments(cluster)}`;
}

/** `F#{cluster}`. */
export function proxyPartitionOf(cluster: string): string {
  return `F#${segments(cluster)}`;
}

/** A version as text whose order is that of numbers. */
export function padded(version: number | string): string {
  return String(version).padStart(VERSION_DIGITS, '0');
}

/** A key in a partition; by default that of the releases. Throws CanaryStoreError for names that are too long together. */
export function rowKey(cluster: string, sort: string, partition = partitionOf(cluster)): RowKey {
  if (Buffer.byteLength(sort) > SORT_BYTES_MAX) {
    throw new CanaryStoreError(`a key of the store would have more than ${SORT_BYTES_MAX} bytes; use shorter names`);
  }
  return { partition, sort };
}

/** Joins names by `#`, which none of them can then hold. */
export function segments(...names: readonly string[]): string {
  return names.map((name) => name.replaceAll('%', '%25').replaceAll('#', '%23')).join('#');
}

/** The name that a segment was made of. */
export function plain(segment: string): string {
  return segment.replaceAll('%23', '#').replaceAll('%25', '%');
}
