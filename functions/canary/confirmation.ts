import type { CanaryKey } from './store.ts';

/** That the proxies were found to follow a write: kept, because the reports that showed it are forgotten. */
export interface Confirmation {
  /** The write. */
  readonly resourceVersion: string;
  /** RFC 3339: the newest report of that time. */
  readonly asOf: string;
  readonly seen: number;
  readonly converged: number;
}

/** Where a confirmation stays as long as people may ask for it. */
export interface ConfirmationStore {
  /** Writes it where there is none of that write or a newer one. */
  keepConfirmation(key: CanaryKey, confirmation: Confirmation, signal: AbortSignal): Promise<void>;
  /** The last one that was kept; of which write it says itself. */
  findConfirmation(key: CanaryKey, signal: AbortSignal): Promise<Confirmation | undefined>;
}
