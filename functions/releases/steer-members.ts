import type { Canary } from '../canary/canary.ts';
import { aboutMate } from '../canary/group/members.ts';
import { type GroupVerb, steerGroup } from '../canary/transitions/steer-group.ts';
import type { Transition } from '../canary/transitions/transition.ts';
import { type Hindrance, unlessHindered } from './hindrance.ts';
import type { Decision } from './write/decision.ts';

/** What is done with a canary, and with the others of its group. */
interface Steered {
  readonly verb: GroupVerb;
  readonly steer: (canary: Canary) => Transition;
  /** What a caller may insist to go past, of each that changes. */
  readonly hindrances: (before: Canary, after: Canary) => readonly (Hindrance | undefined)[];
  /** For the audit. */
  readonly reason: string | undefined;
  /** Why the caller insists. */
  readonly force: string | undefined;
}

/** The verb as a decision about a canary and the others of its group: what hinders one hinders all. */
export function steerMembers(
  current: Canary,
  mates: readonly Canary[],
  { verb, steer, hindrances, reason, force }: Steered,
): Decision {
  const transition = steerGroup(verb, current, mates, steer);
  if (!transition.allowed) return transition;
  const own = hindrances(current, transition.canary);
  const others = transition.mates.flatMap(({ before, after }) =>
    hindrances(before, after).map((found) => found && { ...found, sentence: aboutMate(before, found.sentence) }),
  );
  const decision = unlessHindered(transition, reason, [...own, ...others], force);
  if (!decision.allowed) return decision;
  const told = decision.reason;
  return { ...decision, mates: transition.mates.map(({ before, after }) => ({ before, canary: after, reason: told })) };
}
