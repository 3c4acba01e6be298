import type { AuditEntry } from '../audit-entry.ts';
import type { Canary, Release } from '../canary.ts';
import { releaseIn, runningRelease, waitsForPerson } from './release.ts';

/** What an entry holds of the release that a change was about. @param before absent where the canary is created */
export function auditedRelease(
  before: Pick<Canary, 'status'> | undefined,
  after: Pick<Canary, 'status'>,
): Pick<AuditEntry, 'release'> {
  const { phase, release: left } = after.status;
  const isOfRelease =
    runningRelease(after) !== undefined || (before !== undefined && runningRelease(before) !== undefined);
  if (left === undefined || !isOfRelease) return {};
  const release = releaseIn(phase, left);
  const { attempt, state, currentStepIndex: step } = release;
  const waits = isUpToPerson(release) ? { waitsForPerson: true as const } : {};
  return { release: { attempt, state, step, ...waits } };
}

function isUpToPerson(release: Release): boolean {
  if (waitsForPerson(release)) return true;
  const { paused, steps, currentStepIndex } = release;
  const step = steps[currentStepIndex];
  const duration = step !== undefined && 'pause' in step ? step.pause.duration : undefined;
  if (paused?.reason === 'InconclusiveAnalysisRun') return true;
  return paused?.reason === 'CanaryPauseStep' && duration === undefined;
}
