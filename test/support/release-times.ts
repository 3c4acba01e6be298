import type { ReleaseTimes } from '../../functions/canary/times.ts';

/** Times of a release that are easy to count with, and alike from rest and on the way. */
export const TIMES: ReleaseTimes = { stageMs: 70_000, awaitMs: 55_000, awaitIdleMs: 55_000 };
