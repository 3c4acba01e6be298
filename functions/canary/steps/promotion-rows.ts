import { canaryChange, stableLack } from '../workloads/promotion.ts';
import { isUnreadable } from '../workloads/workload.ts';
import { isInForce } from './findings.ts';
import { type MoveRow, waitFor } from './moves.ts';
import type { Situation } from './situation.ts';

/** Why the workloads cannot be read; undefined where they can. */
function unreadableOf({ workloads }: Situation): string | undefined {
  if (workloads === undefined) return 'the workloads have not been read yet';
  return [workloads.stable, workloads.canary].find(isUnreadable)?.unreadable;
}

/**
 * The end of a release by the promotion of its strategy. Nothing bounds it: the canary serves every request meanwhile, and an
 * abort would send all of them to a stable that is perhaps scaled in.
 */
export const PROMOTION_ROWS: readonly MoveRow[] = [
  {
    states: ['WaitingPromotion'],
    when: 'the strategy names no promotion',
    then: 'waits for a person: promote, or undo',
    isSo: ({ release }) => release.workloads?.promotion === undefined,
    move: () => waitFor('WaitingPromotion', 'all steps are done; it waits to be promoted'),
  },
  {
    states: ['WaitingPromotion'],
    when: 'the weight is not the one that the release took',
    then: 'waits for a person, as after any weight that is set by hand',
    isSo: (situation) => !isInForce(situation),
    move: () => waitFor('WeightSetByHand', 'its weight was set by hand; promote or undo ends the release'),
  },
  {
    states: ['WaitingPromotion'],
    when: 'a workload cannot be read',
    then: 'waits for it, without a bound, as for all that follows',
    isSo: (situation) => unreadableOf(situation) !== undefined,
    move: (situation) => waitFor('WorkloadUnreadable', unreadableOf(situation) ?? 'the workloads cannot be read'),
  },
  {
    states: ['WaitingPromotion'],
    when: 'the canary has another Pod template than was released',
    then: 'waits for the release that begins by it',
    isSo: (situation) => canaryChange(situation) !== undefined,
    move: (situation) => waitFor('CanaryChanged', canaryChange(situation) ?? 'the canary has changed'),
  },
  {
    states: ['WaitingPromotion'],
    when: 'stable does not run what the canary ran, or too few of its Pods are ready',
    then: 'waits until it does',
    isSo: (situation) => stableLack(situation) !== undefined,
    move: (situation) => {
      const { reason, sentence } = stableLack(situation) ?? { reason: 'StableDiffers', sentence: 'stable differs' };
      return waitFor(reason, sentence);
    },
  },
  {
    states: ['WaitingPromotion'],
    when: 'else',
    then: 'promotes: all requests to stable, and the release is over',
    isSo: () => true,
    move: () => ({ move: 'promote', reason: 'StableRuns', sentence: 'stable runs what the canary ran' }),
  },
];
