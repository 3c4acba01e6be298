import { deleteCanary } from '../canary/transitions/change-canary.ts';
import type { ReleaseCall } from './call.ts';
import type { Outcome } from './outcome.ts';
import { MODIFIED, NOT_FOUND } from './refusal.ts';
import { decline } from './write/decision.ts';
import { isStill } from './write/expectation.ts';
import { type Terms, write } from './write/write.ts';

/**
 * Begins the deletion: the canary loses its routes now, and goes when no proxy can need it (`settle`). Throws
 * CanaryStoreError.
 *
 * @param read what the caller has seen, where it wants to delete nothing else: refused as `Modified`
 */
export async function deleteRelease(
  call: ReleaseCall,
  read: { readonly uid?: string; readonly resourceVersion?: string },
  terms: Terms = {},
): Promise<Outcome> {
  return await write(
    call,
    {
      verb: 'delete',
      decide: (current, moment) => {
        if (current === undefined) return decline(NOT_FOUND);
        return isStill(current, read) ? deleteCanary(current, moment) : decline(MODIFIED);
      },
    },
    terms,
  );
}
