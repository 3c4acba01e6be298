import { BAD_MIN, LOG_SUSPICION } from '../doubts.ts';
import { dispersion } from '../intake/intake.ts';
import type { VerdictRecord } from '../record.ts';
import type { ProxySteps } from '../trust.ts';
import type { Trust, TrustedStep } from '../trusted-steps.ts';
import { logMeanExp } from './e-process.ts';

/** A canary with every request is compared with stable as it was before, and time may have changed both: it must be so many times worse. */
export const BAKE_FACTOR = 3;
const MULTIPLES = [1.5, 2, 4, 10];
/** What E must reach while the canary has every request, as a logarithm. */
export const LOG_BAKE_LIMIT = Math.log(10_000);

/** A canary with every request, and stable in the last step that had both. */
export interface BakeCounts {
  readonly bad: number;
  readonly responses: number;
  readonly stableBad: number;
  readonly stableResponses: number;
}

/** Whether a canary with every request is bad, by `logBake` and by what guards every conviction. */
export function isBadAtFull(
  record: VerdictRecord,
  step: number,
  trust: Trust,
  proxies: readonly ProxySteps[],
): boolean {
  const sums = record.steps[step];
  if (sums === undefined || sums.bad.canary < BAD_MIN || sums.badWindows < BAD_MIN) return false;
  const counts = bakeCounts(record, trust.steps, step);
  if (logBake(record, counts) < LOG_BAKE_LIMIT) return false;
  const withoutWorst = { ...counts, bad: Math.max(0, counts.bad - sums.worstBad) };
  const others = proxies.map((_, i) => bakeCounts(record, trust.without(i), step));
  return [withoutWorst, ...others].every((each) => logBake(record, each) >= LOG_SUSPICION);
}

/**
 * The counts for a full step. Stable's are those of the last step that had both, or of all the release where those make the
 * canary look better: steps may be short, and errors swing with the hour. None where stable had no responses.
 */
export function bakeCounts(record: VerdictRecord, trusted: readonly TrustedStep[], full: number): BakeCounts {
  const { steps, baseline } = record;
  const before = steps.findLastIndex(({ weight, responses }) => weight < 1 && responses.stable > 0);
  const now = trusted[full];
  // Not weighed window by window: that would make the canary alone look better.
  const canary = {
    bad: (steps[full]?.bad.canary ?? 0) * (now?.kept.canary ?? 1),
    responses: now?.responses.canary ?? 0,
  };
  const stableOf = (from: number, bad: number, responses: number): BakeCounts => ({
    ...canary,
    stableBad: steps
      .slice(from, full)
      .reduce((sum, step, j) => sum + step.bad.stable * (trusted[from + j]?.kept.stable ?? 1), bad),
    stableResponses: trusted.slice(from, full).reduce((sum, step) => sum + step.responses.stable, responses),
  });
  const [last, all] = [stableOf(Math.max(0, before), 0, 0), stableOf(0, baseline.bad, baseline.responses)];
  return logBake(record, last) < logBake(record, all) ? last : all;
}

/** The logarithm of E against "at most three times as bad as stable was". Time is confounded: this is outside the guarantee. */
export function logBake({ intake }: VerdictRecord, counts: BakeCounts): number {
  const { bad, responses, stableBad, stableResponses } = counts;
  if (responses === 0 || stableResponses === 0) return 0;
  const share = (ratio: number): number => (ratio * responses) / (ratio * responses + stableResponses);
  const [good, rest] = [share(BAKE_FACTOR), 1 - share(BAKE_FACTOR)];
  const logs = MULTIPLES.map((multiple) => {
    const other = share(BAKE_FACTOR * multiple);
    const log = bad * Math.log(other / good) + stableBad * Math.log((1 - other) / rest);
    // Bursts are no evidence for each of their responses.
    return log / dispersion(intake);
  });
  return logMeanExp(logs);
}
