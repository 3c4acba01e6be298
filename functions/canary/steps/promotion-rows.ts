import { canaryChange, copying, managed, stableLack } from '../workloads/promotion.ts';
import { isUnreadable } from '../workloads/workload.ts';
import { isInForce } from './findings.ts';
import { abortFor, isOverdue, type MoveRow, overdue, type Wait, waitFor } from './moves.ts';
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
    when: 'promotion is `Copy`, and stable does not run what the canary ran',
    then: 'writes down which Pod template stable has, once, so that what others write meanwhile is seen',
    isSo: (situation) => copying(situation)?.next === 'note',
    move: (situation) => {
      const copy = copying(situation);
      if (copy?.next !== 'note') return waitFor('StableDiffers', 'stable differs');
      return { move: 'keep', workloads: copy.workloads };
    },
  },
  {
    states: ['WaitingPromotion'],
    when: 'promotion is `Copy`, and stable still has that Pod template',
    then: "gives it the canary's",
    isSo: (situation) => copying(situation)?.next === 'write',
    move: (situation) => {
      const sentence = stableLack(situation)?.sentence ?? 'stable differs';
      return { move: 'copy', reason: 'StableDiffers', sentence };
    },
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

/** Promotion `Copy` is refused before the canary gets a share, not behind the last step. */
export const MANAGED_ROW: MoveRow = {
  states: ['Baseline'],
  when: "promotion is `Copy`, and Argo CD, Flux or Helm rolls out stable's workload",
  then: 'abort: what `Copy` writes would be taken back',
  isSo: (situation) => managed(situation) !== undefined,
  move: (situation) => abortFor({ why: 'StableManaged', sentence: managed(situation) ?? 'stable is managed' }),
};

/** What a rehearsal of `Copy` lacks before the first step. */
export const REHEARSAL_ROWS: readonly MoveRow[] = [
  {
    states: ['Baseline'],
    when: 'the API server refuses a rehearsal of `Copy`, and `progressDeadline` is over',
    then: 'abort',
    isSo: (situation) => isOverdue(situation, rehearsalWait(situation)),
    move: (situation) => overdue(situation, rehearsalWait(situation) ?? { reason: '', sentence: 'refused' }),
  },
  {
    states: ['Baseline'],
    when: 'the API server refuses a rehearsal of `Copy`: rights, admission, the template',
    then: 'waits until it is allowed',
    isSo: (situation) => rehearsalWait(situation) !== undefined,
    move: (situation) => ({ move: 'wait', wait: rehearsalWait(situation) ?? { reason: '', sentence: 'refused' } }),
  },
];

function rehearsalWait({ uncopyable }: Situation): Wait | undefined {
  if (uncopyable === undefined) return undefined;
  return { reason: 'WorkloadUnwritable', sentence: uncopyable, bounded: 'WorkloadUnwritable' };
}
