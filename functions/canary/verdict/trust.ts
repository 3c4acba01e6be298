import type { Cell } from './criteria/e-process.ts';
import type { StepSums, VerdictRecord } from './record.ts';
import { countOf, type Pair } from './window.ts';

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

/** How much of each proxy's counts is taken, 0 to 1. Both tracks are scaled alike, which keeps the guarantee. */
export interface ProxyScale {
  readonly bad: number;
  readonly responses: number;
}

/** The evidence of a step, as far as it is trusted. */
export interface TrustedStep {
  /** Of the canary's share, the larger of set and measured for conviction, the smaller for acquittal. */
  readonly most: Cell;
  readonly least: Cell;
  /** How much of the window sums is left. */
  readonly kept: Pair;
  readonly responses: Pair;
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

/** The evidence by step, of as much of each proxy as `scaleOf` takes. */
export function trustedSteps(
  { steps }: VerdictRecord,
  proxies: readonly ProxySteps[],
  scaleOf: (index: number) => ProxyScale,
): readonly TrustedStep[] {
  const scales = proxies.map((_, i) => scaleOf(i));
  return steps.map((step, j) => trustedStep(step, sumsOf(proxies, scales, j)));
}

interface Sums {
  readonly whole: ProxyCounts;
  readonly kept: ProxyCounts;
}

function trustedStep({ weight, weighed, responses }: StepSums, { whole, kept }: Sums): TrustedStep {
  const canary = left(kept.c, whole.c);
  const stable = left(kept.s, whole.s);
  const trusted = {
    canary: responses.canary * left(kept.nc, whole.nc),
    stable: responses.stable * left(kept.ns, whole.ns),
  };
  const measured = shareOf(trusted) ?? weight;
  const counts = { c: weighed.canary * canary, s: weighed.stable * stable };
  return {
    most: { ...counts, w: weight >= 1 ? 1 : Math.max(weight, measured) },
    least: { ...counts, w: Math.min(weight, measured) },
    kept: { canary, stable },
    responses: trusted,
  };
}

/** The canary's share of responses; undefined where there are none. */
export function shareOf({ canary, stable }: Pair): number | undefined {
  return canary + stable === 0 ? undefined : canary / (canary + stable);
}

/** How much is left; of what no proxy has told, all. */
function left(kept: number, whole: number): number {
  return whole === 0 ? 1 : kept / whole;
}

function sumsOf(proxies: readonly ProxySteps[], scales: readonly ProxyScale[], step: number): Sums {
  const [whole, kept] = [
    { c: 0, s: 0, nc: 0, ns: 0 },
    { c: 0, s: 0, nc: 0, ns: 0 },
  ];
  for (const [i, { steps }] of proxies.entries()) {
    const counts = steps[step];
    const scale = scales[i];
    if (counts === undefined || scale === undefined) continue;
    for (const key of ['c', 's', 'nc', 'ns'] as const) {
      const count = countOf(counts[key]);
      whole[key] += count;
      kept[key] += count * (key === 'c' || key === 's' ? scale.bad : scale.responses);
    }
  }
  return { whole, kept };
}

function total(steps: readonly ProxyCounts[], count: (counts: ProxyCounts) => number): number {
  return steps.reduce((sum, counts) => sum + count(counts), 0);
}
