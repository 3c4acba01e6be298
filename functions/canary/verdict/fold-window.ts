import { type Intake, learned, refreshed, weightOf } from './intake/intake.ts';
import { addSlow, addTimes, frozenLatency, type StepLatency } from './intake/latency-bounds.ts';
import type { StepSums, VerdictRecord } from './record.ts';
import { countOf, plus, type VerdictWindow, type WindowSums } from './window.ts';

/** The step of the baseline. */
export const BASELINE_STEP = -1;
/** Weights that are closer are one: 0.07 has no exact value. */
const WEIGHT_TOLERANCE = 1e-9;
/** Fallbacks are of other Pods, and so are their times: above this share a window's times tell nothing of the canary. */
const FALLBACKS_MAX = 0.01;
/** Windows at the beginning of a step whose times are passed over: histograms lag counters by one (`stats_flush_interval`). */
const LATENCY_SKIPPED_WINDOWS = 1;

/**
 * Adds a window to the sums, once: the record comes back as it is for a window that is not newer than the last one, by
 * (from, step), and for one of an earlier step. A lost window costs power and never validity.
 *
 * Counts that cannot be are made such that can. Throws RangeError for a window that is not of the record's plan.
 */
export function foldWindow(record: VerdictRecord, window: VerdictWindow): VerdictRecord {
  const sums = record.steps[window.step];
  if (window.step !== BASELINE_STEP && sums === undefined) {
    throw new RangeError(`a window is of step ${window.step}; the plan has ${record.steps.length}`);
  }
  const weight = sums?.weight ?? 0;
  if (!(Math.abs(window.weight - weight) <= WEIGHT_TOLERANCE) || !Number.isSafeInteger(window.from)) {
    throw new RangeError(
      `a window of step ${window.step} has weight ${window.weight} and time ${window.from}, not ${weight} and whole milliseconds`,
    );
  }
  if (!isNewer(record, window)) return record;
  const clean = { ...window, seconds: countOf(window.seconds), stable: possible(window.stable) };
  const canary = { ...possible(window.canary), fallbacks: countOf(window.canary.fallbacks) };
  const folded = sums === undefined ? foldBaseline(record, clean) : foldStep(record, sums, { ...clean, canary });
  const times = record.policy.latency === undefined ? [] : addTimes(record.histogram, clean.stable.latency);
  return { ...folded, histogram: times, foldedUntil: window.from, foldedStep: window.step };
}

function isNewer({ foldedUntil, foldedStep }: VerdictRecord, { from, step }: VerdictWindow): boolean {
  return step >= foldedStep && (from > foldedUntil || (from === foldedUntil && step > foldedStep));
}

function foldBaseline(record: VerdictRecord, { stable, seconds }: VerdictWindow): VerdictRecord {
  const { baseline, intake } = record;
  return {
    ...record,
    baseline: {
      seconds: baseline.seconds + seconds,
      responses: baseline.responses + stable.responses,
      bad: baseline.bad + stable.bad,
    },
    intake: learned(intake, stable.bad, stable.responses),
  };
}

function foldStep(record: VerdictRecord, sums: StepSums, window: VerdictWindow): VerdictRecord {
  const { stable, canary, step } = window;
  const intake = refreshed(record.intake, sums.windows);
  const factor = weightOf(intake, stable.bad + canary.bad);
  const weighed = { stable: factor * stable.bad, canary: factor * canary.bad };
  const isWorst = weighed.canary > (record.worst?.canary ?? 0);
  const next: StepSums = {
    ...sums,
    windows: sums.windows + 1,
    seconds: sums.seconds + window.seconds,
    badWindows: sums.badWindows + (canary.bad > 0 ? 1 : 0),
    worstBad: Math.max(sums.worstBad, canary.bad),
    responses: plus(sums.responses, { stable: stable.responses, canary: canary.responses }),
    bad: plus(sums.bad, { stable: stable.bad, canary: canary.bad }),
    weighed: plus(sums.weighed, weighed),
    ...latencyOf(record, sums, window),
  };
  return {
    ...record,
    steps: record.steps.with(step, next),
    intake: learnedFrom(intake, sums, window),
    ...(isWorst ? { worst: { ...weighed, step } } : {}),
  };
}

/** Stable teaches how bad responses come; where it has no requests any more, the canary does, for the rule of the bake. */
function learnedFrom(intake: Intake, { weight, windows }: StepSums, { stable, canary }: VerdictWindow): Intake {
  if (weight < 1) return learned(intake, stable.bad, stable.responses);
  const { last, ...rest } = intake;
  return learned(windows === 0 || last === undefined ? rest : intake, canary.bad, canary.responses);
}

function latencyOf(
  { policy, histogram }: VerdictRecord,
  sums: StepSums,
  { stable, canary }: VerdictWindow,
): { readonly latency?: StepLatency } {
  if (policy.latency === undefined) return {};
  const latency = sums.latency ?? frozenLatency(histogram, policy.latency);
  const isPassedOver = sums.windows < LATENCY_SKIPPED_WINDOWS || canary.fallbacks > FALLBACKS_MAX * canary.responses;
  return {
    latency: isPassedOver ? latency : addSlow(latency, addTimes([], stable.latency), addTimes([], canary.latency)),
  };
}

/** A window's counts as they can be: a bad response is a response, though it never came. */
function possible({ responses, bad, latency }: WindowSums): WindowSums {
  const clean = countOf(bad);
  const times = latency.filter(([bound, count]) => bound >= 0 && count > 0);
  return {
    responses: Math.max(countOf(responses), clean),
    bad: clean,
    latency: times.map(([bound, count]) => [bound, countOf(count)] as const),
  };
}
