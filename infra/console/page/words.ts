import type { Canary } from '../../../functions/canary/canary.ts';

type Release = NonNullable<Canary['status']['release']>;
type Step = Release['steps'][number];

/** The canary's share in percent, with two decimals at most. */
export function percentOf(weight: number, total: number): number {
  return total === 0 ? 0 : Math.round((weight * 10_000) / total) / 100;
}

/** How a release does, for its colour. */
export type Tone = 'good' | 'bad' | 'busy' | 'rest';

/** Of a canary's phase. */
export function toneOf({ status }: Canary): Tone {
  if (status.phase === 'Failed') return 'bad';
  if (status.phase === 'Succeeded') return 'good';
  return status.phase === 'Progressing' || status.phase === 'WaitingPromotion' ? 'busy' : 'rest';
}

/** `2 of 5`, `baseline`; empty where no release goes on by itself. */
export function stepOf({ status: { release } }: Canary): string {
  if (release === undefined) return '';
  if (release.currentStepIndex < 0) return 'baseline';
  return `${Math.min(release.currentStepIndex + 1, release.steps.length)} of ${release.steps.length}`;
}

/** What a step does: `20 %`, `pause 5m`, `analysis`, `header testers`, `mirror shadow`. */
export function nameOf(step: Step): string {
  if ('setWeight' in step) return `${step.setWeight} %`;
  if ('analysis' in step) return 'analysis';
  if ('setHeaderRoute' in step) return `header ${step.setHeaderRoute.name}`;
  if ('setMirrorRoute' in step) return `mirror ${step.setMirrorRoute.name}`;
  return step.pause.duration === undefined ? 'pause' : `pause ${step.pause.duration}`;
}

/** Why the release stands where it stands: its verdict, else what the canary itself tells of its progress. */
export function sentenceOf({ status }: Canary): string {
  const progress = status.conditions.find(({ type }) => type === 'Progressing')?.message;
  const verdict = status.release?.verdict?.sentence;
  return (status.phase === 'Failed' ? (progress ?? verdict) : (verdict ?? progress)) ?? '';
}

/** `45s`, `12m`, `3h`, `2d`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** A word as a POSIX shell reads it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
