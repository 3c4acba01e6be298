import type { Canary, Release } from '../canary.ts';
import { isSeldomAsked } from '../release-pace.ts';
import { iso } from '../stage-targets.ts';
import { ended, lastTaken, plannedWeight, runningRelease, standing, stepAfter } from '../steps/release.ts';
import { setWeights } from './change-weights.ts';
import type { Moment } from './moment.ts';
import { placeAt } from './place-release.ts';
import {
  allStable,
  awaiting,
  nextVersion,
  type Refused,
  refuse,
  refuseRollingBack,
  refuseTerminating,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/** Who pauses a release, and why. */
export interface Pausing {
  readonly by?: string;
  /** One line for people. */
  readonly message?: string | undefined;
}

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
  if (paused?.reason === 'CanaryPauseStep' || isAtPause(release)) {
    return { allowed: true, canary: placeAt(canary, release, currentStepIndex + 1, moment) };
  }
  if (paused !== undefined) return resumeRelease(canary, moment);
  const step = currentStepIndex < 0 ? 'the baseline' : `step ${currentStepIndex + 1} of ${steps.length}`;
  const sentence = `${step} ends by itself; skip goes to the next step, promote --full to 100 %`;
  return refuse({ reason: 'NothingToPromote', sentence });
}

/**
 * The release, waiting where it is until it is resumed; the verdict goes on. The very same canary where it waits for a person
 * already.
 */
export function pauseRelease(canary: Canary, moment: Moment, { by, message }: Pausing = {}): Transition {
  const release = runningRelease(canary);
  if (release === undefined) return notReleasing(canary);
  const onItsWay = refuseRollingBack(release);
  if (onItsWay !== undefined) return onItsWay;
  const waits = release.paused !== undefined && release.paused.reason !== 'CanaryPauseStep';
  if (waits || release.state === 'WaitingPromotion') return { allowed: true, canary };
  const paused: Release['paused'] = {
    since: iso(moment.now),
    reason: 'PausedByUser',
    ...(by === undefined ? {} : { by }),
    ...(message === undefined ? {} : { message }),
  };
  return rewritten(canary, { ...release, paused }, moment);
}

/** The release, no longer paused by hand: at the step where it was, at that step's weight. */
export function resumeRelease(canary: Canary, moment: Moment): Transition {
  const release = runningRelease(canary);
  if (release === undefined) return notReleasing(canary);
  const onItsWay = refuseRollingBack(release);
  if (onItsWay !== undefined) return onItsWay;
  const { paused, currentStepIndex, steps, stepStartedAt } = release;
  if (paused === undefined) return refuse({ reason: 'NotPaused', sentence: 'it is not paused' });
  if (paused.reason === 'CanaryPauseStep') {
    return refuse({ reason: 'NotPaused', sentence: 'it waits at a pause of its strategy; promote goes on' });
  }
  // What proxies counted under a weight that was set by hand is no evidence, the same weight or not.
  const isPlanned = plannedWeight(steps, currentStepIndex, canary.spec.totalWeight) === canary.status.weights.canary;
  if (!isPlanned || paused.reason === 'WeightSetByHand') {
    return { allowed: true, canary: placeAt(canary, release, currentStepIndex, moment) };
  }
  const { paused: _, ...rest } = release;
  const pause = isAtPause(release) ? { paused: { since: stepStartedAt, reason: 'CanaryPauseStep' } as const } : {};
  // What it stood still is no wait for machines.
  const started = lastTaken(release).confirmedAt === undefined ? { stepStartedAt: iso(moment.now) } : {};
  return rewritten(canary, { ...rest, ...pause, ...started }, moment);
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

function notReleasing(canary: Canary): Refused {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  if (canary.status.phase === 'Failed') {
    return refuse({ reason: 'Aborted', sentence: 'it was aborted; retry begins a new release' });
  }
  return refuse({ reason: 'NotReleasing', sentence: 'no release goes on that advances by itself; start begins one' });
}

/** Whether its step is a pause, also where it is paused by hand besides. */
function isAtPause({ steps, currentStepIndex }: Release): boolean {
  const step = steps[currentStepIndex];
  return step !== undefined && 'pause' in step;
}

/** The step that has everything, or behind the last one where the release is at it already. */
function fullIndex({ spec }: Canary, { steps, currentStepIndex }: Release): number {
  const full = steps.findIndex((_, i) => plannedWeight(steps, i, spec.totalWeight) === spec.totalWeight);
  return currentStepIndex < full ? full : steps.length;
}

/** No route moves by it. */
function rewritten(canary: Canary, release: Release, moment: Moment): Transition {
  const { phase } = canary.status;
  return {
    allowed: true,
    canary: written(canary, { phase, release: standing(release, canary.spec.totalWeight) }, moment),
  };
}
