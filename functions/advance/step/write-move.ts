import type { Canary, Release } from '../../canary/canary.ts';
import type { Move } from '../../canary/steps/moves.ts';
import { releaseId, runningRelease, waitsForPerson } from '../../canary/steps/release.ts';
import type { SeenElsewhere } from '../../canary/stored/writes.ts';
import { advanced } from '../../canary/transitions/advance-release.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { releaseStepped } from '../../events.ts';
import type { ReleaseCall } from '../../releases/call.ts';
import { MODIFIED } from '../../releases/refusal.ts';
import { type Decision, decline } from '../../releases/write/decision.ts';
import { write } from '../../releases/write/write.ts';
import { NOTE_TRIES_MAX, noteRelease, type Written } from './note-release.ts';

/** A release as it was looked at, and what it does where it is alone. */
export interface Looked {
  readonly canary: Canary;
  readonly release: Release;
  readonly move: Move;
  /** Which proxies have sent the release requests; undefined where that is not known. */
  readonly callers?: readonly string[] | undefined;
  /** What the move was decided by in other Kubernetes clusters: where it changes, neither a step nor a promotion is written. */
  readonly elsewhere?: readonly SeenElsewhere[] | undefined;
  /** What the look itself has written of the canary: then nothing follows from the move. */
  readonly written?: Written;
}

/**
 * Writes what the move makes of the canary, where it is still what was looked at; an abort also where it was written meanwhile. Throws
 * CanaryStoreError.
 */
export async function writeMove(
  call: ReleaseCall,
  { canary: looked, release, move, callers, elsewhere, written }: Looked,
): Promise<Written> {
  if (written !== undefined) return written;
  const isAbort = move.move === 'abort';
  // It waits for a person, and says so already.
  if (waitsForPerson(release) && !isAbort) return 'nothing';
  const next = advanced(looked, release, move, call.moment, callers);
  if (next === looked) return 'nothing';
  if (move.move === 'wait') return await noteRelease(call, looked, next, 1);
  if (move.move === 'confirm' || move.move === 'keep') return await noteRelease(call, looked, next, NOTE_TRIES_MAX);
  const verb = isAbort || move.move === 'promote' ? move.move : 'step';
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    const running = current === undefined ? undefined : runningRelease(current);
    if (current === undefined || running === undefined || releaseId(running) !== releaseId(release)) {
      return decline(MODIFIED);
    }
    const isSame = current.metadata.resourceVersion === looked.metadata.resourceVersion;
    if (!isSame && !isAbort) return decline(MODIFIED);
    const why = 'sentence' in move ? { reason: move.sentence, verdict: move.reason } : {};
    return { allowed: true, canary: advanced(current, running, move, moment, callers), ...why };
  };
  const outcome = await write(call, { verb, decide, elsewhere: isAbort ? undefined : elsewhere }, {});
  if (outcome.outcome !== 'written') return 'lost';
  const { currentStepIndex, attempt } = outcome.canary.status.release ?? release;
  const reason = 'reason' in move ? { reason: move.reason } : {};
  call.tools.log(releaseStepped, { ...call.key, move: move.move, step: currentStepIndex, attempt, ...reason });
  return 'written';
}
