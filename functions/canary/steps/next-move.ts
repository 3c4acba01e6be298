import { durationMs } from '../../template/parameter/types.ts';
import type { Release } from '../canary.ts';
import { ANALYSIS_ROWS, RUN_FAILED } from './analysis-rows.ts';
import { BEFORE_A_STEP, METRIC_FAILED } from './before-a-step.ts';
import { convictionOf, hasAll, isAwaited, isFollowed, isInForce, pauseOf } from './findings.ts';
import { FREEZE_ROW, GATE_ROW, ROLLBACK_ROW } from './gate-rows.ts';
import { abortFor, followingWait, goOn, isOverdue, type Move, type MoveRow, overdue, waitFor } from './moves.ts';
import { MANAGED_ROW, PROMOTION_ROWS, REHEARSAL_ROWS } from './promotion-rows.ts';
import { inSteps, ROLLBACK_ROWS } from './rollback.ts';
import { ALL, BY_ITSELF, type Situation, standingOf } from './situation.ts';
import { WORKLOADS_ROW } from './workload-rows.ts';

/**
 * What a running release does, by where it stands: the first row that fits. People steer it besides. Nothing mutes a
 * conviction; what machines delay is bounded by `progressDeadline`, what waits for people or traffic is not.
 */
export const MOVES: readonly MoveRow[] = [
  {
    states: ALL,
    when: 'the evidence convicts the canary, now or at an earlier look',
    then: 'abort, with the sentence of the verdict',
    isSo: (situation) => convictionOf(situation) !== undefined,
    move: (situation) => abortFor(convictionOf(situation) ?? { why: 'errors', sentence: 'convicted' }),
  },
  METRIC_FAILED,
  RUN_FAILED,
  ROLLBACK_ROW,
  MANAGED_ROW,
  ...ROLLBACK_ROWS,
  WORKLOADS_ROW,
  ...PROMOTION_ROWS,
  {
    states: BY_ITSELF,
    when: 'the weight is not the one that the release took',
    then: 'pause, as after any weight that is set by hand',
    isSo: (situation) => !isInForce(situation),
    move: () => ({ move: 'pause', reason: 'WeightSetByHand', sentence: 'its weight was set by hand' }),
  },
  {
    states: BY_ITSELF,
    when: 'proxies do not run the weight, and `progressDeadline` is over',
    then: 'abort',
    isSo: (situation) => isAwaited(situation) && isOverdue(situation, followingWait(situation)),
    move: (situation) => overdue(situation, followingWait(situation)),
  },
  {
    states: BY_ITSELF,
    when: 'proxies do not run the weight yet',
    then: 'waits for them; without any proxy it waits for callers, without a bound',
    isSo: isAwaited,
    move: (situation) => ({ move: 'wait', wait: followingWait(situation) }),
  },
  {
    states: ALL,
    when: 'proxies run the weight, and that was not known before',
    then: 'writes that down: what is counted from then on is evidence',
    isSo: isFollowed,
    move: () => ({ move: 'confirm' }),
  },
  {
    states: ['PausedByHand'],
    when: 'always',
    then: 'waits for a person: resume',
    isSo: () => true,
    move: ({ release }) => waitFor(...pausedWait(release)),
  },
  {
    states: BY_ITSELF,
    when: 'what proxies counted is not all in the verdict yet',
    then: 'catches up',
    isSo: ({ isCaughtUp }) => !isCaughtUp,
    move: () => waitFor('CatchingUp', 'evidence of the past is read before anything is decided on it'),
  },
  {
    states: ['Baseline'],
    when: '`analysis.baseline` is not over',
    then: 'measures stable',
    isSo: ({ release, weightMs }) => weightMs < durationMs(release.analysis.baseline),
    move: ({ release }) => waitFor('Baseline', `stable alone is measured for ${release.analysis.baseline}`),
  },
  {
    states: ['Baseline'],
    when: 'no proxy that counts has reported a response of stable',
    then: 'waits for traffic, without a bound',
    isSo: ({ baseline }) => baseline.responses === 0,
    move: () => waitFor('NoTraffic', 'no proxy that counts has reported a response of stable; skip goes on without'),
  },
  {
    states: ['Pause'],
    when: 'the pause has no duration, or it is not over',
    then: 'waits for a person (promote), or for the time',
    isSo: ({ release, pauseMs }) => pauseMs < (pauseOf(release) ?? Number.POSITIVE_INFINITY),
    move: () => waitFor('CanaryPauseStep', 'a pause of its strategy'),
  },
  ...ANALYSIS_ROWS,
  {
    states: ['Progressing', 'Pause', 'Analysis'],
    when: 'the evidence decides nothing by `analysis.maximum`, and `inconclusive` is `Abort`',
    then: 'abort; that is no conviction',
    isSo: ({ verdict }) => verdict?.decision === 'abort',
    move: ({ verdict }) => abortFor(verdict ?? { why: 'inconclusive', sentence: 'inconclusive' }),
  },
  {
    states: ['Progressing', 'Pause', 'Analysis'],
    when: 'the evidence neither clears nor convicts the canary',
    then: 'waits for evidence',
    isSo: ({ verdict, canary }) => verdict?.decision === 'hold' && !hasAll(canary),
    move: ({ verdict, release, weightMs }) => {
      const wait = { reason: verdict?.why ?? 'undecided', sentence: verdict?.sentence ?? 'undecided' };
      const isOver = weightMs >= durationMs(release.analysis.maximum.time);
      return { move: 'wait', wait: isOver ? { ...wait, isInconclusive: true } : wait };
    },
  },
  {
    states: ['Baking'],
    when: '`analysis.bake` is not over',
    then: 'watches the canary at 100 %, outside the guarantee',
    isSo: ({ release, weightMs }) => weightMs < durationMs(release.analysis.bake.time),
    move: ({ verdict }) => waitFor('bake', verdict?.sentence ?? 'the canary has everything'),
  },
  FREEZE_ROW,
  ...BEFORE_A_STEP,
  ...REHEARSAL_ROWS,
  GATE_ROW,
  {
    states: BY_ITSELF,
    when: 'else',
    then: 'the next step',
    isSo: () => true,
    move: goOn,
  },
];

/** Why it waits for a person, as a code and a sentence. */
function pausedWait({ paused, verdict }: Release): readonly [reason: string, sentence: string] {
  const isInconclusive = paused?.reason === 'InconclusiveAnalysisRun';
  if (!isInconclusive) return ['Paused', 'paused by hand; it waits to be resumed'];
  return [paused.reason, verdict?.sentence ?? 'its analysis was inconclusive'];
}

/** The next move of a running release. */
export function nextMove(situation: Situation): Move {
  const standing = standingOf(situation.release);
  const row = MOVES.find(({ states, isSo }) => states.includes(standing) && isSo(situation));
  return inSteps(situation, row?.move(situation) ?? waitFor('Unknown', 'no rule fits'));
}
