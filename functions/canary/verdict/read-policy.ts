import { isRecord } from '../../json/faults.ts';
import { QUANTILES_MAX, type VerdictPolicy } from './policy.ts';

/**
 * What numbers of a policy may be: shares 0 to 1, factors, milliseconds. Confidence of 1 would never convict, and below 0.5
 * it would be none.
 */
export const POLICY_RANGES = {
  confidence: { min: 0.5, max: 0.999999 },
  tolerance: { min: 1, max: 100 },
  quantile: { min: 0.01, max: 0.999 },
  /** Buckets are up to a tenth wide: less is no honest margin. */
  margin: { min: 0.1, max: 10 },
  slowerThanMs: { min: 1, max: 3_600_000 },
  growth: { min: 0.01, max: 100 },
  budget: { min: 0.00001, max: 1 },
  minimumMs: { min: 0, max: 86_400_000 },
  minimumResponses: { min: 1, max: 1_000_000_000 },
  maximumMs: { min: 1, max: 604_800_000 },
} as const;

/** Words of `inconclusive`. */
export const INCONCLUSIVE = ['AdvanceUnlessSuspect', 'Hold', 'Abort'] as const;

/** Whether a value is a policy that can be judged by. */
export function isPolicy(value: unknown): value is VerdictPolicy {
  if (!isRecord(value)) return false;
  const { confidence, sticky, errors, latency, advance, minimum, maximum, inconclusive } = value;
  return (
    isIn(confidence, 'confidence') &&
    typeof sticky === 'boolean' &&
    isRecord(errors) &&
    isIn(errors['tolerance'], 'tolerance') &&
    (latency === undefined || isLatency(latency)) &&
    isRecord(advance) &&
    isIn(advance['growth'], 'growth') &&
    isIn(advance['budget'], 'budget') &&
    isRecord(minimum) &&
    isIn(minimum['ms'], 'minimumMs') &&
    isIn(minimum['responses'], 'minimumResponses') &&
    isRecord(maximum) &&
    isIn(maximum['ms'], 'maximumMs') &&
    INCONCLUSIVE.some((word) => word === inconclusive)
  );
}

function isLatency(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { quantiles, margin, slowerThanMs } = value;
  const isList = Array.isArray(quantiles) && quantiles.length <= QUANTILES_MAX;
  return (
    isList &&
    quantiles.every((quantile) => isIn(quantile, 'quantile')) &&
    isIn(margin, 'margin') &&
    (slowerThanMs === undefined || isIn(slowerThanMs, 'slowerThanMs'))
  );
}

function isIn(value: unknown, name: keyof typeof POLICY_RANGES): boolean {
  const { min, max } = POLICY_RANGES[name];
  return typeof value === 'number' && value >= min && value <= max;
}
