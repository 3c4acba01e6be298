import type { Canary } from '../canary/canary.ts';
import type { WeightsRequest } from '../canary/document/parse-weights.ts';
import { type FoundBackends, unreadiness } from '../canary/evidence/readiness.ts';
import { setWeights } from '../canary/transitions/change-weights.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { Parsed } from '../json/faults.ts';
import type { ReleaseCall } from './call.ts';
import { type FindFreeze, frozenBy, unlessHindered } from './hindrance.ts';
import type { Outcome } from './outcome.ts';
import { invalid, NOT_FOUND } from './refusal.ts';
import { type Decision, decline } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/** What is known of the backends and of freezes, and whether the caller goes on all the same. */
export interface Readiness {
  readonly found: (canary: Canary, now: number) => FoundBackends | undefined;
  /** Which freeze is in force. */
  readonly frozen?: FindFreeze;
  /** Why a canary that is not ready, or frozen, gets a share all the same; stands in the audit. */
  readonly force?: string | undefined;
}

/**
 * Other weights. A larger share is refused while a freeze is in force, or proxies that count find no Pods for it. Throws CanaryStoreError.
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
    if (!transition.allowed) return transition;
    const hindrances = [
      frozenBy(current, transition.canary, readiness?.frozen, moment.now),
      unreadiness(current, weights, readiness?.found(current, moment.now)),
    ];
    return unlessHindered(transition, reason, hindrances, readiness?.force);
  };
  return await write(call, { verb: 'setWeights', decide }, terms);
}
