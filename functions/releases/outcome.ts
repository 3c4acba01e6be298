import type { Canary } from '../canary/canary.ts';
import type { IdempotentAnswer } from '../canary/store.ts';
import type { ReleaseRefusal } from './refusal.ts';

/**
 * What a use case did:
 * - `written`: the canary as it stands now;
 * - `tried`: the canary as a write would have made it, by a call that writes nothing (`isDryRun`);
 * - `unchanged`: there was nothing to do; the canary as it stands.
 */
export interface Done {
  readonly outcome: 'written' | 'tried' | 'unchanged';
  readonly canary: Canary;
  /** Whether there was none before. */
  readonly isNew: boolean;
}

/** Why nothing was written. */
export interface RefusedCall {
  readonly outcome: 'refused';
  readonly refusal: ReleaseRefusal;
}

/** The same request has been answered before, and has changed nothing now. */
export interface Replayed {
  readonly outcome: 'replayed';
  readonly answer: IdempotentAnswer;
  /** What this call was about to write when it lost against itself; absent where the answer was there from the start. */
  readonly lost?: Pick<Done, 'canary' | 'isNew'>;
}

/** What became of a call of a use case. What cannot be known is thrown: CanaryStoreError. */
export type Outcome = Done | RefusedCall | Replayed;

/** The refusal as an outcome. */
export function refused(refusal: ReleaseRefusal): RefusedCall {
  return { outcome: 'refused', refusal };
}
