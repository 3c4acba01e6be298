import type { Canary, Release } from '../canary.ts';
import { type Move, waitFor } from '../steps/moves.ts';
import { aboutMate } from './members.ts';

/** A member whose release goes on, and what it would do if it were alone; undefined: it could not be looked at. */
export interface MemberMove {
  readonly canary: Canary;
  readonly release: Release;
  readonly move: Move | undefined;
  /** Which proxies have sent it requests; undefined where that is not known. */
  readonly callers?: readonly string[] | undefined;
}

/** A member and what it does. */
interface Moved extends Pick<MemberMove, 'canary' | 'callers'> {
  readonly move: Move;
}

type Abort = Extract<Move, { move: 'abort' }>;

/** What a group does: its members are taken back or take their next steps in one transaction, or each does what it does alone. */
export type GroupMove =
  /** `shared` is for those that have a share without a release, and those that have begun since they were looked at. */
  | { readonly move: 'abort'; readonly members: readonly Moved[]; readonly shared: Abort }
  | { readonly move: 'step'; readonly members: readonly Moved[] }
  | { readonly move: 'each'; readonly members: readonly Moved[] };

/**
 * What the members of a group do together. One that is to be taken back takes all back that have a share or a release. Steps
 * are taken only when each running member may take its next one; the others wait for the first that may not. Those that have
 * everything are watched until all have.
 *
 * @param running members whose release goes on, by name; those that wait to be promoted, too
 * @param others members without one
 */
export function groupMove(running: readonly MemberMove[], others: readonly Canary[]): GroupMove {
  const cause = running.find(({ move }) => move?.move === 'abort');
  if (cause?.move?.move === 'abort') {
    const shared = { ...cause.move, reason: 'Group', sentence: aboutMate(cause.canary, cause.move.sentence) };
    return { move: 'abort', members: takenBack(cause, shared, running), shared };
  }
  const slowest = slowestOf(running, others);
  if (slowest === undefined) {
    const isEnd = running.every(isAtEnd);
    const members = running.flatMap(({ canary, release, move, callers }) =>
      move?.move === 'step' && (isEnd || !endsWith(release, move)) ? [{ canary, move, callers }] : [],
    );
    if (members.length > 0) return { move: 'step', members };
  }
  const members = running.flatMap(({ canary, move }) => {
    if (move === undefined) return [];
    if (move.move !== 'step' || slowest === undefined) return [{ canary, move }];
    return [{ canary, move: waitFor('Group', `waits for ${slowest}`) }];
  });
  return { move: 'each', members };
}

/** The first that may not take its next step, as what the others wait for; undefined where each may. */
function slowestOf(running: readonly MemberMove[], others: readonly Canary[]): string | undefined {
  // Taken back alone: by a version of the functions that knows no groups, or before it joined.
  const failed = others.find(({ status }) => status.phase === 'Failed' && status.release !== undefined);
  if (failed !== undefined) return aboutMate(failed, 'it was aborted; retry it, or undo the release');
  const slow = running.find((member) => member.move?.move !== 'step' && !waitsForPromotion(member));
  return slow === undefined ? undefined : aboutMate(slow.canary, whyOf(slow));
}

/** Why a member may not take its next step, as the others show it. */
function whyOf({ release, move }: MemberMove): string {
  const { paused } = release;
  if (paused?.reason === 'PausedByUser') return 'it was paused';
  if (paused?.reason === 'InconclusiveAnalysisRun') return 'its analysis was inconclusive';
  if (paused?.reason === 'WeightSetByHand' || (move?.move === 'pause' && move.reason === 'WeightSetByHand'))
    return 'its weight was set by hand';
  if (move?.move === 'wait') return move.wait.sentence;
  if (move === undefined) return 'it could not be looked at';
  return move.move === 'confirm'
    ? 'proxies run its weight, which is judged now'
    : 'its next step is decided by the next look';
}

function waitsForPromotion({ release }: MemberMove): boolean {
  return release.state === 'WaitingPromotion';
}

/** Whether all steps of a member are done, or its next one is their end. */
function isAtEnd(member: MemberMove): boolean {
  return waitsForPromotion(member) || (member.move !== undefined && endsWith(member.release, member.move));
}

function endsWith(release: Release, move: Move): boolean {
  return move.move === 'step' && move.to >= release.steps.length;
}

/** All members whose release goes on, each with its own reason where it has one; the cause comes first. */
function takenBack(cause: MemberMove, shared: Abort, running: readonly MemberMove[]): readonly Moved[] {
  const members = [...running.map(({ canary, move }) => ({ canary, move: move?.move === 'abort' ? move : shared }))];
  const isCause = ({ canary }: Moved): boolean => canary === cause.canary;
  return [...members.filter(isCause), ...members.filter((member) => !isCause(member))];
}
