import type { Canary } from '../canary/canary.ts';
import { ApiError, subject } from './api-error.ts';

/**
 * Throws ApiError 409 where a canary has been aborted since a request read it first: what was decided before an abort
 * must not undo it when a lost race makes the request read again. A request that saw this very failure goes on.
 *
 * @param first as the request read it at first; undefined where none stood
 * @param current as it stands now
 */
export function refuseAborted(first: Canary | undefined, current: Canary | undefined, name: string): void {
  const failure = failureOf(current);
  if (failure === undefined || failure === failureOf(first)) return;
  const why = 'it was aborted while this request was on its way; nothing was changed: read it, then decide again';
  throw new ApiError('Conflict', `${subject(name)} cannot be changed like this: ${why}`, { name });
}

/** Which abort a failed canary failed by: the version of its write, which is awaited until something else moves routes. */
function failureOf(canary: Canary | undefined): string | undefined {
  if (canary?.status.phase !== 'Failed') return undefined;
  return canary.status.awaiting?.resourceVersion ?? canary.metadata.resourceVersion;
}
