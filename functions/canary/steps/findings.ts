import { durationMs } from '../../template/parameter/types.ts';
import type { Canary, Release } from '../canary.ts';
import { lastTaken } from './release.ts';
import type { Situation } from './situation.ts';

/** Why a canary is taken back. */
export interface Conviction {
  readonly why: string;
  readonly sentence: string;
}

/** The verdict that takes the canary back; undefined where there is none. At 100 % the policy may ask for a notice alone. */
export function convictionOf({
  release,
  verdict,
  convicted,
}: Pick<Situation, 'release' | 'verdict' | 'convicted'>): Conviction | undefined {
  if (convicted !== undefined) return convicted;
  if (verdict?.decision !== 'convict') return undefined;
  const isNotice = verdict.why === 'bake' && release.analysis.bake.atFull === 'Notify';
  return isNotice ? undefined : { why: verdict.why, sentence: verdict.sentence };
}

/**
 * Whether the weight in force is the one that the release took, by the write that gave it too: a version of the functions that
 * knows no releases may have set the same weight again by hand.
 */
export function isInForce({ canary, release }: Pick<Situation, 'canary' | 'release'>): boolean {
  const { weights, awaiting } = canary.status;
  const { weight, resourceVersion } = lastTaken(release);
  return weights.canary === weight && (awaiting?.resourceVersion ?? resourceVersion) === resourceVersion;
}

/** Whether proxies are waited for. */
export function isAwaited({ release, following }: Situation): boolean {
  return lastTaken(release).confirmedAt === undefined && !following.confirmed;
}

/** Whether they run the weight, which was not known before. */
export function isFollowed(situation: Situation): boolean {
  const { release, following } = situation;
  return lastTaken(release).confirmedAt === undefined && following.confirmed && isInForce(situation);
}

/** Whether the canary has everything. */
export function hasAll({ spec, status }: Canary): boolean {
  return status.weights.canary === spec.totalWeight;
}

/** How long a pause of the strategy lasts, in milliseconds; undefined for one that a person ends. */
export function pauseOf({ steps, currentStepIndex }: Release): number | undefined {
  const step = steps[currentStepIndex];
  const duration = step !== undefined && 'pause' in step ? step.pause.duration : undefined;
  return duration === undefined ? undefined : durationMs(duration);
}
