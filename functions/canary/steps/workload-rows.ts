import { newsOfWorkloads } from '../workloads/noted.ts';
import type { MoveRow } from './moves.ts';
import { ALL } from './situation.ts';

/** The row that keeps what steps and an abort need to know of stable's workload. It delays nothing but a look. */
export const WORKLOADS_ROW: MoveRow = {
  states: [...ALL, 'WaitingPromotion'],
  when: "the replicas of stable's workload are not known yet, or are fewer than at the start, or no longer are",
  then: 'writes that down; fewer is condition `StableScaledIn`',
  isSo: ({ release, workloads }) => newsOfWorkloads(release, workloads) !== undefined,
  move: ({ release, workloads }) => {
    const news = newsOfWorkloads(release, workloads);
    return news === undefined
      ? { move: 'wait', wait: { reason: 'Workloads', sentence: 'nothing is new' } }
      : { move: 'keep', workloads: news };
  },
};
