import type { Canary } from '../canary/canary.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import { retryCanary } from '../canary/transitions/retry-canary.ts';
import type { ReleaseCall } from './call.ts';
import { frozenBy } from './hindrance.ts';
import type { Outcome } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import type { Readiness } from './set-release-weights.ts';
import { steerMembers } from './steer-members.ts';
import { type Decision, decline } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/** What comes along with a retry. */
export interface Retry {
  readonly reason?: string | undefined;
  readonly fromStep?: number | undefined;
}

/**
 * An aborted canary begins again at 100/0, with the aborted others of its group; a release that then advances by itself is refused while a freeze is in force. Throws
 * CanaryStoreError.
 *
 * @param asked the reason, for the audit, and the step of the strategy to begin at, counted from 1
 * @param readiness absent: freezes are not looked at
 */
export async function retryRelease(
  call: ReleaseCall,
  { reason, fromStep }: Retry,
  terms: Terms = {},
  readiness?: Pick<Readiness, 'frozen' | 'force'>,
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment, mates: readonly Canary[]): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    return steerMembers(current, mates, {
      verb: 'retry',
      steer: (canary) => retryCanary(canary, moment, fromStep),
      hindrances: (before, after) => [frozenBy(before, after, readiness?.frozen, moment.now)],
      reason,
      force: readiness?.force,
    });
  };
  return await write(call, { verb: 'retry', decide, isOfGroup: true }, terms);
}
