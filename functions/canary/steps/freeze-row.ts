import { hasAll } from './findings.ts';
import type { MoveRow } from './moves.ts';

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
