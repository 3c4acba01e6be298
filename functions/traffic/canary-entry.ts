import type { Canary } from '../canary/canary.ts';
import type { CanaryList } from '../canary/store.ts';
import type { CanaryId, SoundCanaries } from './quarantine.ts';

/** What the cache keeps of one Kubernetes cluster; times in milliseconds since the epoch. */
export interface CanaryEntry {
  state: SoundCanaries | undefined;
  /** What `state` was made of. */
  list: CanaryList | undefined;
  served: ReadonlyMap<CanaryId, Canary>;
  triedAt: number;
  failedAt: number;
  /** When the last read that brought or confirmed `state` began, and its number. */
  confirmedAt: number;
  confirmedBy: number;
  reading: Promise<void> | undefined;
  cause: unknown;
}

/** An entry of a cluster that was never read. */
export function emptyEntry(): CanaryEntry {
  return {
    state: undefined,
    list: undefined,
    served: new Map(),
    triedAt: Number.NEGATIVE_INFINITY,
    failedAt: Number.NEGATIVE_INFINITY,
    confirmedAt: Number.NEGATIVE_INFINITY,
    confirmedBy: 0,
    reading: undefined,
    cause: undefined,
  };
}
