import type { Canary, Strategy } from '../canary.ts';
import { isIdle } from '../release-pace.ts';
import { servedTarget } from '../targets.ts';
import type { Moment } from './moment.ts';
import { begin, stepsOf } from './start-release.ts';
import {
  awaiting,
  nextVersion,
  type Refused,
  refuse,
  refuseTerminating,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/**
 * The aborted canary, ready to begin again; where a release of its strategy was aborted, another one begins.
 *
 * @param fromStep the step that comes behind the baseline, counted from 1; absent: the first
 */
export function retryCanary(canary: Canary, moment: Moment, fromStep?: number): Transition {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  if (canary.status.phase !== 'Failed') {
    return refuse({ reason: 'NotAborted', sentence: `there is nothing to retry: its phase is ${canary.status.phase}` });
  }
  const { strategy } = canary.spec;
  const isReleased = strategy !== undefined && canary.status.release !== undefined;
  if (isReleased && servedTarget(canary, moment.now) !== undefined) {
    const refused = fromStep === undefined ? undefined : refuseStep(strategy, fromStep, canary.spec.totalWeight);
    if (refused !== undefined) return refused;
    const first = fromStep === undefined ? undefined : fromStep - 1;
    return { allowed: true, canary: begin(canary, strategy, 'Retry', moment, first) };
  }
  if (fromStep !== undefined) return refuseFromStep(isReleased);
  // Requests that match, and copies, go to the canary again.
  const awaited = awaiting(nextVersion(canary), canary.status.targets, moment, isIdle(canary, moment.now));
  const status = { phase: restingPhase(canary, moment.now), awaiting: awaited };
  return { allowed: true, canary: written(canary, status, moment) };
}

/** Why no release can begin at a step; undefined where it has such a step. */
function refuseStep(strategy: Strategy, fromStep: number, totalWeight: number): Refused | undefined {
  const { length } = stepsOf(strategy, totalWeight);
  if (fromStep <= length) return undefined;
  const message = `must be a step of the strategy, 1 to ${length}`;
  return refuse({ reason: 'Invalid', sentence: message, faults: [{ path: 'fromStep', message }] });
}

function refuseFromStep(isReleased: boolean): Refused {
  if (isReleased) {
    return refuse({ reason: 'NotReady', sentence: 'the proxies are still learning it; a release cannot begin yet' });
  }
  return refuse({
    reason: 'NoStrategy',
    sentence: 'no release of a strategy was aborted: there is no step to begin at',
  });
}
