/** How often the slowest proxy of a Kubernetes cluster asks for its Envoy clusters, as far as was heard. */
export interface Pace {
  /** Between two polls, in milliseconds: what the Pod was born with. */
  readonly refreshMs: number;
  /** When it was heard, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Where function environments leave the longest refresh that proxies poll with: a record whose `refresh` was lowered says
 * nothing of the Pods from before.
 */
export interface PaceStore {
  /** Writes it, unless a longer one was heard within `PACE_KEPT_MS` before it. */
  notePace(cluster: string, pace: Pace, signal: AbortSignal): Promise<void>;
  findPace(cluster: string, signal: AbortSignal): Promise<Pace | undefined>;
}

/** A longer refresh counts until it has not been heard for as long as this. */
export const PACE_KEPT_MS = 3_600_000;
