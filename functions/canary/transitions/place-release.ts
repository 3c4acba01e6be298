import type { Canary, CanaryStatus, Release, Step } from '../canary.ts';
import { isIdle, isSeldomAsked } from '../release-pace.ts';
import { iso } from '../stage-targets.ts';
import { plannedWeight, standing } from '../steps/release.ts';
import type { Moment } from './moment.ts';
import { awaiting, nextVersion, written } from './transition.ts';

/** Weights that a release keeps; the first, which tells one release from another, stays. */
const TAKEN_MAX = 40;

/**
 * The canary with its release at a step: its weight is taken, or its pause begins. Behind the last step it waits for
 * promotion. Never above the plan: the weight is the step's own.
 *
 * @param release the one that goes on
 * @param to 0 for the first step
 * @param verdict what allowed it; absent where a person did
 */
export function placeAt(
  canary: Canary,
  release: Release,
  to: number,
  moment: Moment,
  verdict?: NonNullable<Release['verdict']>,
): Canary {
  const { totalWeight } = canary.spec;
  const { paused: _, verdict: __, ...rest } = release;
  const step = release.steps[to];
  const time = iso(moment.now);
  const pause =
    step !== undefined && 'pause' in step ? { paused: { since: time, reason: 'CanaryPauseStep' } as const } : {};
  const why = verdict === undefined ? {} : { verdict };
  const placed: Release = { ...rest, ...pause, ...why, currentStepIndex: to, stepStartedAt: time };
  const weight = plannedWeight(release.steps, to, totalWeight);
  const isTaken = movesRoutes(step) || weight !== canary.status.weights.canary;
  const phase = to >= release.steps.length ? 'WaitingPromotion' : 'Progressing';
  if (!isTaken) return written(canary, { phase, release: standing(placed, totalWeight) }, moment);
  return written(canary, { phase, ...taking(canary, placed, weight, moment) }, moment);
}

/** Whether proxies are to confirm a step: it has a weight, or changes a route. */
function movesRoutes(step: Step | undefined): boolean {
  return step !== undefined && ['setWeight', 'setHeaderRoute', 'setMirrorRoute'].some((key) => key in step);
}

/** What a write holds that gives the canary the weight of a release's step: the proxies are to confirm it. */
export function taking(
  canary: Canary,
  release: Release,
  weight: number,
  moment: Moment,
): Pick<CanaryStatus, 'weights' | 'awaiting' | 'release'> {
  const { totalWeight } = canary.spec;
  const resourceVersion = nextVersion(canary);
  // Who sends it nothing is waited for only where it loses its share.
  const isSlow = (weight === 0 ? isSeldomAsked : isIdle)(canary, moment.now);
  const [first = [], older] = [release.taken.slice(0, 1), release.taken.slice(1).slice(-(TAKEN_MAX - 2))];
  const taken = [...first, ...older, { step: release.currentStepIndex, weight, resourceVersion }];
  return {
    weights: { stable: totalWeight - weight, canary: weight },
    awaiting: awaiting(resourceVersion, canary.status.targets, moment, isSlow),
    release: standing({ ...release, taken }, totalWeight),
  };
}
