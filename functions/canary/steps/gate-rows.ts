import { hasAll } from './findings.ts';
import type { MoveRow } from './moves.ts';
import { ALL, BY_ITSELF } from './situation.ts';

/** A hook takes the canary back, in a pause too. */
export const ROLLBACK_ROW: MoveRow = {
  states: ALL,
  when: 'a `rollback` hook succeeds, or a `pre-rollout` or `rollout` hook has failed more often than its `failureLimit`',
  then: 'abort; that is outside the guarantee',
  isSo: ({ takenBack }) => takenBack !== undefined,
  move: ({ takenBack }) => ({ move: 'abort', ...(takenBack ?? { reason: 'RollbackHook', sentence: 'by a hook' }) }),
};

/** A hook is asked behind all that machines delay, and no deadline counts it. */
export const GATE_ROW: MoveRow = {
  states: BY_ITSELF,
  when: 'a `confirm-…` or `pre-rollout` hook of the next share, or a `rollout` hook, has not succeeded',
  then: 'asks it again, without a bound but `failureLimit`',
  isSo: ({ gate }) => gate !== undefined,
  move: ({ gate }) => ({ move: 'wait', wait: gate ?? { reason: 'Gate', sentence: 'a hook does not let it go on' } }),
};

/**
 * The row of freezes: before all that leads to the next step but what the evidence says, and before deadlines, which never count
 * it. A canary that has everything has nothing more to get.
 */
export const FREEZE_ROW: MoveRow = {
  states: ['Baseline', 'Progressing', 'Pause', 'Analysis'],
  when: 'a freeze is in force, or whether one is cannot be read',
  then: 'waits for its end, without a bound',
  isSo: ({ frozen, canary }) => frozen !== undefined && !hasAll(canary),
  move: ({ frozen }) => ({ move: 'wait', wait: frozen ?? { reason: 'Frozen', sentence: 'frozen' } }),
};
