import { durationMs } from '../../template/parameter/duration.ts';
import type { Canary, Release } from '../canary.ts';
import { shareOf } from '../document/strategy/fields.ts';
import type { VerdictPolicy } from '../verdict/policy.ts';

/** The policy that a release is judged by: frozen with it, but for stickiness, which another spec would change with the release. */
export function verdictPolicyOf({ analysis }: Release, { sessionAffinity }: Canary['spec']): VerdictPolicy {
  const { confidence, errors, latency, advance, minimum, maximum, inconclusive } = analysis;
  const { quantiles, margin, slowerThan } = latency;
  const slower = slowerThan === undefined ? {} : { slowerThanMs: durationMs(slowerThan) };
  const isJudged = quantiles.length > 0 || slowerThan !== undefined;
  return {
    confidence,
    sticky: sessionAffinity !== undefined,
    errors: { tolerance: errors.tolerance },
    ...(isJudged ? { latency: { quantiles: quantiles.map((q) => q / 100), margin: shareOf(margin), ...slower } } : {}),
    advance: { growth: advance.growth, budget: shareOf(advance.budget) },
    minimum: { ms: durationMs(minimum.time), responses: minimum.responses },
    maximum: { ms: durationMs(maximum.time) },
    inconclusive,
  };
}
