/** A number of each track. */
export interface Pair {
  readonly stable: number;
  readonly canary: number;
}

/** What one track did in five seconds. */
export interface WindowSums {
  readonly responses: number;
  readonly bad: number;
  /** Lower bounds of buckets in milliseconds, and how many responses each has. */
  readonly latency: readonly (readonly [boundMs: number, count: number])[];
}

/** Five seconds of evidence under one step of the plan, since its routes were confirmed. */
export interface VerdictWindow {
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** -1 for the baseline, else the place in the plan. */
  readonly step: number;
  /** The share that was set, 0 to 1. */
  readonly weight: number;
  readonly seconds: number;
  readonly stable: WindowSums;
  readonly canary: WindowSums & { readonly fallbacks: number };
}

/** More are no count: sums of such stay far from the end of doubles. */
const COUNT_MAX = 1e15;

/** A number that can be a count; 0 for what is none. */
export function countOf(value: number): number {
  return value > 0 ? Math.min(value, COUNT_MAX) : 0;
}

/** Of neither track anything. */
export const NONE: Pair = { stable: 0, canary: 0 };

/** One pair of two. */
export function plus(a: Pair, b: Pair): Pair {
  return { stable: a.stable + b.stable, canary: a.canary + b.canary };
}
