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

/** When an answer of these functions changes next without a write, in milliseconds since the epoch; undefined for never. */
export function nextChange(canary: Canary, now: number): number | undefined {
  const isDeleted = canary.metadata.deletionTimestamp !== undefined;
  const times = canary.status.targets.flatMap((target) => [
    ...(isDeleted ? [] : [target.routesFrom, target.fallbackFrom ?? []].flat().map((time) => Date.parse(time))),
    endOf(target),
  ]);
  const { awaiting } = canary.status;
  // A clock that is ahead of ours may have set it.
  if (awaiting !== undefined) times.push(Date.parse(awaiting.since));
  const next = Math.min(...times.filter((time) => time > now));
  return Number.isFinite(next) ? next : undefined;
}

/**
 * When all that is written is served, in milliseconds since the epoch: `now`, or the last `routesFrom` that is to come.
 */
export function servedFrom(targets: readonly CanaryTarget[], now: number): number {
  return Math.max(now, ...targets.map(({ routesFrom }) => Date.parse(routesFrom)));
}

/**
 * The last version whose routes are served whole. While what is awaited is still being learned by the proxies that is one
 * before it: the routes of that time are the old ones, so a proxy that runs them has not followed.
 */
export function servedVersion({ metadata, status: { awaiting } }: Canary, now: number): string {
  if (awaiting === undefined || now >= Date.parse(awaiting.since)) return metadata.resourceVersion;
  return String(Number(awaiting.resourceVersion) - 1);
}

function endOf({ keepUntil }: CanaryTarget): number {
  return keepUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(keepUntil);
}
