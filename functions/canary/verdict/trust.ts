import { countOf } from './window.ts';

/** What one proxy counted, one entry for each step of the plan. */
export interface ProxySteps {
  readonly id: string;
  /** Bad responses of canary and stable, responses of canary and stable. */
  readonly steps: readonly ProxyCounts[];
}

/** See `ProxySteps`. */
export interface ProxyCounts {
  readonly c: number;
  readonly s: number;
  readonly nc: number;
  readonly ns: number;
}

/** The counts of nothing. */
export const NO_COUNTS: ProxyCounts = { c: 0, s: 0, nc: 0, ns: 0 };

/** Whether a proxy has counted anything: one that calls in no step can tell nothing, and is no judge of others. */
export function isTelling({ steps }: ProxySteps): boolean {
  return steps.some(({ c, s, nc, ns }) => c > 0 || s > 0 || nc > 0 || ns > 0);
}

/** What a proxy counted in a step, as it can be. */
export function countsOf(proxy: ProxySteps | undefined, step: number): ProxyCounts {
  const { c, s, nc, ns } = proxy?.steps[step] ?? NO_COUNTS;
  return { c: countOf(c), s: countOf(s), nc: countOf(nc), ns: countOf(ns) };
}

/** How much of each proxy's counts is taken, 0 to 1. Both tracks are scaled alike, which keeps the guarantee. */
export interface ProxyScale {
  readonly bad: number;
  readonly responses: number;
}

/** No proxy has more weight than a fifth of all, or of fewer than ten proxies, that of two. */
const CAP_SHARE = 0.2;
const CAP_PROXIES = 2;
/** A few responses are never too many. */
const CAP_MIN = 3;
/** Sums of the same numbers in another order. */
const ROUNDING = 1e-9;

/** Everything of every proxy. */
export const uncapped = (): ProxyScale => WHOLE;
/** Nothing of a proxy. */
export const NOTHING: ProxyScale = { bad: 0, responses: 0 };
const WHOLE: ProxyScale = { bad: 1, responses: 1 };

/** The cap: no proxy outweighs the others, so that none can hide a bad canary by telling of many bad responses of stable. */
export function capsOf(proxies: readonly ProxySteps[]): (index: number) => ProxyScale {
  const bad = proxies.map(({ steps }) => total(steps, ({ c, s }) => countOf(c) + countOf(s)));
  const responses = proxies.map(({ steps }) => total(steps, ({ nc, ns }) => countOf(nc) + countOf(ns)));
  const [badLevel, responsesLevel] = [waterLevel(bad), waterLevel(responses)];
  return (index) => ({
    bad: Math.min(1, badLevel / (bad[index] || 1)),
    responses: Math.min(1, responsesLevel / (responses[index] || 1)),
  });
}

/** The level T with T = share · Σ min(amount, T): what is above it is cut off. */
export function waterLevel(amounts: readonly number[]): number {
  const share = Math.max(CAP_SHARE, CAP_PROXIES / amounts.length);
  const falling = amounts.toSorted((a, b) => b - a);
  let rest = falling.reduce((sum, amount) => sum + amount, 0);
  for (const [cut, amount] of falling.entries()) {
    if (share * cut >= 1) break;
    const level = (share * rest) / (1 - share * cut);
    if (amount <= level * (1 + ROUNDING)) return Math.max(CAP_MIN, level, amount);
    rest -= amount;
  }
  return CAP_MIN;
}

function total(steps: readonly ProxyCounts[], count: (counts: ProxyCounts) => number): number {
  return steps.reduce((sum, counts) => sum + count(counts), 0);
}
