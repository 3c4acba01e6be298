import type { Canary } from '../canary.ts';
import { aboutMate } from '../group/members.ts';
import { runningRelease } from '../steps/release.ts';
import { nextVersion, type Refusal, type Refused, refuse, type Transition } from './transition.ts';

/** What is done with a release that goes on, or begins one. */
export type GroupVerb = 'start' | 'promote' | 'pause' | 'resume' | 'skip' | 'undo' | 'retry';

/** A member before and after. */
export interface MemberChange {
  readonly before: Canary;
  readonly after: Canary;
}

/** What a verb makes of a canary and of the others of its group; the very same canary where nothing changes. Or why not. */
export type GroupTransition =
  | { readonly allowed: true; readonly canary: Canary; readonly mates: readonly MemberChange[] }
  | Refused;

/** Refusals of a member that is none of those which a verb is about: it stays as it is. */
const PASSED_OVER: Readonly<Record<GroupVerb, readonly Refusal['reason'][]>> = {
  start: ['NoStrategy', 'AlreadyReleasing'],
  promote: ['NotReleasing', 'NothingToPromote', 'Aborted'],
  pause: ['NotReleasing', 'Aborted'],
  resume: ['NotReleasing', 'NotPaused', 'Aborted'],
  skip: ['NotReleasing', 'NothingToPromote', 'Aborted'],
  undo: ['NotReleasing', 'Aborted'],
  retry: ['NotAborted'],
};

/**
 * The canary and the others of its group after a verb: all of those that it is about, or none. Where the verb is not for the
 * canary itself, though for another one, the canary is written as it is.
 *
 * @param asked the member that was named
 * @param mates the others, by name; without any it is the transition of the canary alone
 * @param steer what the verb makes of one
 */
export function steerGroup(
  verb: GroupVerb,
  asked: Canary,
  mates: readonly Canary[],
  steer: (canary: Canary) => Transition,
): GroupTransition {
  if (mates.length === 0) {
    const alone = steer(asked);
    return alone.allowed ? { ...alone, mates: [] } : alone;
  }
  const own = memberTransition(verb, asked, mates, steer);
  if (!own.allowed && (isBeginning(verb) || !isPassedOver(verb, own))) return own;
  const changes: MemberChange[] = [];
  for (const mate of mates) {
    const others = [asked, ...mates.filter((other) => other !== mate)];
    const found = memberTransition(verb, mate, others, steer);
    if (!found.allowed && !isPassedOver(verb, found)) {
      return refuse({ ...found.refusal, sentence: aboutMate(mate, found.refusal.sentence) });
    }
    if (found.allowed && found.canary !== mate) changes.push({ before: mate, after: found.canary });
  }
  return withMates(asked, own, changes);
}

/** The transition of the member that was named, with those of the others. */
function withMates(asked: Canary, own: Transition, changes: readonly MemberChange[]): GroupTransition {
  if (own.allowed && own.canary !== asked) return { allowed: true, canary: own.canary, mates: changes };
  if (changes.length === 0) return own.allowed ? { allowed: true, canary: asked, mates: [] } : own;
  return { allowed: true, canary: asWritten(asked), mates: changes };
}

/** Of a member alone, but that a release ends only where those of all members do. */
function memberTransition(
  verb: GroupVerb,
  member: Canary,
  others: readonly Canary[],
  steer: (canary: Canary) => Transition,
): Transition {
  const transition = steer(member);
  if (!transition.allowed || (verb !== 'promote' && verb !== 'skip')) return transition;
  const isOver = member.status.phase === 'WaitingPromotion';
  if (!isOver && runningRelease(transition.canary)?.state !== 'WaitingPromotion') return transition;
  const waits = others.find((other) => stepsLeft(other) > (isOver ? 0 : 1));
  if (waits === undefined) return transition;
  const sentence = `it has everything; it waits for ${aboutMate(waits, 'its steps are not done')}`;
  return refuse({ reason: 'NothingToPromote', sentence });
}

/** Steps of a running release that are not done, the one that goes on included; none without a release. */
function stepsLeft(canary: Canary): number {
  const release = runningRelease(canary);
  return release === undefined ? 0 : release.steps.length - release.currentStepIndex;
}

function isPassedOver(verb: GroupVerb, { refusal }: Refused): boolean {
  return PASSED_OVER[verb].includes(refusal.reason);
}

/** What begins releases names a member that one can begin of: others do not begin without it. */
function isBeginning(verb: GroupVerb): boolean {
  return verb === 'start' || verb === 'retry';
}

/** One write further, and nothing else: the history of the member that was named has what was done. */
function asWritten(canary: Canary): Canary {
  return { ...canary, metadata: { ...canary.metadata, resourceVersion: nextVersion(canary) } };
}
