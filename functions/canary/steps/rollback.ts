import { durationMs } from '../../template/parameter/types.ts';
import { weightOf } from '../document/strategy/steps.ts';
import { isUnreadable } from '../workloads/workload.ts';
import { convictionOf, isInForce } from './findings.ts';
import { abortFor, type Move, type MoveRow, type RollbackCause, waitFor } from './moves.ts';
import type { Situation } from './situation.ts';

/**
 * The next weight on the way back is at most so much of the one before, and the least one is a fifth of all requests: at
 * five weights the way ends, however many the plan has. Below, stable gets a quarter more at most, which a Service that is
 * scaled by its load has room for.
 */
const NEXT_SHARE_MAX = 0.75;
const LEAST_SHARE = 0.2;
/** How long each weight stays: an autoscaler looks every 15 s. A canary that is convicted does harm meanwhile. */
const HOLD_CONVICTED = '15s';
const HOLD = '30s';

/** The code of what follows the first weight on the way back. */
const ROLLING_BACK = 'RollingBack';

/** What a release does on its way back. A weight that was set by hand ends it at once: nothing gives the canary more. */
export const ROLLBACK_ROWS: readonly MoveRow[] = [
  {
    states: ['RollingBack'],
    when: 'the weight is the one that the release took, and its time is not over: 15 s after a conviction, else 30 s',
    then: 'waits, while stable is scaled out',
    isSo: (situation) => goesInSteps(situation) && !isHeldLong(situation),
    move: ({ release }) => waitFor(ROLLING_BACK, `taken back step by step: ${causeOf(release)?.sentence ?? 'aborted'}`),
  },
  {
    states: ['RollingBack'],
    when: 'else',
    then: 'the next weight on the way back, or the end of it: abort',
    isSo: () => true,
    move: ({ release }) => abortFor({ why: 'RolledBack', sentence: causeOf(release)?.sentence ?? 'aborted' }),
  },
];

/**
 * The move as the release's `rollback.mode` asks for it: in place of an abort the next weight on the way back, where there
 * is one. A conviction waits for no stable that is known to have its Pods; a group is taken back in one write.
 */
export function inSteps(situation: Situation, move: Move): Move {
  const { release } = situation;
  if (move.move !== 'abort' || !goesInSteps(situation)) return move;
  const isConviction = convictionOf(situation) !== undefined;
  const begun = causeOf(release);
  if (begun === undefined && isConviction && hasItsReplicas(situation)) return move;
  const to = lowerStep(situation);
  if (to === undefined) return move;
  const { reason, sentence } = move;
  const cause = begun ?? { reason, sentence, hold: isConviction ? HOLD_CONVICTED : HOLD, since: '' };
  return { move: 'lower', to, cause, reason: begun === undefined ? reason : ROLLING_BACK, sentence };
}

function goesInSteps(situation: Situation): boolean {
  const { canary, release } = situation;
  return release.rollback !== undefined && canary.spec.group === undefined && isInForce(situation);
}

/** The step whose weight is the greatest on the way back; undefined where none is left. */
function lowerStep({ canary: { spec, status }, release: { steps } }: Situation): number | undefined {
  const { totalWeight } = spec;
  const isOnTheWay = (weight: number): boolean =>
    weight <= NEXT_SHARE_MAX * status.weights.canary && weight >= LEAST_SHARE * totalWeight;
  const found = steps.findLastIndex((step) => 'setWeight' in step && isOnTheWay(weightOf(step.setWeight, totalWeight)));
  return found === -1 ? undefined : found;
}

function isHeldLong({ release, pauseMs }: Situation): boolean {
  return pauseMs >= durationMs(causeOf(release)?.hold ?? HOLD_CONVICTED);
}

/** Whether as many Pods of stable are ready as it was to have at the start. */
function hasItsReplicas({ release, workloads: seen }: Situation): boolean {
  const replicas = release.workloads?.replicas;
  return replicas !== undefined && seen !== undefined && !isUnreadable(seen.stable) && seen.stable.ready >= replicas;
}

function causeOf({ rollback }: Situation['release']): RollbackCause | undefined {
  return rollback?.cause;
}
