import type { Canary, Release } from '../canary.ts';
import { isSeldomAsked } from '../release-pace.ts';
import { ended, plannedWeight, runningRelease, stepAfter } from '../steps/release.ts';
import { setWeights } from './change-weights.ts';
import type { Moment } from './moment.ts';
import { isAtPause, notReleasing, resumeRelease } from './pause-release.ts';
import { placeAt } from './place-release.ts';
import {
  allStable,
  awaiting,
  nextVersion,
  refuse,
  refuseRollingBack,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/** Pauses that a step of the strategy has brought: a promotion goes to the next step. */
const STEP_PAUSES: ReadonlySet<string> = new Set(['CanaryPauseStep', 'InconclusiveAnalysisRun']);

/**
 * The release one wait further: past a pause, or, where it waits for promotion, over, with all requests to stable's new
 * version. `full` goes straight to 100 %, which is still watched by the verdict.
 */
export function promoteRelease(canary: Canary, moment: Moment, { full = false } = {}): Transition {
  const { phase } = canary.status;
  const release = runningRelease(canary);
  const isDone = release === undefined ? phase === 'WaitingPromotion' : release.state === 'WaitingPromotion';
  if (isDone) return setWeights(canary, allStable(canary.spec), moment);
  if (release === undefined) return notReleasing(canary);
  const onItsWay = refuseRollingBack(release);
  if (onItsWay !== undefined) return onItsWay;
  const { steps, currentStepIndex, paused } = release;
  if (full) return { allowed: true, canary: placeAt(canary, release, fullIndex(canary, release), moment) };
  if (paused !== undefined && (isAtPause(release) || STEP_PAUSES.has(paused.reason))) {
    return { allowed: true, canary: placeAt(canary, release, currentStepIndex + 1, moment) };
  }
  if (paused !== undefined) return resumeRelease(canary, moment);
  const step = currentStepIndex < 0 ? 'the baseline' : `step ${currentStepIndex + 1} of ${steps.length}`;
  const sentence = `${step} ends by itself; skip goes to the next step, promote --full to 100 %`;
  return refuse({ reason: 'NothingToPromote', sentence });
}

/** The release at its next step, whatever the verdict lacks, and no longer paused. */
export function skipStep(canary: Canary, moment: Moment): Transition {
  const release = runningRelease(canary);
  if (release === undefined) return notReleasing(canary);
  const onItsWay = refuseRollingBack(release);
  if (onItsWay !== undefined) return onItsWay;
  if (release.currentStepIndex >= release.steps.length) {
    return refuse({ reason: 'NothingToPromote', sentence: 'all steps are done; promote ends the release' });
  }
  return { allowed: true, canary: placeAt(canary, release, stepAfter(release), moment) };
}

/** All requests back to stable in one write, without a failure: the canary rests, and the release is over. */
export function undoRelease(canary: Canary, moment: Moment): Transition {
  const release = runningRelease(canary);
  if (release === undefined) return notReleasing(canary);
  const awaited = awaiting(nextVersion(canary), canary.status.targets, moment, isSeldomAsked(canary, moment.now));
  const status = {
    phase: restingPhase(canary, moment.now),
    weights: allStable(canary.spec),
    awaiting: awaited,
    release: ended(release, 'Undone'),
  };
  return { allowed: true, canary: written(canary, status, moment) };
}

/** The step that has everything, or behind the last one where the release is at it already. */
function fullIndex({ spec }: Canary, { steps, currentStepIndex }: Release): number {
  const full = steps.findIndex((_, i) => plannedWeight(steps, i, spec.totalWeight) === spec.totalWeight);
  return currentStepIndex < full ? full : steps.length;
}
