import type { Canary, CanaryPhase, CanaryStatus, CanaryWeights } from '../canary.ts';
import { conditionsOf } from '../conditions.ts';
import { isIdle, isSeldomAsked } from '../release-pace.ts';
import { iso } from '../stage-targets.ts';
import { ended, runningIn, runningRelease, standing } from '../steps/release.ts';
import type { CanaryAbort } from '../store.ts';
import { servedTarget } from '../targets.ts';
import type { Moment } from './moment.ts';
import {
  allStable,
  awaiting,
  nextVersion,
  refuse,
  refuseRollingBack,
  refuseTerminating,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/**
 * The canary with other weights, whose sum is its `totalWeight`, as that of every stored canary is. A release that advances by
 * itself waits from then on.
 */
export function setWeights(canary: Canary, weights: CanaryWeights, moment: Moment): Transition {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  if (canary.status.phase === 'Failed') {
    return refuse({ reason: 'Aborted', sentence: 'it was aborted; retry it, or apply a new spec' });
  }
  const onItsWay = weights.canary === 0 ? undefined : refuseRollingBack(runningRelease(canary));
  if (onItsWay !== undefined) return onItsWay;
  if (weights.canary === canary.status.weights.canary) return { allowed: true, canary };
  if (servedTarget(canary, moment.now) === undefined) {
    const sentence = 'the proxies are still learning it, and a share would be lost';
    return refuse({ reason: 'NotReady', sentence, until: readyAt(canary) });
  }
  const isSlow = (weights.canary === 0 ? isSeldomAsked : isIdle)(canary, moment.now);
  const awaited = awaiting(nextVersion(canary), canary.status.targets, moment, isSlow);
  const phase = phaseAt(canary, weights, moment.now);
  const status = { phase, weights, awaiting: awaited, ...releaseAt(canary, phase, moment) };
  return { allowed: true, canary: written(canary, status, moment) };
}

/** The release after a weight that was set by hand: it waits for a person, or is over with a weight of 0. */
function releaseAt(canary: Canary, phase: CanaryPhase, moment: Moment): Pick<CanaryStatus, 'release'> {
  const release = runningRelease(canary);
  if (release === undefined || phase === 'Succeeded') return {};
  if (runningIn(phase, release) === undefined) return { release: ended(release, 'Undone') };
  const paused = { since: iso(moment.now), reason: 'WeightSetByHand' } as const;
  return { release: standing({ ...release, paused }, canary.spec.totalWeight) };
}

/** What an abort writes, whatever the canary has become since it was read. */
export function abortOf(canary: Canary, moment: Moment, reason: string | undefined): CanaryAbort {
  const { metadata, spec, status } = canary;
  const time = iso(moment.now);
  const why = reason === undefined ? undefined : `aborted: ${reason}`;
  return {
    weights: allStable(spec),
    phase: 'Failed',
    conditions: conditionsOf('Failed', status.conditions, metadata.generation, time, why),
    lastTransitionTime: time,
    awaitingUntil: iso(
      moment.now + (isSeldomAsked(canary, moment.now) ? moment.times.awaitIdleMs : moment.times.awaitMs),
    ),
  };
}

function phaseAt(canary: Canary, weights: CanaryWeights, now: number): CanaryPhase {
  if (weights.canary === canary.spec.totalWeight) return 'WaitingPromotion';
  if (weights.canary > 0) return 'Progressing';
  return canary.status.phase === 'WaitingPromotion' ? 'Succeeded' : restingPhase(canary, now);
}

function readyAt({ status }: Canary): number {
  return Date.parse(status.targets.at(-1)?.routesFrom ?? status.lastTransitionTime);
}
