import { type Cell, logSumExp, logWorse } from './criteria/e-process.ts';
import { logLatency } from './criteria/latency-evidence.ts';
import { type Doubt, doubtOfErrors, LOG_SUSPICION, loneTeller, loneTellerOfTimes, withoutWorst } from './doubts.ts';
import { STICKY_TOLERANCE_MIN, type VerdictPolicy } from './policy.ts';
import type { VerdictRecord } from './record.ts';
import { capsOf, type ProxySteps, uncapped } from './trust.ts';
import { type Trust, trustOf } from './trusted-steps.ts';

/** How both criteria weigh where both are judged. A mean of two E is an E: one guarantee holds for both. */
export const CRITERIA_WEIGHTS = { errors: 0.6, latency: 0.4 };

/** All that is known about a release at a moment. */
export interface Evidence {
  readonly trust: Trust;
  readonly cells: readonly Cell[];
  /** 1/α, as a logarithm. */
  readonly logLimit: number;
  /** Of both criteria, without regard to doubts. */
  readonly logE: number;
  readonly logErrors: number;
  readonly logLatency: number;
  /** Of both criteria, as far as they are not in doubt. */
  readonly logSound: number;
  readonly doubts: { readonly errors: Doubt | undefined; readonly latency: Doubt | undefined };
  /** No step ends early at `LOG_SUSPICION` or above. */
  readonly logSuspicion: number;
}

/** Weighs everything that was folded, and what single proxies tell; `proxies` is empty where there is one, or none is known. */
export function weigh(record: VerdictRecord, proxies: readonly ProxySteps[]): Evidence {
  const { policy } = record;
  const tolerance = toleranceOf(policy);
  const logLimit = -Math.log1p(-policy.confidence);
  const scaleOf = proxies.length === 0 ? uncapped : capsOf(proxies);
  const trust = trustOf(record, proxies, scaleOf);
  const cells = trust.steps.map(({ most }) => most);
  const logErrors = logWorse(cells, tolerance);
  const logWithoutCaps = proxies.length === 0 ? logErrors : logOfAll(record, proxies, tolerance);
  const logWithoutWorst = logWorse(withoutWorst(record, trust.steps), tolerance);
  const slower = logLatency(record);
  const slowerWithoutWorst = logLatency(record, { isWithoutWorst: true });
  const logE = combined(policy, logErrors, slower);

  // Little evidence convicts in no way, and is no matter for doubts.
  const isNear = (log: number): boolean => Math.max(log, logE) >= logLimit && log >= LOG_SUSPICION;
  const lone =
    proxies.length > 0 && isNear(Math.max(logErrors, logWithoutCaps))
      ? loneTeller(proxies, { trust, scaleOf, tolerance, logErrors, logWithoutCaps, logLimit })
      : undefined;
  const errors = lone ?? doubtOfErrors(record, isNear(logErrors) && logWithoutWorst < LOG_SUSPICION);
  const latency = isNear(slower) ? doubtOfTimes(record, proxies, slowerWithoutWorst) : undefined;
  const logOfErrors = lone === undefined ? Math.min(logErrors, logWithoutWorst) : Math.max(logErrors, logWithoutCaps);
  const logOfTimes = latency?.why === 'lone' ? slower : Math.min(slower, slowerWithoutWorst);
  return {
    trust,
    cells,
    logLimit,
    logE,
    logErrors,
    logLatency: slower,
    logSound: combined(policy, sound(errors, logErrors), sound(latency, slower)),
    doubts: { errors, latency },
    logSuspicion: Math.max(logOfErrors, logOfTimes),
  };
}

/** How many times as bad as stable a good canary may be. */
export function toleranceOf({ sticky, errors }: VerdictPolicy): number {
  return sticky ? Math.max(STICKY_TOLERANCE_MIN, errors.tolerance) : errors.tolerance;
}

function logOfAll(record: VerdictRecord, proxies: readonly ProxySteps[], tolerance: number): number {
  return logWorse(
    trustOf(record, proxies, uncapped).steps.map(({ most }) => most),
    tolerance,
  );
}

function doubtOfTimes(
  record: VerdictRecord,
  proxies: readonly ProxySteps[],
  slowerWithoutWorst: number,
): Doubt | undefined {
  if (slowerWithoutWorst < LOG_SUSPICION) return { why: 'guard' };
  return proxies.length === 0 ? undefined : loneTellerOfTimes(record, proxies);
}

/** What is in doubt does not convict: E = 0. */
function sound(doubt: Doubt | undefined, log: number): number {
  return doubt === undefined ? log : Number.NEGATIVE_INFINITY;
}

function combined({ latency }: VerdictPolicy, logErrors: number, slower: number): number {
  if (latency === undefined) return logErrors;
  return logSumExp([Math.log(CRITERIA_WEIGHTS.errors) + logErrors, Math.log(CRITERIA_WEIGHTS.latency) + slower]);
}
