import type { AuditEntry } from '../audit-entry.ts';
import type { Canary, CanaryCondition, CanaryPhase, CanaryWeights } from '../canary.ts';

/** Which canary: unique in a fleet. */
export interface CanaryKey {
  /** The Kubernetes cluster. */
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** An answer kept for a day, so that a repeated request is answered alike and changes nothing. */
export interface IdempotentAnswer {
  /** SHA-256 of method, path, `dryRun` and body, in hex: the same key with another request is a mistake. */
  readonly requestHash: string;
  readonly statusCode: number;
  readonly body: string;
  /** Epoch seconds after which it is forgotten. */
  readonly expires: number;
}

/** The key is the caller's own (`Idempotency-Key`), in a space of each caller. */
export interface IdempotencyKey {
  /** An ARN; that of an assumed role without its session, which changes with every renewal of its credentials. */
  readonly caller: string;
  readonly key: string;
}

/** Another canary of the Kubernetes cluster that is written in the same transaction, where it still is what was read. */
export interface MateWrite {
  /** As it was read. */
  readonly before: Canary;
  /** At a version past that of the canary, or of the mate, that stands before it in the transaction. */
  readonly canary: Canary;
  readonly audit: AuditEntry;
}

/** Another canary of the Kubernetes cluster that the same transaction aborts, where it is there. */
export interface MateAbort {
  readonly key: CanaryKey;
  readonly patch: CanaryAbort;
  readonly audit: AuditEntry;
}

/** A canary of another Kubernetes cluster that a write depends on. */
export interface SeenElsewhere {
  readonly key: CanaryKey;
  /** The resourceVersion that it must still have; undefined where there must be none. */
  readonly resourceVersion: string | undefined;
}

/** What goes with every write, in one transaction with it; the head becomes the last resourceVersion that is written. */
export interface WriteExtras {
  readonly audit: AuditEntry;
  /** In the order of their versions; at most 19. */
  readonly mates?: readonly MateWrite[];
  /** Of other Kubernetes clusters; at most 9. Where one is another by then, nothing is written. */
  readonly elsewhere?: readonly SeenElsewhere[] | undefined;
  readonly idempotency?: { readonly key: IdempotencyKey; readonly answer: IdempotentAnswer };
}

/** What an abort sets; resourceVersion and head become the version that it makes. */
export interface CanaryAbort {
  readonly weights: CanaryWeights;
  readonly phase: CanaryPhase;
  readonly conditions: readonly CanaryCondition[];
  readonly lastTransitionTime: string;
  /** `until` of the new `awaiting`; its resourceVersion is the one that the write makes. */
  readonly awaitingUntil: string;
}
