import type { Canary } from '../canary/canary.ts';
import type { Unreadiness } from '../canary/evidence/readiness.ts';
import { freezeSentence } from '../canary/freeze/freeze-sentence.ts';
import type { InForce } from '../canary/freeze/in-force.ts';
import { raises } from '../canary/steps/raises.ts';
import type { Transition } from '../canary/transitions/transition.ts';
import type { WorkloadLack } from '../canary/workloads/lack.ts';
import { type Decision, decline, withReason } from './write/decision.ts';

/** Why something is not to be done that a caller may insist on. */
export interface Hindrance {
  readonly reason: Unreadiness['reason'] | WorkloadLack['reason'] | 'NoCountedCallers' | 'Frozen';
  readonly sentence: string;
}

/** The freeze that is in force for a namespace at a time; throws CanaryStoreError where freezes cannot be read. */
export type FindFreeze = (namespace: string, now: number) => InForce | undefined;

/** The freeze that holds a change back; undefined where none does, or the change raises nothing. Throws what `find` throws. */
export function frozenBy(
  before: Canary,
  after: Canary,
  find: FindFreeze | undefined,
  now: number,
): Hindrance | undefined {
  const found = raises(before, after) ? find?.(before.metadata.namespace, now) : undefined;
  return found === undefined ? undefined : { reason: 'Frozen', sentence: freezeSentence(found) };
}

/**
 * The transition as a decision: refused for the first hindrance, unless the caller insists; then all of them stand in the audit.
 *
 * @param reason the caller's, for the audit
 * @param force why the caller insists
 */
export function unlessHindered(
  { canary }: Pick<Extract<Transition, { allowed: true }>, 'canary'>,
  reason: string | undefined,
  hindrances: readonly (Hindrance | undefined)[],
  force: string | undefined,
): Decision {
  const found = hindrances.filter((each) => each !== undefined);
  const [first] = found;
  const transition = { allowed: true, canary } as const;
  if (first === undefined) return withReason(transition, reason);
  if (force === undefined) return decline(first);
  return withReason(transition, `forced past ${found.map((each) => each.reason).join(', ')}: ${force}`);
}
