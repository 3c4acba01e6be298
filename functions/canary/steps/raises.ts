import type { Canary } from '../canary.ts';
import { releaseId, runningRelease } from './release.ts';

/**
 * Whether a change gives the canary a larger share, or brings a release that advances by itself nearer to one: what a freeze
 * holds back. A smaller share, an end and a pause never are.
 */
export function raises(before: Canary, after: Canary): boolean {
  if (after.status.weights.canary > before.status.weights.canary) return true;
  const next = runningRelease(after);
  if (next === undefined) return false;
  const last = runningRelease(before);
  if (last === undefined || releaseId(last) !== releaseId(next)) return true;
  // With everything there is nothing more to get: it waits to be promoted sooner.
  const isWhole = before.status.weights.stable === 0;
  return next.currentStepIndex > last.currentStepIndex && !isWhole;
}
