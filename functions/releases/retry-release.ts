import type { Canary } from '../canary/canary.ts';
import { retryCanary } from '../canary/transitions/change-weights.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { ReleaseCall } from './call.ts';
import { frozenBy, unlessHindered } from './hindrance.ts';
import type { Outcome } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import type { Readiness } from './set-release-weights.ts';
import { type Decision, decline } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/**
 * An aborted canary begins again at 100/0; a release that then advances by itself is refused while a freeze is in force. Throws
 * CanaryStoreError.
 *
 * @param reason for the audit
 * @param readiness absent: freezes are not looked at
 */
export async function retryRelease(
  call: ReleaseCall,
  reason: string | undefined,
  terms: Terms = {},
  readiness?: Pick<Readiness, 'frozen' | 'force'>,
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    const transition = retryCanary(current, moment);
    if (!transition.allowed) return transition;
    const frozen = frozenBy(current, transition.canary, readiness?.frozen, moment.now);
    return unlessHindered(transition, reason, [frozen], readiness?.force);
  };
  return await write(call, { verb: 'retry', decide }, terms);
}
