import type { ReleaseTimes } from '../times.ts';

/** When something happens, and how long proxies need from then on. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly times: ReleaseTimes;
}
