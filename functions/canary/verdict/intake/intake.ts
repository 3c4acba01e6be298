import { put, type Tally } from './tally.ts';

/**
 * What stable's own windows tell of how bad responses come: one by one, or in bursts. By that each window is weighed once,
 * before it is known, both tracks by the same factor: the guarantee holds for any such factor.
 */
export interface Intake {
  /** Squared differences from window to window, over what such differences are where bad responses come one by one. */
  readonly num: number;
  readonly den: number;
  /** Bad responses and responses of stable in the window before; absent at first. */
  readonly last?: readonly [bad: number, responses: number] | undefined;
  /** How many windows had how many bad responses of stable, rising. */
  readonly counts: Tally;
  /** A window counts for so many bad responses at most. */
  readonly kappa: number;
  readonly isBursty: boolean;
}

/** Shrinkage towards 1, in bad responses: a quiet service has a few only. */
const SHRINKAGE = 10;
/** Above it bad responses come in bursts, where the median window has fewer than `QUIET_MEDIAN`. */
const BURSTY_FACTOR = 1.5;
const QUIET_MEDIAN = 2;
/** The least that a window may count for, where there are no bursts. */
const KAPPA_MIN = 5;
/** How far above the median an ordinary window reaches, in standard deviations. */
const DEVIATIONS = 3;
/** What a window may count for is found again after so many windows of a step: each minute. */
const REFRESH_WINDOWS = 12;

/** The intake before any window. */
export function startIntake(): Intake {
  return { num: 0, den: 0, counts: [], kappa: KAPPA_MIN, isBursty: false };
}

/** How many times wider than one by one stable's bad responses come (von Neumann's ratio: slow drift does not count). */
export function dispersion({ num, den }: Intake): number {
  return Math.max(1, (num + SHRINKAGE) / (den + SHRINKAGE));
}

/** What the next window may count for, from those before it; `windows` of the step that are summed already. */
export function refreshed(intake: Intake, windows: number): Intake {
  if (windows % REFRESH_WINDOWS !== 0) return intake;
  const median = medianOf(intake.counts);
  const isBursty = dispersion(intake) > BURSTY_FACTOR && median < QUIET_MEDIAN;
  const kappa = isBursty ? 1 : Math.max(KAPPA_MIN, 1 + median + DEVIATIONS * Math.sqrt(median));
  return { ...intake, kappa, isBursty };
}

/** By how much a window with so many bad responses of both tracks is scaled. */
export function weightOf(intake: Intake, bad: number): number {
  if (bad === 0) return 1;
  return Math.min(1, intake.kappa / bad) / (intake.isBursty ? 1 : dispersion(intake));
}

/** Learns from stable's side of a window, after it was weighed. */
export function learned(intake: Intake, bad: number, responses: number): Intake {
  if (responses === 0) return intake;
  const counts = put(intake.counts, bad, 1);
  const last = [bad, responses] as const;
  if (intake.last === undefined) return { ...intake, last, counts };
  const [lastBad, lastResponses] = intake.last;
  const difference = bad * lastResponses - lastBad * responses;
  return {
    ...intake,
    num: intake.num + difference ** 2 / (responses * lastResponses),
    den: intake.den + bad + lastBad,
    last,
    counts,
  };
}

function medianOf(counts: Tally): number {
  const half = Math.floor(counts.reduce((sum, [, count]) => sum + count, 0) / 2);
  let below = 0;
  for (const [bad, count] of counts) {
    below += count;
    if (below > half) return bad;
  }
  return 0;
}
