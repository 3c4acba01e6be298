import { retryCanary } from '../canary/transitions/change-weights.ts';
import type { ReleaseCall } from './call.ts';
import type { Outcome } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import { decline, withReason } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/** An aborted canary begins again at 100/0. @param reason for the audit. Throws CanaryStoreError. */
export async function retryRelease(call: ReleaseCall, reason: string | undefined, terms: Terms = {}): Promise<Outcome> {
  return await write(
    call,
    {
      verb: 'retry',
      decide: (current, moment) =>
        current === undefined ? decline(NOT_FOUND) : withReason(retryCanary(current, moment), reason),
    },
    terms,
  );
}
