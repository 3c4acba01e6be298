import type { Canary, CanaryTarget } from '../canary.ts';
import { iso } from '../stage-targets.ts';
import type { Moment } from './moment.ts';

/**
 * How long functions of a version that knows nothing of Envoy clusters with a fallback may still answer proxies in turn with
 * these, in milliseconds: a deployment, or its rollback, is over by then. What they answer takes such clusters away.
 */
export const UPGRADE_MS = 30 * 60_000;

/** Whether routes may lead to a target's Envoy clusters with a fallback. @param now milliseconds since the epoch */
export function hasFallback({ fallbackFrom }: CanaryTarget, now: number): boolean {
  return fallbackFrom !== undefined && Date.parse(fallbackFrom) <= now;
}

/**
 * Targets with a time for each of those that an older version made. The time leaves room for a deployment: it has perhaps
 * only begun when a canary is written. One that is replaced keeps what it has.
 */
export function withFallback(targets: readonly CanaryTarget[], moment: Moment): readonly CanaryTarget[] {
  if (!targets.some(isOlder)) return targets;
  return targets.map((target) => (isOlder(target) ? { ...target, fallbackFrom: afterUpgrade(moment) } : target));
}

/**
 * A new canary among the others of its Kubernetes cluster. Where one of them is of an older version, that version may still
 * be answering.
 */
export function amongOthers(canary: Canary, others: readonly Canary[], moment: Moment): Canary {
  if (!others.some(({ status }) => status.targets.some(({ fallbackFrom }) => fallbackFrom === undefined)))
    return canary;
  const targets = canary.status.targets.map((target) => ({ ...target, fallbackFrom: afterUpgrade(moment) }));
  return { ...canary, status: { ...canary.status, targets } };
}

function isOlder({ fallbackFrom, keepUntil }: CanaryTarget): boolean {
  return fallbackFrom === undefined && keepUntil === undefined;
}

function afterUpgrade({ now, times }: Moment): string {
  return iso(now + times.stageMs + UPGRADE_MS);
}
