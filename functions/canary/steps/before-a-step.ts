import { OUTSIDE_GUARANTEE } from '../metrics/judge.ts';
import { isOverdue, type MoveRow, overdue, podsWait, type Wait } from './moves.ts';
import { lastTaken } from './release.ts';
import { BY_ITSELF, type Situation } from './situation.ts';

/** The wait that metrics of other providers ask for; undefined where they ask for none. */
function metricsWait({ metrics, release }: Situation): Wait | undefined {
  // Without a share nothing is measured: a pause may come before the first one.
  if (metrics.decision !== 'Hold' || lastTaken(release).weight === 0) return undefined;
  const wait = { reason: 'Metrics', sentence: metrics.sentence };
  // Other programs are machines; a result that neither condition fits is none.
  return metrics.isWithoutData ? { ...wait, bounded: `Metrics ${release.currentStepIndex}` } : wait;
}

/** A metric that has failed takes the canary back, in a pause too. */
export const METRIC_FAILED: MoveRow = {
  states: ['Progressing', 'Pause', 'Analysis', 'PausedByHand', 'Baking'],
  when: 'a metric of another provider has failed more often than its `failureLimit`',
  then: 'abort; that is outside the guarantee, and the sentence says so',
  isSo: ({ metrics }) => metrics.decision === 'Abort',
  move: ({ metrics }) => ({
    move: 'abort',
    reason: 'MetricFailed',
    sentence: metrics.decision === 'Abort' ? metrics.sentence : OUTSIDE_GUARANTEE,
  }),
};

/** What a release that the verdict lets go on waits for: metrics of other providers, and Pods. */
export const BEFORE_A_STEP: readonly MoveRow[] = [
  {
    states: ['Progressing', 'Pause', 'Analysis', 'Baking'],
    when: 'a required metric has no data, and `progressDeadline` is over',
    then: 'abort',
    isSo: (situation) => isOverdue(situation, metricsWait(situation)),
    move: (situation) => overdue(situation, metricsWait(situation) ?? { reason: 'Metrics', sentence: 'no data' }),
  },
  {
    states: ['Progressing', 'Pause', 'Analysis', 'Baking'],
    when: 'a required metric is inconclusive, without data, or not measured in this step yet',
    then: 'waits for it',
    isSo: (situation) => metricsWait(situation) !== undefined,
    move: (situation) => ({
      move: 'wait',
      wait: metricsWait(situation) ?? { reason: 'Metrics', sentence: 'no data' },
    }),
  },
  {
    states: BY_ITSELF,
    when: 'there are too few Pods for the next weight, and `progressDeadline` is over',
    then: 'abort',
    isSo: (situation) => isOverdue(situation, podsWait(situation)),
    move: (situation) => overdue(situation, podsWait(situation) ?? { reason: '', sentence: 'too few Pods' }),
  },
  {
    states: BY_ITSELF,
    when: 'there are too few Pods for the next weight',
    then: 'waits for them',
    isSo: (situation) => podsWait(situation) !== undefined,
    move: (situation) => ({ move: 'wait', wait: podsWait(situation) ?? { reason: '', sentence: 'too few Pods' } }),
  },
];
