/** The bad (or slow) responses of both tracks under one share of the canary. May be fractions: windows are weighed. */
export interface Cell {
  /** The canary's share of the responses, 0 to 1. */
  readonly w: number;
  readonly c: number;
  readonly s: number;
}

/** How many times worse a bad canary may be: multiples of the tolerance, which weigh alike. */
export const ERROR_MULTIPLES: readonly number[] = [1.5, 2, 3, 5, 10, 30, 100];
/** The same of slow responses: twice as many are above the median at most. */
export const LATENCY_MULTIPLES: readonly number[] = [1.1, 1.25, 1.5, 2, 3, 5, 10, 30, 100];

const NOT_WORSE = [
  { factor: 0, prior: 0.4 },
  { factor: 0.2, prior: 0.15 },
  { factor: 0.4, prior: 0.15 },
  { factor: 0.6, prior: 0.15 },
  { factor: 0.8, prior: 0.15 },
] as const;
const RATE = [
  { factor: 0, prior: 0.5 },
  { factor: 0.1, prior: 0.125 },
  { factor: 0.25, prior: 0.125 },
  { factor: 0.5, prior: 0.125 },
  { factor: 0.75, prior: 0.125 },
] as const;
/** Ratios that a bound is looked for in. */
const RATIOS = { min: 1e-4, max: 1e5 };
const BISECTIONS = 50;
/** Of rates: closer than a double can tell. */
const RATE_MIN = 1e-12;

/**
 * How much more likely the split of bad responses is when the canary is `r` times as bad as stable than when it is `r0`
 * times as bad, as a logarithm. That a bad response happened is taken as given: volume, hour and base rate cancel.
 */
function term(r: number, r0: number, { w, c, s }: Cell): number {
  if (w <= 0 || w >= 1 || c + s === 0) return 0;
  const ofCanary = c === 0 ? 0 : c * Math.log(r / r0);
  return ofCanary - (c + s) * Math.log((r * w + 1 - w) / (r0 * w + 1 - w));
}

/**
 * The logarithm of E against "the canary is at most `r0` times as bad as stable": by Ville's inequality a good canary ever
 * gets E ≥ 1/α with a probability of α at most, however often it is looked at.
 */
export function logWorse(cells: readonly Cell[], r0: number, multiples: readonly number[] = ERROR_MULTIPLES): number {
  return logMeanExp(multiples.map((multiple) => cells.reduce((sum, cell) => sum + term(multiple * r0, r0, cell), 0)));
}

/** The logarithm of E against "the canary is at least `r1` times as bad as stable". */
export function logNotWorse(cell: Cell, r1: number): number {
  // Where only one track has responses nothing is compared.
  if (cell.w <= 0 || cell.w >= 1) return Number.NEGATIVE_INFINITY;
  const logs = NOT_WORSE.map(({ factor, prior }) => {
    if (factor === 0 && cell.c > 0) return Number.NEGATIVE_INFINITY;
    return Math.log(prior) + term(factor * r1, r1, cell);
  });
  return logSumExp(logs);
}

/** The logarithm of E against "a share of `rate` or more of the canary's responses is bad". */
export function logRate(bad: number, responses: number, rate: number): number {
  const logs = RATE.map(({ factor, prior }) => {
    if (factor === 0 && bad > 0) return Number.NEGATIVE_INFINITY;
    const ofBad = bad === 0 ? 0 : bad * Math.log(factor);
    return Math.log(prior) + ofBad + responses * rate * (1 - factor);
  });
  return logSumExp(logs);
}

/** How many times as bad as stable the canary is at least, by this much evidence; 0 where nothing can be told. */
export function ratioAtLeast(cells: readonly Cell[], logLimit: number): number {
  return boundary(RATIOS, (r0) => logWorse(cells, r0) >= logLimit).last ?? 0;
}

/** How many times as bad as stable the canary is at most; infinity where nothing can be told. */
export function ratioAtMost(cell: Cell, logLimit: number): number {
  return boundary(RATIOS, (r1) => logNotWorse(cell, r1) < logLimit).next ?? Number.POSITIVE_INFINITY;
}

/** The greatest share of the canary's responses that may be bad; 1 where nothing can be told. */
export function rateAtMost(bad: number, responses: number, logLimit: number): number {
  const { next } = boundary({ min: RATE_MIN, max: 1 }, (rate) => logRate(bad, responses, rate) < logLimit);
  return next ?? 1;
}

/** ln Σ exp, without overflow. */
export function logSumExp(logs: readonly number[]): number {
  const most = Math.max(...logs);
  if (most === Number.NEGATIVE_INFINITY) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}

/** The logarithm of the mean. */
export function logMeanExp(logs: readonly number[]): number {
  return logSumExp(logs) - Math.log(logs.length);
}

/**
 * Where a test that holds for small values ends to hold, on a logarithmic scale: the last value for which it is known to
 * hold and the next one for which it does not. Undefined where it holds for none, or for all.
 */
function boundary(
  { min, max }: { readonly min: number; readonly max: number },
  holds: (value: number) => boolean,
): { readonly last?: number; readonly next?: number } {
  if (!holds(min)) return { next: min };
  if (holds(max)) return { last: max };
  let [low, high] = [Math.log(min), Math.log(max)];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (holds(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return { last: Math.exp(low), next: Math.exp(high) };
}
