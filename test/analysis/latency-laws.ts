import type { Tally } from '../../functions/canary/verdict/intake/tally.ts';
import type { Random } from './random.ts';

/** How long responses take, in milliseconds: log-normal around medians. */
export interface LatencyLaw {
  /** Kinds of callers, alike in number. */
  readonly medians: readonly number[];
  readonly sigma: number;
  /** The canary takes so many times as long. */
  readonly slower: number;
  /** Or only this share of its responses does. */
  readonly slowShare?: number;
}

/** How far medians swing, in waves of half an hour. */
const SWING = 0.5;
const PERIOD_SECONDS = 1_800;
/** Places in the normal law that stand for all others: sampling each response costs minutes. */
const SLICES = 60;

/** A histogram as Envoy has it: whole milliseconds, two digits. */
export function timesOf(law: LatencyLaw, track: 'stable' | 'canary', count: number, at: number, random: Random): Tally {
  const wave = 1 + SWING * Math.sin((2 * Math.PI * at) / PERIOD_SECONDS);
  const times = new Map<number, number>();
  const add = (many: number, factor: number): void => {
    for (const [k, median] of law.medians.entries()) {
      const part =
        k === law.medians.length - 1
          ? many - Math.floor(many / law.medians.length) * k
          : Math.floor(many / law.medians.length);
      addNormal(times, part, (z) => median * wave * factor * Math.exp(law.sigma * z), random);
    }
  };
  const slow = track === 'canary' && law.slowShare !== undefined ? random.binomial(count, law.slowShare) : 0;
  const isSlower = track === 'canary' && law.slowShare === undefined;
  add(count - slow, isSlower ? law.slower : 1);
  add(slow, law.slower);
  return [...times].toSorted(([a], [b]) => a - b);
}

function addNormal(times: Map<number, number>, count: number, timeAt: (z: number) => number, random: Random): void {
  const one = (z: number, many: number): void => {
    const bound = boundOf(timeAt(z));
    times.set(bound, (times.get(bound) ?? 0) + many);
  };
  if (count <= 4 * SLICES) {
    for (let i = 0; i < count; i++) one(random.normal(), 1);
    return;
  }
  // Slices of equal probability, each with a count of its own and one place within.
  let left = count;
  for (let i = 0; i < SLICES && left > 0; i++) {
    const many = i === SLICES - 1 ? left : random.binomial(left, 1 / (SLICES - i));
    left -= many;
    spread(many, i, one, random);
  }
}

/** Puts the responses of a slice at four random places of it. */
function spread(count: number, slice: number, one: (z: number, many: number) => void, random: Random): void {
  let left = count;
  for (let k = 4; k > 0 && left > 0; k--) {
    const many = k === 1 ? left : random.binomial(left, 1 / k);
    left -= many;
    if (many > 0) one(quantileOf((slice + random.uniform()) / SLICES), many);
  }
}

function boundOf(ms: number): number {
  let unit = 1;
  while (ms >= 100 * unit) unit *= 10;
  return Math.floor(ms / unit) * unit;
}

/** The normal law's quantile, by Acklam's approximation (relative error below 1.2e-9). */
function quantileOf(p: number): number {
  const [low, high] = [0.02425, 1 - 0.02425];
  if (p < low) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > high) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (poly(A, r) * q) / poly(B, r);
}

function tail(q: number): number {
  return poly(C, q) / poly(D, q);
}

function poly(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
