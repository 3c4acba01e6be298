import type { Cell } from './criteria/e-process.ts';
import type { StepSums, VerdictRecord } from './record.ts';
import { countsOf, NO_COUNTS, NOTHING, type ProxyCounts, type ProxyScale, type ProxySteps } from './trust.ts';
import type { Pair } from './window.ts';

/** The evidence of a step, as far as it is trusted. */
export interface TrustedStep {
  /** Of the canary's share, the larger of set and measured for conviction, the smaller for acquittal. */
  readonly most: Cell;
  readonly least: Cell;
  /** How much of the window sums is left. */
  readonly kept: Pair;
  readonly responses: Pair;
}

/** The evidence by step, as far as it is trusted. */
export interface Trust {
  readonly steps: readonly TrustedStep[];
  /** The same without one of the proxies. */
  without(index: number): readonly TrustedStep[];
}

/** The evidence of as much of each proxy as `scaleOf` takes. */
export function trustOf(
  { steps }: VerdictRecord,
  proxies: readonly ProxySteps[],
  scaleOf: (index: number) => ProxyScale,
): Trust {
  const scales = proxies.map((_, i) => scaleOf(i));
  const sums = steps.map((_, j) => sumsOf(proxies, scales, j));
  return {
    steps: steps.map((step, j) => trustedStep(step, sums[j] ?? NO_SUMS)),
    without: (index) =>
      steps.map((step, j) => {
        const { whole, kept } = sums[j] ?? NO_SUMS;
        return trustedStep(step, { whole, kept: less(kept, countsOf(proxies[index], j), scales[index] ?? NOTHING) });
      }),
  };
}

interface Sums {
  readonly whole: ProxyCounts;
  readonly kept: ProxyCounts;
}

const NO_SUMS: Sums = { whole: NO_COUNTS, kept: NO_COUNTS };

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
  let [whole, kept] = [NO_COUNTS, NO_COUNTS];
  for (const [i, proxy] of proxies.entries()) {
    const counts = countsOf(proxy, step);
    const { bad, responses } = scales[i] ?? NOTHING;
    whole = plus(whole, counts, 1, 1);
    kept = plus(kept, counts, bad, responses);
  }
  return { whole, kept };
}

function plus(sum: ProxyCounts, { c, s, nc, ns }: ProxyCounts, bad: number, responses: number): ProxyCounts {
  return { c: sum.c + bad * c, s: sum.s + bad * s, nc: sum.nc + responses * nc, ns: sum.ns + responses * ns };
}

/** Never below 0: a sum of others, in another order, is not exact. */
function less(sum: ProxyCounts, counts: ProxyCounts, { bad, responses }: ProxyScale): ProxyCounts {
  const { c, s, nc, ns } = plus(sum, counts, -bad, -responses);
  return { c: Math.max(0, c), s: Math.max(0, s), nc: Math.max(0, nc), ns: Math.max(0, ns) };
}
