import type { Canary, Release } from '../canary.ts';
import { iso } from '../stage-targets.ts';
import { lastTaken, plannedWeight, runningRelease, standing } from '../steps/release.ts';
import type { Moment } from './moment.ts';
import { placeAt } from './place-release.ts';
import { type Refused, refuse, refuseRollingBack, refuseTerminating, type Transition, written } from './transition.ts';

/** Who pauses a release, and why. */
export interface Pausing {
  readonly by?: string;
  /** One line for people. */
  readonly message?: string | undefined;
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
  // What it stood still is no wait for machines; an analysis is run again.
  const isAgain = lastTaken(release).confirmedAt === undefined || paused.reason === 'InconclusiveAnalysisRun';
  const started = isAgain ? { stepStartedAt: iso(moment.now) } : {};
  return rewritten(canary, { ...rest, ...pause, ...started }, moment);
}

/** The refusal of what is done with a release where none goes on. */
export function notReleasing(canary: Canary): Refused {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  if (canary.status.phase === 'Failed') {
    return refuse({ reason: 'Aborted', sentence: 'it was aborted; retry begins a new release' });
  }
  return refuse({ reason: 'NotReleasing', sentence: 'no release goes on that advances by itself; start begins one' });
}

/** Whether its step is a pause, also where it is paused by hand besides. */
export function isAtPause({ steps, currentStepIndex }: Release): boolean {
  const step = steps[currentStepIndex];
  return step !== undefined && 'pause' in step;
}

/** No route moves by it. */
function rewritten(canary: Canary, release: Release, moment: Moment): Transition {
  const { phase } = canary.status;
  return {
    allowed: true,
    canary: written(canary, { phase, release: standing(release, canary.spec.totalWeight) }, moment),
  };
}
