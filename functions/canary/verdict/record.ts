import type { Intake } from './intake/intake.ts';
import { startIntake } from './intake/intake.ts';
import type { Histogram, StepLatency } from './intake/latency-bounds.ts';
import { STEPS_MAX, type VerdictPolicy } from './policy.ts';
import { NONE, type Pair } from './window.ts';

/** Sums of one step. */
export interface StepSums {
  readonly weight: number;
  readonly windows: number;
  readonly seconds: number;
  /** Windows in which the canary had bad responses. */
  readonly badWindows: number;
  /** The most bad responses of the canary in a window. */
  readonly worstBad: number;
  readonly responses: Pair;
  readonly bad: Pair;
  /** Bad responses, weighed window by window; see `intake.ts`. Never rounded: a replay gives the same bytes. */
  readonly weighed: Pair;
  readonly latency?: StepLatency | undefined;
}

/** Everything that the verdict of a release is made of; one JSON value, kept between looks. */
export interface VerdictRecord {
  readonly policy: VerdictPolicy;
  readonly baseline: { readonly seconds: number; readonly responses: number; readonly bad: number };
  /** One for each share of the plan. */
  readonly steps: readonly StepSums[];
  readonly intake: Intake;
  /** Of the window with the greatest weighed count of the canary's bad responses. */
  readonly worst?: (Pair & { readonly step: number }) | undefined;
  /** Stable's responses by time, of the baseline and all steps so far. */
  readonly histogram: Histogram;
  /** When the newest window that is in the sums begins, in milliseconds since the epoch; -1 for none. */
  readonly foldedUntil: number;
  /** The step of that window. */
  readonly foldedStep: number;
}

/**
 * The record of a release that begins: no evidence, E = 1.
 *
 * @param plan the canary's share in each step, rising, 0 to 1; throws RangeError for another
 */
export function openVerdict(policy: VerdictPolicy, plan: readonly number[]): VerdictRecord {
  if (!isPlan(plan)) throw new RangeError(`a plan has 1 to ${STEPS_MAX} rising shares above 0, at most 1: ${plan}`);
  return {
    policy,
    baseline: { seconds: 0, responses: 0, bad: 0 },
    steps: plan.map((weight) => ({
      weight,
      windows: 0,
      seconds: 0,
      badWindows: 0,
      worstBad: 0,
      responses: NONE,
      bad: NONE,
      weighed: NONE,
    })),
    intake: startIntake(),
    histogram: [],
    foldedUntil: -1,
    foldedStep: -1,
  };
}

/** Whether these are the shares of a plan. */
export function isPlan(shares: readonly number[]): boolean {
  const isRising = shares.every((share, i) => share > (shares[i - 1] ?? 0) && share <= 1);
  return shares.length > 0 && shares.length <= STEPS_MAX && isRising;
}
