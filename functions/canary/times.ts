import { type DiscoveryEndpoint, REFRESH_DEFAULT, ROUTES_REFRESH_DEFAULT } from '../template/discovery-endpoint.ts';
import { durationMs } from '../template/parameter-types.ts';

/** How long proxies need, in milliseconds. */
export interface ReleaseTimes {
  /** Until every proxy knows new listeners and Envoy clusters, or has forgotten old routes. */
  readonly stageMs: number;
  /** Until every proxy that still polls has been seen with new routes. */
  readonly awaitMs: number;
}

/** Envoy waits up to twice the refresh between two polls (it adds a random part); this is for the poll itself. */
const STAGE_MARGIN_MS = 10_000;
/** A proxy is confirmed within four refreshes and 5 s; after half a minute more nobody reports any longer. */
const AWAIT_MARGIN_MS = 5_000 + 30_000;

/**
 * The times that follow from how often the proxies of a Kubernetes cluster poll. Routes may be asked for less often than
 * Envoy clusters, and these must not go before them.
 *
 * @param heard the longest refresh that running proxies poll with, in milliseconds: theirs is that of the record when they
 *   were born; the one for routes comes with the listeners, hence from the record of now
 */
export function releaseTimes(
  discovery: Pick<DiscoveryEndpoint, 'refresh' | 'routesRefresh'> | undefined,
  heard = 0,
): ReleaseTimes {
  const refresh = durationMs(discovery?.refresh ?? REFRESH_DEFAULT);
  const routesRefresh = durationMs(discovery?.routesRefresh ?? ROUTES_REFRESH_DEFAULT);
  return {
    stageMs: 2 * Math.max(refresh, routesRefresh, heard) + STAGE_MARGIN_MS,
    awaitMs: 4 * routesRefresh + AWAIT_MARGIN_MS,
  };
}
