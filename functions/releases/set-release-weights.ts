import type { Canary } from '../canary/canary.ts';
import type { WeightsRequest } from '../canary/document/parse-weights.ts';
import { type FoundBackends, unreadiness } from '../canary/evidence/readiness.ts';
import { setWeights } from '../canary/transitions/change-weights.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { Parsed } from '../json/faults.ts';
import type { ReleaseCall } from './call.ts';
import type { Outcome } from './outcome.ts';
import { invalid, NOT_FOUND } from './refusal.ts';
import { type Decision, decline, withReason } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/** What is known of the backends, and whether the caller goes on all the same. */
export interface Readiness {
  readonly found: (canary: Canary, now: number) => FoundBackends | undefined;
  /** Why a canary that is not ready gets a share all the same; stands in the audit. */
  readonly force?: string | undefined;
}

/**
 * Other weights. A larger share is refused while proxies that count find no Pods for it. Throws CanaryStoreError.
 *
 * @param wanted the weights, and why: what they may be only the canary knows (`parseWeights`)
 * @param readiness absent: not looked at
 */
export async function setReleaseWeights(
  call: ReleaseCall,
  wanted: (current: Canary) => Parsed<WeightsRequest>,
  terms: Terms = {},
  readiness?: Readiness,
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    const parsed = wanted(current);
    if (!parsed.valid) return decline(invalid(parsed.faults));
    const { weights, reason } = parsed.value;
    const transition = setWeights(current, weights, moment);
    const lack = transition.allowed ? unreadiness(current, weights, readiness?.found(current, moment.now)) : undefined;
    if (lack === undefined) return withReason(transition, reason);
    if (readiness?.force === undefined) return decline(lack);
    return withReason(transition, `forced past ${lack.reason}: ${readiness.force}`);
  };
  return await write(call, { verb: 'setWeights', decide }, terms);
}
