import type { Canary } from '../canary/canary.ts';
import type { WeightsRequest } from '../canary/document/parse-weights.ts';
import { setWeights } from '../canary/transitions/change-weights.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { Parsed } from '../json/faults.ts';
import type { ReleaseCall } from './call.ts';
import type { Outcome } from './outcome.ts';
import { invalid, NOT_FOUND } from './refusal.ts';
import { type Decision, decline, withReason } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/**
 * Other weights. Throws CanaryStoreError.
 *
 * @param wanted the weights, and why: what they may be only the canary knows (`parseWeights`)
 */
export async function setReleaseWeights(
  call: ReleaseCall,
  wanted: (current: Canary) => Parsed<WeightsRequest>,
  terms: Terms = {},
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    const parsed = wanted(current);
    if (!parsed.valid) return decline(invalid(parsed.faults));
    const { weights, reason } = parsed.value;
    return withReason(setWeights(current, weights, moment), reason);
  };
  return await write(call, { verb: 'setWeights', decide }, terms);
}
