import type { Canary, CanaryTarget } from './canary.ts';

/**
 * The target that routes lead to: the newest whose `routesFrom` has come. Undefined while the first is still being
 * learned by the proxies, and from the deletion on. A target that was replaced before it served has `routesFrom` and
 * `keepUntil` alike, so that its turn never comes.
 *
 * @param now milliseconds since the epoch
 */
export function servedTarget(canary: Canary, now: number): CanaryTarget | undefined {
  if (canary.metadata.deletionTimestamp !== undefined) return undefined;
  return liveTargets(canary, now).findLast((target) => Date.parse(target.routesFrom) <= now);
}

/** Every target whose listener and Envoy clusters must be served, oldest first: those not past their `keepUntil`. */
export function liveTargets(canary: Canary, now: number): readonly CanaryTarget[] {
  return canary.status.targets.filter((target) => now < endOf(target));
}

/** When an answer of the two above changes next without a write, in milliseconds since the epoch; undefined for never. */
export function nextChange(canary: Canary, now: number): number | undefined {
  const isDeleted = canary.metadata.deletionTimestamp !== undefined;
  const times = canary.status.targets.flatMap((target) => [
    ...(isDeleted ? [] : [Date.parse(target.routesFrom)]),
    endOf(target),
  ]);
  const next = Math.min(...times.filter((time) => time > now));
  return Number.isFinite(next) ? next : undefined;
}

function endOf({ keepUntil }: CanaryTarget): number {
  return keepUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(keepUntil);
}
