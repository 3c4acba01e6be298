import { type DiscoveryEndpoint, REFRESH_DEFAULT, ROUTES_REFRESH_DEFAULT } from '../template/discovery-endpoint.ts';
import { durationMs } from '../template/parameter/types.ts';

/** How long proxies need, in milliseconds. */
export interface ReleaseTimes {
  /** Until every proxy knows new listeners and Envoy clusters, or has forgotten old routes. */
  readonly stageMs: number;
  /** Until every proxy that still polls has been seen with new routes. */
  readonly awaitMs: number;
}

/** Envoy waits up to twice the refresh between two polls (it adds a random part); this is for the poll itself. */
const STAGE_MARGIN_MS = 10_000;
/** A proxy is confirmed within four refreshes and 5 s; after half a minute more no proxy is reported any longer. */
const AWAIT_MARGIN_MS = 5_000 + 30_000;
/** Refreshes within which a proxy is confirmed. */
const AWAIT_REFRESHES = 4;

/** Until every proxy that polls for routes with this refresh has been seen with new ones; both in milliseconds. */
export function awaitMsOf(routesRefreshMs: number): number {
  return AWAIT_REFRESHES * routesRefreshMs + AWAIT_MARGIN_MS;
}

/** The inverse: the refresh for routes from which a wait was made; 0 where it is shorter than any wait. */
export function routesRefreshMsOf(awaitMs: number): number {
  return Math.max(0, (awaitMs - AWAIT_MARGIN_MS) / AWAIT_REFRESHES);
}

/** What `releaseTimes` reads of a record; undefined where it does not say where proxies ask. */
type Refreshes = Pick<DiscoveryEndpoint, 'refresh' | 'routesRefresh' | 'refreshes'> | undefined;

/**
 * What Pods may say that they poll with, in milliseconds: the refresh of the record, and those that it had. Where the
 * record keeps none of these, as before it had a list, the default counts, with which most Pods were made.
 */
export function knownRefreshes(discovery: Refreshes): readonly number[] {
  const { refresh = REFRESH_DEFAULT, refreshes = [REFRESH_DEFAULT] } = discovery ?? {};
  return [refresh, ...refreshes].map(durationMs);
}

/**
 * The times that follow from how often the proxies of a Kubernetes cluster poll. Routes may be asked for less often than
 * Envoy clusters, and these must not go before them.
 *
 * @param heard the longest refresh that running proxies poll with, in milliseconds: theirs is that of the record when they
 *   were born; the one for routes comes with the listeners, hence from the record of now. It counts as the longest of
 *   `knownRefreshes` that is not longer: the store may hold what a Pod made up while an older version believed it
 */
export function releaseTimes(discovery: Refreshes, heard = 0): ReleaseTimes {
  const refresh = durationMs(discovery?.refresh ?? REFRESH_DEFAULT);
  const routesRefresh = durationMs(discovery?.routesRefresh ?? ROUTES_REFRESH_DEFAULT);
  const believed = knownRefreshes(discovery).filter((ms) => ms <= heard);
  return {
    stageMs: 2 * Math.max(refresh, routesRefresh, ...believed) + STAGE_MARGIN_MS,
    awaitMs: awaitMsOf(routesRefresh),
  };
}
