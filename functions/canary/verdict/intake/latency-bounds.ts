import type { LatencyPolicy } from '../policy.ts';
import { NONE, type Pair, plus, type WindowSums } from '../window.ts';
import { put, type Tally, unitOf } from './tally.ts';

/** Responses by the lower bound of their bucket, in milliseconds. */
export type Histogram = Tally;

/** Above what a response is slow, in milliseconds. */
export interface LatencyBound extends Pair {
  /** Which of stable's quantiles it is, 0.9; absent of the policy's own bound. */
  readonly quantile?: number | undefined;
}

/** Slow responses of a step. */
export interface StepLatency {
  /** Frozen before the step; those that stable's histogram was too small for are not there. */
  readonly bounds: readonly LatencyBound[];
  /** Slow responses, one pair for each bound. */
  readonly slow: readonly Pair[];
  /** For each bound, those of the window with most slow responses of the canary. */
  readonly worst: readonly Pair[];
  /** Responses whose time is known. */
  readonly responses: Pair;
}

/** The longest time that is told apart, in milliseconds: eleven days, as long as reports may tell. */
const TIME_MAX_MS = 1_000_000_000;
/** Responses of stable before which no bound is taken from them, and responses above a bound. */
const RESPONSES_MIN = 200;
const ABOVE_MIN = 10;
/** Less is no time and no response: 1.2 times an edge, or a tenth of responses, is not exact. */
const ROUNDING = 1e-9;

/** Adds a window to a histogram. */
export function addTimes(histogram: Histogram, latency: WindowSums['latency']): Histogram {
  return latency.reduce((sum, [bound, count]) => put(sum, Math.min(bound, TIME_MAX_MS), count), histogram);
}

/**
 * The bounds of a step, from stable's responses before it: taken from those of the step itself, they would be wrong
 * whenever few responses came. Margins are of time: the canary is slow above the first edge that is so much later.
 */
export function frozenLatency(histogram: Histogram, policy: LatencyPolicy): StepLatency {
  const total = responsesIn(histogram);
  const bounds = policy.quantiles.flatMap((quantile): readonly LatencyBound[] => {
    if (total < RESPONSES_MIN || (1 - quantile) * total < ABOVE_MIN) return [];
    const stable = edgeAt(histogram, (1 - quantile) * total * (1 + ROUNDING));
    return [{ quantile, stable, canary: edgeFrom(stable * (1 + policy.margin)) }];
  });
  const own = policy.slowerThanMs === undefined ? [] : [edgeFrom(policy.slowerThanMs)];
  const all = [...bounds, ...own.map((edge) => ({ stable: edge, canary: edge }))];
  return { bounds: all, slow: all.map(() => NONE), worst: all.map(() => NONE), responses: NONE };
}

/** Adds the responses of a window. */
export function addSlow(step: StepLatency, stable: Histogram, canary: Histogram): StepLatency {
  const window = step.bounds.map((bound) => ({
    stable: responsesIn(stable, bound.stable),
    canary: responsesIn(canary, bound.canary),
  }));
  return {
    bounds: step.bounds,
    slow: window.map((slow, i) => plus(step.slow[i] ?? NONE, slow)),
    worst: window.map((slow, i) => (slow.canary > (step.worst[i]?.canary ?? 0) ? slow : (step.worst[i] ?? NONE))),
    responses: plus(step.responses, { stable: responsesIn(stable), canary: responsesIn(canary) }),
  };
}

/** Responses in buckets from an edge on. */
function responsesIn(histogram: Histogram, edge = 0): number {
  return histogram.reduce((sum, [bound, count]) => (bound >= edge ? sum + count : sum), 0);
}

/** The smallest edge that at most so many responses are above. */
function edgeAt(histogram: Histogram, above: number): number {
  let left = responsesIn(histogram);
  let edge = 0;
  for (const [bound, count] of histogram) {
    if (left <= above) break;
    left -= count;
    edge = bound + unitOf(bound);
  }
  return edge;
}

/** The smallest edge of a bucket that is not below a time. Envoy counts whole milliseconds. */
function edgeFrom(ms: number): number {
  const unit = unitOf(ms);
  return Math.ceil((ms / unit) * (1 - ROUNDING)) * unit;
}
