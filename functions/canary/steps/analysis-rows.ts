import { abortFor, isOverdue, type Move, type MoveRow, overdue, type Wait } from './moves.ts';
import type { Situation } from './situation.ts';

/** What the run of an `analysis` step waits for; undefined where it is over. */
function runWait({ analysis, release }: Situation): Wait | undefined {
  if (analysis === undefined) return { reason: 'Analysis', sentence: 'the analysis begins' };
  if (analysis.decision !== 'Hold') return undefined;
  const wait = { reason: 'Analysis', sentence: analysis.sentence };
  return analysis.isWithoutData ? { ...wait, bounded: `Analysis ${release.stepStartedAt}` } : wait;
}

/** A run that has failed takes the canary back, before anything that only waits. */
export const RUN_FAILED: MoveRow = {
  states: ['Analysis'],
  when: 'a metric of an `analysis` step has failed more often than its `failureLimit`',
  then: 'abort; that is outside the guarantee, and the sentence says so',
  isSo: ({ analysis }) => analysis?.decision === 'Abort',
  move: ({ analysis }) => abortFor({ why: 'AnalysisFailed', sentence: analysis?.sentence ?? 'its analysis failed' }),
};

/** What a release does at an `analysis` step; once it is over the verdict decides, as behind a pause. */
export const ANALYSIS_ROWS: readonly MoveRow[] = [
  {
    states: ['Analysis'],
    when: 'a metric of an `analysis` step has been inconclusive more often than its `inconclusiveLimit`, by data',
    then: 'pause: a person promotes, or resumes, which measures again',
    isSo: ({ analysis }) => analysis?.decision === 'Pause',
    move: ({ analysis }): Move => ({
      move: 'pause',
      reason: 'InconclusiveAnalysisRun',
      sentence: analysis?.sentence ?? 'its analysis was inconclusive',
    }),
  },
  {
    states: ['Analysis'],
    when: 'a metric of an `analysis` step has no data, and `progressDeadline` is over',
    then: 'abort',
    isSo: (situation) => isOverdue(situation, runWait(situation)),
    move: (situation) => overdue(situation, runWait(situation) ?? { reason: 'Analysis', sentence: 'no data' }),
  },
  {
    states: ['Analysis'],
    when: 'the metrics of an `analysis` step are not measured as often as they ask for',
    then: 'waits for them',
    isSo: (situation) => runWait(situation) !== undefined,
    move: (situation) => ({
      move: 'wait',
      wait: runWait(situation) ?? { reason: 'Analysis', sentence: 'the analysis begins' },
    }),
  },
];
