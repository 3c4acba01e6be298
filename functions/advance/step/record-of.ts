import type { Canary, Release } from '../../canary/canary.ts';
import { convictionOf } from '../../canary/steps/findings.ts';
import type { Move } from '../../canary/steps/moves.ts';
import { lastTaken, planOf, releaseId } from '../../canary/steps/release.ts';
import { countOn, elapsedMs, openRecord, type ReleaseRecord } from '../../canary/steps/release-record.ts';
import type { Situation } from '../../canary/steps/situation.ts';
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

/** The record after a look: its times, and a conviction that is found. @param now milliseconds since the epoch */
export function looked(record: ReleaseRecord, situation: Situation, move: Move, now: number): ReleaseRecord {
  const { release, weightMs, pauseMs } = situation;
  const bounded = move.move === 'wait' ? (move.wait.bounded ?? '') : '';
  const convicted = convictionOf(situation) ?? begunBack(release);
  return {
    ...record,
    revision: record.revision + 1,
    lookedAt: now,
    weight: { of: lastTaken(release).resourceVersion, ms: weightMs },
    pause: { of: release.stepStartedAt, ms: pauseMs },
    wait: countOn(record.wait, bounded, elapsedMs(record, now)),
    ...(convicted === undefined ? {} : { convicted }),
  };
}

/** What takes it back step by step: an older version of the functions, which knows no such way, goes on with an abort. */
function begunBack({ rollback }: Release): ReleaseRecord['convicted'] {
  return rollback?.cause && { why: rollback.cause.reason, sentence: rollback.cause.sentence };
}
