import { hasAll } from './findings.ts';
import type { MoveRow } from './moves.ts';
import { ALL } from './situation.ts';

/** A `rollback` hook takes the canary back, in a pause too. */
export const ROLLBACK_ROW: MoveRow = {
  states: ALL,
  when: 'a `rollback` hook responds with a success',
  then: 'abort; that is outside the guarantee',
  isSo: ({ rollback }) => rollback !== undefined,
  move: ({ rollback }) => ({ move: 'abort', reason: 'RollbackHook', sentence: rollback ?? 'a hook takes it back' }),
};

/** A hook is asked behind all that machines delay, and no deadline counts it. */
export const GATE_ROW: MoveRow = {
  states: ['Baseline', 'Progressing', 'Pause', 'Analysis'],
  when: 'a `confirm-…` hook of the next share does not respond with a success',
  then: 'asks it again at every look, without a bound',
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
