import type { AuditEntry } from './audit-entry.ts';
import type { Canary } from './canary.ts';
import type {
  CanaryAbort,
  CanaryKey,
  IdempotencyKey,
  IdempotentAnswer,
  MateAbort,
  WriteExtras,
} from './stored/writes.ts';

export type { AuditEntry } from './audit-entry.ts';
export type { CanaryAbort, CanaryKey, IdempotencyKey, IdempotentAnswer, WriteExtras } from './stored/writes.ts';

/** Every canary of a Kubernetes cluster, those being deleted included. */
export interface CanaryList {
  /** What `readHead` said at, or before, the read: never newer than the canaries. */
  readonly head: number;
  /** From a store by namespace, then name. */
  readonly canaries: readonly Canary[];
  /** Those that are there but cannot be read: a list that kept silent about them would say that they are gone. */
  readonly unreadable: readonly UnreadableCanary[];
}

/** A stored canary that has not a canary's shape. */
export interface UnreadableCanary {
  readonly namespace: string;
  readonly name: string;
  /** For people: what is wrong, and where. */
  readonly why: string;
}

/** What `discovery` needs of a store. */
export interface CanaryReader {
  /** The version of the last write in the Kubernetes cluster; 0 before the first. Throws CanaryStoreError. */
  readHead(cluster: string, signal: AbortSignal): Promise<number>;
  /**
   * Strongly consistent. One canary that cannot be read does not hide the others. Throws CanaryStoreError.
   *
   * @param namespace of this one alone
   */
  listCanaries(cluster: string, signal: AbortSignal, namespace?: string): Promise<CanaryList>;
  /**
   * What was written after the head `after`, up to the head `upTo`; undefined where that is not known whole (too long ago,
   * too much, or by a version of this program that left no trace of it): then a list is. Throws CanaryStoreError.
   */
  listMoves(
    cluster: string,
    heads: { readonly after: number; readonly upTo: number },
    signal: AbortSignal,
  ): Promise<CanaryMoves | undefined>;
}

/** Canaries that were written, as they stand now: never older than the head up to which they were asked for. */
export interface CanaryMoves extends Pick<CanaryList, 'canaries' | 'unreadable'> {
  /** Those that are no longer there. */
  readonly gone: readonly Pick<CanaryKey, 'namespace' | 'name'>[];
}

/**
 * - `written`: done, all of it.
 * - `conflict`: the canary is not at the expected resourceVersion, or (creation) exists, or (else) does not, or the
 *   idempotency key was taken meanwhile, or a mate is another one; nothing was written. `current` is what stands there now.
 * - `behind`: another write has moved the head to the canary's version or past it; nothing was written.
 * - `claimed`: another canary of the namespace has the service and port, or had them so lately that proxies still know
 *   its Envoy clusters; nothing was written.
 * - `elsewhere`: a canary of another Kubernetes cluster is not the one that was seen; nothing was written.
 */
export type WriteOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'conflict'; readonly current: Canary | undefined }
  | { readonly outcome: 'behind' }
  | { readonly outcome: 'elsewhere' }
  | { readonly outcome: 'claimed'; readonly by: string };

/** The record of all releases. One contract suite holds every implementation (test/contract/canary-store.ts). */
export interface CanaryStore extends CanaryReader {
  /** Throws CanaryStoreError, with `field` where what stands there has not a canary's shape. */
  getCanary(key: CanaryKey, signal: AbortSignal): Promise<Canary | undefined>;
  /** Creates, at a version past the head that was read; claims (namespace, service, port) for as long as the canary is there. */
  create(cluster: string, canary: Canary, extras: WriteExtras, signal: AbortSignal): Promise<WriteOutcome>;
  /**
   * Replaces the canary that stands at `expected` (a resourceVersion) by one at a version past it and past the head that
   * was read (see `versionAfter`). If the service changed it claims the new one, and keeps the old one until the `keepUntil` of its last target there.
   */
  update(
    cluster: string,
    expected: string,
    canary: Canary,
    extras: WriteExtras,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  /**
   * Writes the patch whatever the canary's resourceVersion is: it needs only to exist. Where the head has moved the write is
   * repeated at once, while others wait longer. Answers what stands there afterwards; undefined if nothing does.
   *
   * @param audit its `from` is the last one read; its `resourceVersion` becomes the one that the write makes
   * @param mates aborted with it, each at a version of its own; those that are gone stand in nothing's way
   */
  abort(
    key: CanaryKey,
    patch: CanaryAbort,
    audit: AuditEntry,
    signal: AbortSignal,
    mates?: readonly MateAbort[],
  ): Promise<Canary | undefined>;
  /**
   * Writes what the clock or the proxies have brought, or what a release waits for, where the canary stands at `expected`: its
   * status but for weights and which write is awaited. No claim moves and no audit entry is left. Throws CanaryStoreError unless the canary is past `expected`.
   *
   * @param canary at a version past the head that was read (see `versionAfter`)
   */
  writePhase(cluster: string, expected: string, canary: Canary, signal: AbortSignal): Promise<WriteOutcome>;
  /** Takes a canary away for good, with its claim; only once it is at `expected`. */
  remove(key: CanaryKey, expected: string, signal: AbortSignal): Promise<WriteOutcome>;
  /** Newest first, at most `limit` entries. */
  listAudit(key: CanaryKey, limit: number, signal: AbortSignal): Promise<readonly AuditEntry[]>;
  findAnswer(cluster: string, key: IdempotencyKey, signal: AbortSignal): Promise<IdempotentAnswer | undefined>;
}
