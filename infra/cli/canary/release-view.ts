import type { Release } from '../../../functions/canary/canary.ts';
import { ageOf, stepOf } from './rows.ts';

/**
 * Lines about a release, each a title and its text: where it stands and for how long, why it waits, and what its verdict is.
 *
 * @param now milliseconds since the epoch
 */
export function releaseLines(release: Release, now: number): readonly (readonly [title: string, text: string])[] {
  const { state, attempt, trigger, startedAt, stepStartedAt, paused, inconclusive, verdict } = release;
  const lines: (readonly [string, string])[] = [
    ['Release:', `${state}; attempt ${attempt} (${trigger}), started ${ageOf(startedAt, now)} ago`],
    ['Step:', `${stepOf(release)} (${whatOf(release)})${OVER.has(state) ? '' : `, for ${ageOf(stepStartedAt, now)}`}`],
  ];
  if (paused !== undefined) {
    const { reason, since, by, message } = paused;
    const who = by === undefined ? '' : ` by ${by}`;
    lines.push(['Paused:', `${reason}${who}, for ${ageOf(since, now)}${message === undefined ? '' : `: ${message}`}`]);
  }
  if (inconclusive !== undefined) {
    lines.push(['No verdict:', `at step ${inconclusive.step + 1}, ${ageOf(inconclusive.since, now)} ago`]);
  }
  if (verdict !== undefined) lines.push(['Verdict:', `${verdict.sentence} (${ageOf(verdict.at, now)} ago)`]);
  return lines;
}

/** A release in one of these is over. */
const OVER: ReadonlySet<Release['state']> = new Set(['Promoted', 'Aborted', 'Undone', 'Superseded']);

/** Whether a release advances still, or waits to. */
export function isRunning(release: Release | undefined): boolean {
  return release !== undefined && !OVER.has(release.state);
}

/** What its step is. */
function whatOf({ currentStepIndex, steps }: Release): string {
  const step = steps[currentStepIndex];
  if (step === undefined) return currentStepIndex < 0 ? 'baseline' : 'all done';
  if ('analysis' in step) return `analysis of ${step.analysis.metrics.map(({ name }) => name).join(', ')}`;
  if ('setHeaderRoute' in step) return `setHeaderRoute ${step.setHeaderRoute.name}`;
  if ('setMirrorRoute' in step) return `setMirrorRoute ${step.setMirrorRoute.name}`;
  if ('setWeight' in step) return `setWeight ${step.setWeight}%`;
  return step.pause.duration === undefined ? 'pause' : `pause ${step.pause.duration}`;
}
