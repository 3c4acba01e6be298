import type { Release } from '../../canary/canary.ts';
import { planIndexOf } from '../../canary/steps/release.ts';
import type { EvidenceStep } from '../../traffic/evidence/rows/merge-rows.ts';

/** Which weight of a release something was counted under. */
export interface PlaceIn {
  /** Which of the weights that the release took: the version of its write. */
  readonly at: string;
  /** In the plan; -1 for the baseline. */
  readonly place: number;
  /** When the proxies were found to run it, in milliseconds since the epoch; undefined where they are awaited. */
  readonly confirmedAt: number | undefined;
}

/**
 * The weight that was in force under a version of the canary: the last one that the release took up to it, where the weights are
 * the same. Undefined for what is of another release, or of a weight that was set by hand.
 */
export function placeIn({ taken, steps }: Release, { resourceVersion, weights }: EvidenceStep): PlaceIn | undefined {
  const version = Number(resourceVersion);
  const last = taken.findLast((one) => Number(one.resourceVersion) <= version);
  if (last === undefined || last.weight !== weights.canary) return undefined;
  const confirmedAt = last.confirmedAt === undefined ? undefined : Date.parse(last.confirmedAt);
  return { at: last.resourceVersion, place: planIndexOf(steps, last.step), confirmedAt };
}
