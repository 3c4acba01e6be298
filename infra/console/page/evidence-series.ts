import { placeIn } from '../../../functions/advance/step/place-in.ts';
import type { Canary } from '../../../functions/canary/canary.ts';
import { planOf } from '../../../functions/canary/steps/release.ts';
import { verdictPolicyOf } from '../../../functions/canary/steps/verdict-policy.ts';
import { ratioAtLeast, ratioAtMost } from '../../../functions/canary/verdict/criteria/e-process.ts';
import { weigh } from '../../../functions/canary/verdict/evidence.ts';
import { foldWindow } from '../../../functions/canary/verdict/fold-window.ts';
import { isPlan, openVerdict, type VerdictRecord } from '../../../functions/canary/verdict/record.ts';
import type { EvidenceWindow, WindowTrack } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { badOf } from '../../../functions/traffic/evidence/sums/findings.ts';

/** A point of a chart; null: nothing is known there. */
export type Value = number | null;

/** How many times as bad as stable the canary is, and how sure that is. All logarithms are decimal. */
export interface EvidenceSeries {
  readonly ratio: readonly Value[];
  readonly low: readonly Value[];
  readonly high: readonly Value[];
  readonly logE: readonly Value[];
  readonly logLimit: number;
}

/** The length of a window. */
export const WINDOW_SECONDS = 5;
/** Of a ratio on a chart, as a decimal logarithm: what is beyond is drawn at the edge. */
export const RATIO_LOG_MAX = 2;
const LOG_E_MIN = -2;

/**
 * The verdict's own arithmetic on the windows, one after the other: without the checks of single proxies against each other, which
 * the windows do not tell. One value for each moment; undefined where no release judges.
 */
export function evidenceOf(canary: Canary, windows: readonly EvidenceWindow[]): EvidenceSeries | undefined {
  const { release } = canary.status;
  const plan = release === undefined ? [] : planOf(release.steps);
  if (release === undefined || !isPlan(plan)) return undefined;
  const series = { ratio: [] as Value[], low: [] as Value[], high: [] as Value[], logE: [] as Value[] };
  let record = openVerdict(verdictPolicyOf(release, canary.spec), plan);
  let logLimit = weigh(record, []).logLimit;
  for (const window of windows) {
    const folded = fold(record, canary, window);
    const point = folded === record ? undefined : pointOf(folded);
    record = folded;
    logLimit = point?.logLimit ?? logLimit;
    for (const name of ['ratio', 'low', 'high', 'logE'] as const) series[name].push(point?.[name] ?? null);
  }
  return lastOfEach({ ...series, logLimit: logLimit / Math.LN10 }, windows);
}

/** The evidence behind the last window of each moment that told anything. */
function lastOfEach(series: EvidenceSeries, windows: readonly EvidenceWindow[]): EvidenceSeries {
  const moments = [...Map.groupBy(windows.keys(), (i) => windows[i]?.from).values()];
  const last = (values: readonly Value[]): readonly Value[] =>
    moments.map((all) => all.map((i) => values[i] ?? null).findLast((value) => value !== null) ?? null);
  const { ratio, low, high, logE, logLimit } = series;
  return { ratio: last(ratio), low: last(low), high: last(high), logE: last(logE), logLimit };
}

/** The record with a window in it; as it was where the window is of no weight of the release, or was not confirmed. */
function fold(record: VerdictRecord, { spec, status: { release } }: Canary, window: EvidenceWindow): VerdictRecord {
  const found = release === undefined ? undefined : placeIn(release, window);
  const from = Date.parse(window.from);
  if (found?.confirmedAt === undefined || from < found.confirmedAt) return record;
  const { stable, canary } = window.tracks;
  const sums = (track: WindowTrack) => ({ responses: track.responses, bad: badOf(track), latency: track.latency });
  return foldWindow(record, {
    from,
    step: found.place,
    weight: window.weights.canary / spec.totalWeight,
    seconds: WINDOW_SECONDS,
    stable: sums(stable),
    canary: { ...sums(canary), fallbacks: canary.fallbacks },
  });
}

function pointOf(
  record: VerdictRecord,
): Readonly<Record<'ratio' | 'low' | 'high' | 'logE' | 'logLimit', number>> | undefined {
  if (record.foldedStep < 0) return undefined;
  const { cells, logE, logLimit } = weigh(record, []);
  const cell = cells[record.foldedStep] ?? { w: 0, c: 0, s: 0 };
  const odds = cell.w / (1 - cell.w);
  const ratio = cell.s > 0 && odds > 0 ? cell.c / cell.s / odds : cell.c > 0 ? Number.POSITIVE_INFINITY : 1;
  return {
    ratio: clamped(ratio),
    low: clamped(ratioAtLeast(cells, logLimit)),
    high: clamped(ratioAtMost(cell, logLimit)),
    logE: Math.max(LOG_E_MIN, logE / Math.LN10),
    logLimit,
  };
}

function clamped(ratio: number): number {
  return Math.min(RATIO_LOG_MAX, Math.max(-RATIO_LOG_MAX, Math.log10(ratio)));
}
