import type { Canary, CanaryPhase } from './canary.ts';
import { conditionsOf } from './conditions.ts';
import { liveTargets, servedTarget } from './targets.ts';

/**
 * The canary with what the clock has changed since its last write: `Initializing` ends when routes may lead to it. The same
 * object where nothing is due. What time it is when this is asked leaves no trace in the result, so that all who write it
 * write the same. It is shown only once it is written, at a version that it makes (`settle`).
 *
 * @param now milliseconds since the epoch
 */
export function settled(canary: Canary, now: number): Canary {
  const served = canary.status.phase === 'Initializing' ? servedTarget(canary, now) : undefined;
  return served === undefined ? canary : inPhase(canary, 'Initialized', served.routesFrom);
}

/** Whether a deleted canary may be taken away for good. */
export function isGone(canary: Canary, now: number): boolean {
  return canary.metadata.deletionTimestamp !== undefined && liveTargets(canary, now).length === 0;
}

/** Whether the clock has changed what is shown of a canary: its phase, or that it is there. */
export function isDue(canary: Canary, now: number): boolean {
  return isGone(canary, now) || settled(canary, now) !== canary;
}

/**
 * A deleted canary is `Terminating`, whatever an abort that knew nothing of the deletion has written over it. Follows from
 * what is stored alone, and not from the clock. The same object where that changes nothing.
 */
export function withDeletion(canary: Canary): Canary {
  const { metadata, status } = canary;
  if (metadata.deletionTimestamp === undefined || status.phase === 'Terminating') return canary;
  return inPhase(canary, 'Terminating', status.lastTransitionTime);
}

function inPhase(canary: Canary, phase: CanaryPhase, time: string): Canary {
  const { metadata, status } = canary;
  const conditions = conditionsOf(phase, status.conditions, metadata.generation, time);
  return { ...canary, status: { ...status, phase, conditions, lastTransitionTime: time } };
}
