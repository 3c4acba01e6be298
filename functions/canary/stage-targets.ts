import { isDeepStrictEqual } from 'node:util';
import type { CanarySpec, CanaryTarget } from './canary.ts';
import { readersOf } from './export-to.ts';

/** The served one, the one before and the one being staged: more would be learned and forgotten by every proxy. */
const TARGETS_MAX = 3;

/** The targets after a change, or when there will be room for one more. */
export type Staged = { readonly targets: readonly CanaryTarget[] } | { readonly roomAt: number };

/** How long proxies need to learn a target, and to ask once: see `ReleaseTimes`. */
interface StageTimes {
  readonly stageMs: number;
  readonly askedMs?: number;
}

/** The target of a new canary: routes may lead to it once every proxy knows it. */
export function firstTargets(spec: CanarySpec, now: number, times: StageTimes): readonly CanaryTarget[] {
  const target = targetOf(spec, 1, now, times);
  return [{ ...target, fallbackFrom: target.routesFrom }];
}

/**
 * The targets after a new spec. The same Service, backends and readers stay as they are; others are staged as the next
 * revision (proxies that see it no longer must lose the routes before the Envoy clusters, as others learn them), under Envoy cluster names of its own. A revision that was still being staged never serves (`routesFrom` is its
 * `keepUntil`), but stays known: routes to it may have been served by a clock that is ahead.
 *
 * @param live those that are not past their `keepUntil`, oldest first, at least one
 */
export function stageTargets(live: readonly CanaryTarget[], spec: CanarySpec, now: number, times: StageTimes): Staged {
  const { stageMs } = times;
  const newest = live.at(-1);
  if (newest !== undefined && isDeepStrictEqual(partsOf(newest), partsOf(spec))) return { targets: live };
  if (live.length >= TARGETS_MAX) {
    return { roomAt: Math.min(...live.flatMap((t) => (t.keepUntil === undefined ? [] : [Date.parse(t.keepUntil)]))) };
  }
  const routesFrom = iso(now + stageMs);
  const isWaiting = (target: CanaryTarget): boolean => Date.parse(target.routesFrom) > now;
  const served = live.findLast((target) => !isWaiting(target));
  const before = live.map((target) => {
    if (target === served) return { ...target, keepUntil: iso(now + 2 * stageMs) };
    return isWaiting(target) && target.keepUntil === undefined
      ? { ...target, routesFrom, keepUntil: routesFrom }
      : target;
  });
  const next = targetOf(spec, (newest?.revision ?? 0) + 1, now, times);
  const since = newest?.fallbackFrom;
  // Whatever its predecessor waits for holds for it too.
  const fallback = since === undefined ? {} : { fallbackFrom: iso(Math.max(Date.parse(since), now + stageMs)) };
  return { targets: [...before, { ...next, ...fallback }] };
}

/** The targets of a deleted canary: known until every proxy has forgotten the routes, which it loses now. */
export function endTargets(live: readonly CanaryTarget[], now: number, stageMs: number): readonly CanaryTarget[] {
  return live.map((target) => ({ ...target, keepUntil: iso(now + stageMs) }));
}

function targetOf(
  { service, backends, exportTo }: CanarySpec,
  revision: number,
  now: number,
  { stageMs, askedMs = stageMs }: StageTimes,
): CanaryTarget {
  const learning = askedMs < stageMs ? { learning: { since: iso(now), askedBy: iso(now + askedMs) } } : {};
  return { revision, service, backends, exportTo, routesFrom: iso(now + stageMs), ...learning };
}

/** What makes two targets one. */
function partsOf({ service, backends, exportTo }: CanaryTarget | CanarySpec): readonly unknown[] {
  return [service, backends, readersOf(exportTo)];
}

/** RFC 3339 with milliseconds. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}
