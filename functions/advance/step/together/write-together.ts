import type { Canary } from '../../../canary/canary.ts';
import type { GroupMove } from '../../../canary/group/group-moves.ts';
import { isReleased } from '../../../canary/group/members.ts';
import type { Move } from '../../../canary/steps/moves.ts';
import { releaseId, runningRelease } from '../../../canary/steps/release.ts';
import { advanced, takenBack } from '../../../canary/transitions/advance-release.ts';
import type { Moment } from '../../../canary/transitions/moment.ts';
import { releaseStepped } from '../../../events.ts';
import type { ReleaseCall } from '../../../releases/call.ts';
import { MODIFIED } from '../../../releases/refusal.ts';
import { type Decision, decline, type MateDecision } from '../../../releases/write/decision.ts';
import { write } from '../../../releases/write/write.ts';
import { keyOf } from '../../../table/keys.ts';
import type { Written } from '../note-release.ts';

type Together = Exclude<GroupMove, { move: 'each' }>;

/**
 * Writes what members of a group do in one transaction. Steps are taken where all whose release goes on still are what was looked
 * at; an abort also where they were written meanwhile, and with whatever members have a share by then. Throws CanaryStoreError.
 *
 * @param call about the first of the members
 * @param running all whose release goes on, as they were looked at
 */
export async function writeTogether(
  call: ReleaseCall,
  together: Together,
  running: readonly Canary[],
): Promise<Written> {
  const { move, members } = together;
  const decide = (current: Canary | undefined, moment: Moment, mates: readonly Canary[]): Decision => {
    if (current === undefined) return decline(MODIFIED);
    const standing = [current, ...mates];
    if (move === 'step' && !isSame(running, standing.filter(runningRelease))) return decline(MODIFIED);
    const changes = standing.flatMap((member) => changeOf(member, together, moment));
    const own = changes.find(({ before }) => before === current);
    // Its release is over, or another one: the others are looked at again.
    if (own === undefined) return decline(MODIFIED);
    return { allowed: true, ...own, mates: changes.filter((change) => change !== own) };
  };
  const outcome = await write(call, { verb: move, decide, isOfGroup: true }, {});
  if (outcome.outcome !== 'written') return 'lost';
  for (const { canary, move: each } of members) logStep(call, canary, each);
  return 'written';
}

/** Whether these are the canaries that were looked at, each at its version. */
function isSame(looked: readonly Canary[], standing: readonly Canary[]): boolean {
  const versionOf = ({ metadata }: Canary): string => `${metadata.name} ${metadata.resourceVersion}`;
  const versions = new Set(looked.map(versionOf));
  return looked.length === standing.length && standing.every((member) => versions.has(versionOf(member)));
}

/** What becomes of a member; nothing where it has no part in the move. */
function changeOf(before: Canary, together: Together, moment: Moment): readonly MateDecision[] {
  const { members } = together;
  const member = members.find(({ canary }) => canary.metadata.name === before.metadata.name);
  const release = runningRelease(before);
  const move = isOfSameRelease(before, member?.canary) ? member?.move : undefined;
  if (release !== undefined && (move?.move === 'step' || move?.move === 'abort')) {
    const { reason: verdict, sentence: reason } = move;
    return [{ before, canary: advanced(before, release, move, moment, member?.callers), reason, verdict }];
  }
  // A manual one, or one that has begun since it was looked at.
  if (together.move !== 'abort' || !isReleased(before) || member === members[0]) return [];
  const { reason: verdict, sentence: reason } = together.shared;
  return [{ before, canary: takenBack(before, reason, moment), reason, verdict }];
}

function isOfSameRelease(standing: Canary, looked: Canary | undefined): boolean {
  const [now, before] = [standing, looked].map((canary) => canary && runningRelease(canary));
  return now !== undefined && before !== undefined && releaseId(now) === releaseId(before);
}

/** One line for each release that moved, as for one that is alone. */
function logStep({ tools, key }: ReleaseCall, canary: Canary, move: Move): void {
  const release = runningRelease(canary);
  if (release === undefined || (move.move !== 'step' && move.move !== 'abort')) return;
  const step = move.move === 'step' ? move.to : release.currentStepIndex;
  const { reason, move: what } = move;
  tools.log(releaseStepped, { ...keyOf(key.cluster, canary), move: what, step, attempt: release.attempt, reason });
}
