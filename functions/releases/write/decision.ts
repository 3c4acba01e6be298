import type { Canary } from '../../canary/canary.ts';
import type { Transition } from '../../canary/transitions/transition.ts';
import type { ReleaseRefusal } from '../refusal.ts';

/** Another member of the canary's group, and what becomes of it in the same transaction. */
export interface MateDecision {
  /** As it was given to the decision. */
  readonly before: Canary;
  readonly canary: Canary;
  /** As in the audit entry. */
  readonly reason?: string | undefined;
  readonly verdict?: string | undefined;
}

/**
 * What a canary becomes, with the caller's reason for the audit; the very same canary where nothing changes. Or why not. A
 * `Transition` is one.
 */
export type Decision =
  | {
      readonly allowed: true;
      readonly canary: Canary;
      readonly reason?: string | undefined;
      /** As in the audit entry. */
      readonly verdict?: string | undefined;
      readonly mates?: readonly MateDecision[];
    }
  | { readonly allowed: false; readonly refusal: ReleaseRefusal };

/** The transition as a decision, for the caller's reason. */
export function withReason(transition: Transition, reason: string | undefined): Decision {
  return transition.allowed ? { ...transition, reason } : transition;
}

/** The refusal as a decision. */
export function decline(refusal: ReleaseRefusal): Decision {
  return { allowed: false, refusal };
}
