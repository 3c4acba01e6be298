import { LOG_RISE_LIMIT, logRise } from './criteria/affinity.ts';
import { type Cell, logWorse } from './criteria/e-process.ts';
import { logLatency } from './criteria/latency-evidence.ts';
import type { VerdictRecord } from './record.ts';
import type { ProxyScale, ProxySteps } from './trust.ts';
import type { Trust, TrustedStep } from './trusted-steps.ts';
import type { Why } from './verdict.ts';
import { countOf } from './window.ts';

/** What stands in the way of a conviction. */
export interface Doubt {
  readonly why: Extract<Why, 'lone' | 'guard' | 'affinity'>;
  /** Of `lone`: the proxy that alone tells it, or of several the one that tells too much of it. */
  readonly proxy?: string;
  readonly isOneOfSeveral?: boolean;
  /** Of `lone`: it is about response times, of which it is not known which proxy told them. */
  readonly isOfTimes?: boolean;
}

/** What E must reach without the worst window, and without any one proxy; below it there is no suspicion. */
export const LOG_SUSPICION = Math.log(10);
/** Bad responses, and windows with such, below which no canary is convicted. */
export const BAD_MIN = 3;

/** Of what errors are suspected, and by how much of which proxies. */
export interface Suspected {
  readonly trust: Trust;
  readonly scaleOf: (index: number) => ProxyScale;
  readonly tolerance: number;
  readonly logErrors: number;
  readonly logWithoutCaps: number;
  readonly logLimit: number;
}

/** Whether few bad responses, or those of one window, make the evidence; with affinity, whether the Service fails as before. */
export function doubtOfErrors(record: VerdictRecord, isMadeByOneWindow: boolean): Doubt | undefined {
  const bad = record.steps.reduce((sum, step) => sum + step.bad.canary, 0);
  const windows = record.steps.reduce((sum, step) => sum + step.badWindows, 0);
  if (bad < BAD_MIN || windows < BAD_MIN || isMadeByOneWindow) return { why: 'guard' };
  return record.policy.sticky && logRise(record) < LOG_RISE_LIMIT ? { why: 'affinity' } : undefined;
}

/** The cells without the window that has the greatest weighed count of bad responses. */
export function withoutWorst({ worst }: VerdictRecord, trusted: readonly TrustedStep[]): readonly Cell[] {
  return trusted.map(({ most, kept }, j) => {
    if (worst?.step !== j) return most;
    const less = (all: number, window: number): number => Math.max(0, all - window);
    return { w: most.w, c: less(most.c, worst.canary * kept.canary), s: less(most.s, worst.stable * kept.stable) };
  });
}

/** One proxy without which nothing is left of the evidence, or which has most of it. One proxy in all is no such. */
export function loneTeller(
  proxies: readonly ProxySteps[],
  { trust, scaleOf, tolerance, logErrors, logWithoutCaps, logLimit }: Suspected,
): Doubt | undefined {
  if (logErrors < logLimit && logWithoutCaps >= logLimit) {
    return { why: 'lone', proxy: leastOf(proxies, (i) => scaleOf(i).bad).id, isOneOfSeveral: true };
  }
  const { id, value } = leastOf(proxies, (i) => {
    const others = trust.without(i);
    return logWorse(
      others.map(({ most }) => most),
      tolerance,
    );
  });
  return value < LOG_SUSPICION ? { why: 'lone', proxy: id } : undefined;
}

/**
 * The same of times, which are not known proxy by proxy: any one may have called all its responses of the canary slow, and
 * none of stable's. So a proxy with most of the responses cannot convict, nor can a small share of slow ones.
 */
export function loneTellerOfTimes(record: VerdictRecord, proxies: readonly ProxySteps[]): Doubt | undefined {
  const totals = record.steps.map((_, j) => proxies.reduce((sum, proxy) => sum + responsesOf(proxy, j), 0));
  const { id, value } = leastOf(proxies, (i) => {
    const proxy = proxies[i];
    const shares = totals.map((total, j) => (proxy === undefined ? 0 : responsesOf(proxy, j) / (total || 1)));
    return logLatency(record, { doubted: shares });
  });
  return value < LOG_SUSPICION ? { why: 'lone', proxy: id, isOfTimes: true } : undefined;
}

function responsesOf({ steps }: ProxySteps, step: number): number {
  return countOf(steps[step]?.nc ?? 0);
}

function leastOf(
  proxies: readonly ProxySteps[],
  valueAt: (index: number) => number,
): { readonly id: string; readonly value: number } {
  let least = { id: '', value: Number.POSITIVE_INFINITY };
  for (const [i, { id }] of proxies.entries()) {
    const value = valueAt(i);
    if (value < least.value) least = { id, value };
  }
  return least;
}
