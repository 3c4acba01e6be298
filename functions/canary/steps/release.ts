import type { Canary, CanaryPhase, Release, Step } from '../canary.ts';
import { weightOf } from '../document/strategy/steps.ts';

/** The step before the first: stable alone is measured. */
export const BASELINE = -1;

/** Phases in which a release goes on: any other one ends it, however it was written. */
const LIVE: ReadonlySet<CanaryPhase> = new Set(['Progressing', 'WaitingPromotion']);
const OVER: ReadonlySet<Release['state']> = new Set(['Promoted', 'Aborted', 'Undone', 'Superseded']);

/** The release that goes on; undefined where none does. */
export function runningRelease({ status }: Pick<Canary, 'status'>): Release | undefined {
  return runningIn(status.phase, status.release);
}

/** The same of a release in a phase. */
export function runningIn(phase: CanaryPhase, release: Release | undefined): Release | undefined {
  return release !== undefined && LIVE.has(phase) && !OVER.has(release.state) ? release : undefined;
}

/** Whether it waits to be promoted by a person: nothing is looked at any more. */
export function waitsForPerson({ state, workloads }: Release): boolean {
  return state === 'WaitingPromotion' && workloads?.promotion === undefined;
}

/** The same where no other Kubernetes cluster has a part in it: one that is aborted there is taken back until it is promoted. */
export function isUpToPerson({ spec }: Pick<Canary, 'spec'>, release: Release): boolean {
  return waitsForPerson(release) && spec.clusters === undefined;
}

/**
 * The release as a phase leaves it: an abort, a deletion and older versions write the phase alone, and end it by that.
 */
export function releaseIn(phase: CanaryPhase, release: Release): Release {
  if (LIVE.has(phase) || OVER.has(release.state)) return release;
  return ended(release, phase === 'Succeeded' ? 'Promoted' : 'Aborted');
}

/** A stored canary with the `status.release` that is true of it. The same object where that changes nothing. */
export function withRelease(canary: Canary): Canary {
  const { release, phase } = canary.status;
  if (release === undefined) return canary;
  const found = releaseIn(phase, release);
  return found === release ? canary : { ...canary, status: { ...canary.status, release: found } };
}

/** The release, over. */
export function ended(release: Release, state: 'Promoted' | 'Aborted' | 'Undone' | 'Superseded'): Release {
  const { paused: _, ...rest } = release;
  return { ...rest, state };
}

/** The release with the state that its other fields make. @param totalWeight what weights are counted in */
export function standing(release: Release, totalWeight: number): Release {
  return { ...release, state: stateOf(release, totalWeight) };
}

function stateOf(release: Release, totalWeight: number): Release['state'] {
  const { paused, currentStepIndex, steps, rollback } = release;
  if (rollback?.cause !== undefined) return 'RollingBack';
  if (paused !== undefined) return 'Paused';
  if (currentStepIndex === BASELINE) return 'Baseline';
  if (currentStepIndex >= steps.length) return 'WaitingPromotion';
  return plannedWeight(steps, currentStepIndex, totalWeight) === totalWeight ? 'Baking' : 'Progressing';
}

/** The weight that a release has at a step: that of the step, or of the last one before it that has any; 0 before all. */
export function plannedWeight(steps: readonly Step[], index: number, totalWeight: number): number {
  const last = steps.slice(0, index + 1).findLast((step) => 'setWeight' in step);
  return last === undefined || !('setWeight' in last) ? 0 : weightOf(last.setWeight, totalWeight);
}

/** The step behind the one that goes on, by its index: behind the baseline that which the release begins at. */
export function stepAfter({ currentStepIndex, firstStepIndex = 0 }: Release): number {
  return currentStepIndex === BASELINE ? firstStepIndex : currentStepIndex + 1;
}

/** The canary's shares of all weights in order, from 0 to 1: what the verdict calls the plan. */
export function planOf(steps: readonly Step[]): readonly number[] {
  return steps.flatMap((step) => ('setWeight' in step ? [step.setWeight / 100] : []));
}

/** The place in the plan of the weight that holds at a step; -1 before the first. */
export function planIndexOf(steps: readonly Step[], index: number): number {
  return planOf(steps.slice(0, index + 1)).length - 1;
}

/** The weight that was taken last, with the version of its write. Of every release there is one. */
export function lastTaken({ taken }: Release): Release['taken'][number] {
  return taken.at(-1) ?? { step: BASELINE, weight: 0, resourceVersion: '0' };
}

/** Which release of a canary it is: the version of the write that began it. */
export function releaseId({ taken }: Release): string {
  return taken[0]?.resourceVersion ?? '0';
}
