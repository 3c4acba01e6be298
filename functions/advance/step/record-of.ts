import type { Canary, Release } from '../../canary/canary.ts';
import { planOf, releaseId } from '../../canary/steps/release.ts';
import { openRecord, type ReleaseRecord } from '../../canary/steps/release-record.ts';
import { verdictPolicyOf } from '../../canary/steps/verdict-policy.ts';
import { openVerdict } from '../../canary/verdict/record.ts';
import { evidenceFrom } from './fold-evidence.ts';

/**
 * The record of a running release: the one that is kept, or a new one, which knows nothing yet, where that is of another release
 * or lost. What was counted is read again then, as far as rows are kept.
 */
export function recordOf(
  canary: Canary,
  release: Release,
  kept: ReleaseRecord | undefined,
  now: number,
): ReleaseRecord {
  const id = releaseId(release);
  if (kept?.release === id) return kept;
  const verdict = openVerdict(verdictPolicyOf(release, canary.spec), planOf(release.steps));
  return openRecord(id, kept, verdict, { from: evidenceFrom(Date.parse(release.startedAt)), now });
}
