import type { VerdictRecord } from '../record.ts';
import { logMeanExp } from './e-process.ts';

const RISES = [1.2, 1.5, 2, 4, 10, 30];
/** What the mean of E over the steps must reach, as a logarithm. */
export const LOG_RISE_LIMIT = Math.log(20);

/**
 * The logarithm of E against "the Service fails as often as in the baseline". A user who fails stays on one track with
 * affinity, and no sum over proxies or windows tells that from a bad version; but such users were there before.
 */
export function logRise({ baseline, steps }: VerdictRecord): number {
  const seen = steps.filter(({ windows }) => windows > 0);
  if (seen.length === 0) return 0;
  return logMeanExp(
    seen.map(({ bad, responses }) =>
      logRiseOf(bad.canary + bad.stable, responses.canary + responses.stable, baseline.bad, baseline.responses),
    ),
  );
}

function logRiseOf(bad: number, responses: number, badBefore: number, responsesBefore: number): number {
  if (responses === 0 || responsesBefore === 0) return 0;
  const share = responses / (responses + responsesBefore);
  return logMeanExp(RISES.map((r) => bad * Math.log(r) - (bad + badBefore) * Math.log(r * share + 1 - share)));
}
