import { type Evidence, toleranceOf } from '../evidence.ts';
import type { VerdictPolicy } from '../policy.ts';
import type { VerdictRecord } from '../record.ts';
import type { Finding, Look } from '../verdict.ts';
import { logNotWorse, logRate } from './e-process.ts';

/** How often a step may end early though the next one can do harm: 5 %, half for each of both tests. */
const ACQUITTAL_ERROR = 0.05;
/** What E against "the next step can do harm" must reach, as a logarithm. */
export const LOG_ACQUITTAL = Math.log(2 / ACQUITTAL_ERROR);
/** What a canary that is tolerated must stay below, so that the test by ratio can end. */
const RATIO_OVER_TOLERANCE = 1.2;

/** Whether the next step can do no harm: on this step's counts alone. */
export function acquittalOf(
  record: VerdictRecord,
  { step, nextWeight }: Look,
  { trust }: Evidence,
): Finding | undefined {
  const [sums, now] = [record.steps[step], trust.steps[step]];
  if (sums === undefined || now === undefined) return undefined;
  const { rate, ratio } = limitsOfNext(record.policy, nextWeight);
  if (logRate(sums.bad.canary, now.responses.canary, rate) >= LOG_ACQUITTAL)
    return { decision: 'acquit', why: 'budget' };
  return logNotWorse(now.least, ratio) >= LOG_ACQUITTAL ? { decision: 'acquit', why: 'ratio' } : undefined;
}

/** What the canary must be shown to stay below before it gets the next share: a share of its responses, or a multiple of stable's rate. */
function limitsOfNext(policy: VerdictPolicy, nextWeight: number): { readonly rate: number; readonly ratio: number } {
  const { growth, budget } = policy.advance;
  return {
    rate: Math.min(1, budget / nextWeight),
    ratio: Math.max(1 + growth / nextWeight, RATIO_OVER_TOLERANCE * toleranceOf(policy)),
  };
}
