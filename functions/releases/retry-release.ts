import type { Canary } from '../canary/canary.ts';
import { retryCanary } from '../canary/transitions/change-weights.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { ReleaseCall } from './call.ts';
import { frozenBy } from './hindrance.ts';
import type { Outcome } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import type { Readiness } from './set-release-weights.ts';
import { steerMembers } from './steer-members.ts';
import { type Decision, decline } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/**
 * An aborted canary begins again at 100/0, with the aborted others of its group; a release that then advances by itself is refused while a freeze is in force. Throws
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
  const decide = (current: Canary | undefined, moment: Moment, mates: readonly Canary[]): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    return steerMembers(current, mates, {
      verb: 'retry',
      steer: (canary) => retryCanary(canary, moment),
      hindrances: (before, after) => [frozenBy(before, after, readiness?.frozen, moment.now)],
      reason,
      force: readiness?.force,
    });
  };
  return await write(call, { verb: 'retry', decide, isOfGroup: true }, terms);
}
