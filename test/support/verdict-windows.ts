import { BASELINE_STEP, foldWindow } from '../../functions/canary/verdict/fold-window.ts';
import { VERDICT_DEFAULTS, type VerdictPolicy } from '../../functions/canary/verdict/policy.ts';
import { openVerdict, type VerdictRecord } from '../../functions/canary/verdict/record.ts';
import type { VerdictWindow, WindowSums } from '../../functions/canary/verdict/window.ts';

/** The defaults with times not judged. */
export const ERRORS_ONLY: VerdictPolicy = { ...VERDICT_DEFAULTS, latency: undefined };
/** Shares of a tenth, a half and all. */
export const TENTH_FIRST: readonly number[] = [0.1, 0.5, 1];

/** What is told of a window: numbers of stable and of the canary. */
export interface Told {
  readonly step?: number;
  readonly responses: readonly [stable: number, canary: number];
  readonly bad?: readonly [stable: number, canary: number];
  readonly fallbacks?: number;
  readonly times?: readonly [stable: WindowSums['latency'], canary: WindowSums['latency']];
}

/** Windows of five seconds, one after another, of a plan. */
export function windowsOf(plan: readonly number[], told: readonly Told[]): readonly VerdictWindow[] {
  return told.map(({ step = 0, responses, bad = [0, 0], fallbacks = 0, times = [[], []] }, i) => ({
    from: i * 5_000,
    step,
    weight: step === BASELINE_STEP ? 0 : (plan[step] ?? 0),
    seconds: 5,
    stable: { responses: responses[0], bad: bad[0], latency: times[0] },
    canary: { responses: responses[1], bad: bad[1], latency: times[1], fallbacks },
  }));
}

/** A record with all of these windows. */
export function recordOf(
  told: readonly Told[],
  {
    policy = ERRORS_ONLY,
    plan = TENTH_FIRST,
  }: { readonly policy?: VerdictPolicy; readonly plan?: readonly number[] } = {},
): VerdictRecord {
  return windowsOf(plan, told).reduce(foldWindow, openVerdict(policy, plan));
}

/** The same window so many times. */
export function times(count: number, told: Told): readonly Told[] {
  return Array.from({ length: count }, () => told);
}
