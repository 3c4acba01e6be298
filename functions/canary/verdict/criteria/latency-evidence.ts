import type { LatencyBound, StepLatency } from '../intake/latency-bounds.ts';
import type { VerdictRecord } from '../record.ts';
import { shareOf } from '../trusted-steps.ts';
import { NONE, type Pair, plus } from '../window.ts';
import { type Cell, LATENCY_MULTIPLES, logMeanExp, logWorse } from './e-process.ts';

/** The evidence that the canary is slower, above one bound. */
export interface BoundEvidence {
  readonly logE: number;
  /** Slow responses of the steps with this bound, and all responses of those. */
  readonly slow: Pair;
  readonly responses: Pair;
  /** The bound as it is in the last of those steps; absent where none has it. */
  readonly bound: LatencyBound | undefined;
}

/** What is left out of the evidence, to see what stands without it. */
export interface Less {
  /** Of each step the share of the canary's responses that may all have been called slow without being so. */
  readonly doubted?: readonly number[];
  /** Of each step the window with most slow responses of the canary. */
  readonly isWithoutWorst?: boolean;
}

/**
 * The logarithm of E against "the canary, made faster by the margin, is not slower than stable": the mean over all bounds of
 * the policy, of which one without data has E = 1. 0 where times are not judged.
 */
export function logLatency(record: VerdictRecord, less: Less = {}): number {
  const bounds = latencyEvidence(record, less);
  return bounds.length === 0 ? 0 : logMeanExp(bounds.map(({ logE }) => logE));
}

/** The same, bound by bound. */
export function latencyEvidence({ policy, steps }: VerdictRecord, less: Less = {}): readonly BoundEvidence[] {
  const { quantiles = [], slowerThanMs } = policy.latency ?? {};
  const wanted = [...quantiles, ...(slowerThanMs === undefined ? [] : [undefined])];
  return wanted.map((quantile) => {
    const cells: Cell[] = [];
    let found: Omit<BoundEvidence, 'logE'> = { slow: NONE, responses: NONE, bound: undefined };
    for (const [j, { weight, latency }] of steps.entries()) {
      const i = latency?.bounds.findIndex((bound) => bound.quantile === quantile) ?? -1;
      const [slow, bound] = [latency?.slow[i], latency?.bounds[i]];
      if (latency === undefined || slow === undefined) continue;
      const worst = less.isWithoutWorst === true ? latency.worst[i] : undefined;
      cells.push(cellOf(weight, latency, minus(slow, worst), less.doubted?.[j] ?? 0));
      found = { slow: plus(found.slow, slow), responses: plus(found.responses, latency.responses), bound };
    }
    return { ...found, logE: logWorse(cells, 1, LATENCY_MULTIPLES) };
  });
}

/** Histograms are judged on counts of their own: they lag those of responses. */
function cellOf(weight: number, { responses }: StepLatency, slow: Pair, doubted: number): Cell {
  const share = shareOf(responses) ?? weight;
  return {
    w: weight >= 1 ? 1 : Math.max(weight, share),
    c: Math.max(0, slow.canary - doubted * responses.canary),
    s: slow.stable,
  };
}

function minus(a: Pair, b: Pair | undefined): Pair {
  return b === undefined ? a : { stable: a.stable - b.stable, canary: a.canary - b.canary };
}
