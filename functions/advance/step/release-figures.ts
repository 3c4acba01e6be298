import type { Canary, Release } from '../../canary/canary.ts';
import { planIndexOf } from '../../canary/steps/release.ts';
import type { ReleaseRecord } from '../../canary/steps/release-record.ts';
import type { CanaryKey } from '../../canary/store.ts';
import type { Verdict } from '../../canary/verdict/verdict.ts';
import { releaseLooked, releaseShareMeasured } from '../../events.ts';
import type { Log } from '../../log.ts';
import { WINDOW_MS } from '../../traffic/evidence/canary-evidence.ts';

/** Where a running release stands, in numbers for metrics. */
export interface ReleaseFigures {
  /** The canary's share in percent as it is set, and as all proxies are known to run it. */
  readonly weightSet: number;
  readonly weightServed: number;
  /** What of the responses of the step were the canary's, in percent, and how many there are; absent where there are none. */
  readonly measured?: { readonly weightMeasured: number; readonly responses: number };
  /** The logarithm of E to base 10; 0 without evidence. */
  readonly log10E: number;
  /** Seconds since the end of the newest window that is in the verdict. */
  readonly evidenceLag: number;
  /** Seconds since the step began. */
  readonly stepTime: number;
}

/** The figures of a look. @param now milliseconds since the epoch */
export function figuresOf(
  { spec: { totalWeight }, status: { weights } }: Canary,
  { steps, taken, stepStartedAt }: Release,
  { verdict: { steps: sums }, windowsUntil }: Pick<ReleaseRecord, 'verdict' | 'windowsUntil'>,
  verdict: Pick<Verdict, 'logE'> | undefined,
  now: number,
): ReleaseFigures {
  const percent = (weight: number): number => (100 * weight) / totalWeight;
  const served = taken.findLast(({ confirmedAt }) => confirmedAt !== undefined);
  const { canary = 0, stable = 0 } = sums[planIndexOf(steps, taken.at(-1)?.step ?? -1)]?.responses ?? {};
  const responses = canary + stable;
  const measured = responses === 0 ? {} : { measured: { weightMeasured: (100 * canary) / responses, responses } };
  return {
    weightSet: percent(weights.canary),
    weightServed: percent(served?.weight ?? 0),
    ...measured,
    log10E: (verdict?.logE ?? 0) / Math.LN10,
    evidenceLag: secondsSince(windowsUntil + WINDOW_MS, now),
    stepTime: secondsSince(Date.parse(stepStartedAt), now),
  };
}

/** Logs the figures of a look, which are metrics. */
export function logFigures(log: Log, key: CanaryKey, { measured, ...figures }: ReleaseFigures): void {
  log(releaseLooked, { ...key, ...figures });
  if (measured !== undefined) log(releaseShareMeasured, { ...key, ...measured });
}

/** Not below 0: clocks of two functions differ. */
function secondsSince(time: number, now: number): number {
  return Math.max(0, Math.round((now - time) / 1_000));
}
