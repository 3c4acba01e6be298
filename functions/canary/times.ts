import {
  type DiscoveryEndpoint,
  IDLE_DEFAULT,
  MOVING_REFRESH_DEFAULT,
  REFRESH_DEFAULT,
  ROUTES_REFRESH_DEFAULT,
} from '../template/discovery-endpoint.ts';
import { durationMs } from '../template/parameter/types.ts';
import type { ReleasePace } from './release-pace.ts';

/** How long proxies need, in milliseconds. */
export interface ReleaseTimes {
  /** Until every proxy knows new listeners and Envoy clusters, or has forgotten old routes. */
  readonly stageMs: number;
  /** Until every proxy that lives has asked for its configuration once; absent where that is not known. */
  readonly askedMs?: number;
  /** Until every proxy that still polls has been seen with new routes, while a release is on its way. */
  readonly awaitMs: number;
  /** The same from rest on, when proxies ask seldom. */
  readonly awaitIdleMs: number;
}

/** Envoy waits up to twice the refresh between two polls (it adds a random part); this is for the poll itself. */
const STAGE_MARGIN_MS = 10_000;
/** Environments serve what was before for up to a second, and a poll takes up to 5 s. */
const ASKED_MARGIN_MS = 6_000;
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
type Refreshes = (Pick<DiscoveryEndpoint, 'refresh' | 'routesRefresh' | 'refreshes'> & Paces) | undefined;

/** Absent in what was made before sidecars followed a pace. */
type Paces = Partial<Pick<DiscoveryEndpoint, 'movingRefresh' | 'idle'>>;

/** What a pause is made longer or shorter by, so that a fleet does not ask in step. */
export const PAUSE_JITTER = 0.1;
/** Between two polls while a release holds, in milliseconds, unless proxies ask more often at rest. */
const HOLDING_MS = 5_000;
/** How often Envoy asks the sidecar's script for listeners and Envoy clusters at least (`infra/templates/envoy.yaml`). */
const TICK_MS = 6_000;
/** Of the refresh of a moving release: Envoy adds up to as much again, and within two refreshes every proxy has asked. */
const ROUTES_TICK_SHARE = 0.9;

/** Of the Kubernetes cluster with this record the pause of a pace between two polls for routes, in milliseconds; 0 for none. */
export function pauseMsOf(pace: ReleasePace, discovery: Paces | undefined): number {
  if (pace === 'moving') return 0;
  const idleMs = durationMs(discovery?.idle ?? IDLE_DEFAULT);
  return pace === 'idle' ? idleMs : Math.min(HOLDING_MS, idleMs);
}

/** How often Envoy asks the sidecar's script for routes, in milliseconds. */
export function routesTickMs(discovery: Paces | undefined): number {
  return ROUTES_TICK_SHARE * durationMs(discovery?.movingRefresh ?? MOVING_REFRESH_DEFAULT);
}

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
  const tick = routesTickMs(discovery);
  const [idleMs, holdingMs] = [longestPause('idle'), longestPause('holding')];
  // Envoy clusters are asked for at a tick, then listeners at their own; Envoy waits up to twice as long for each.
  const tickMs = 2 * Math.min(TICK_MS, refresh);
  const pacedMs = idleMs + 2 * tickMs;
  return {
    stageMs: Math.ceil(Math.max(2 * Math.max(refresh, routesRefresh, ...believed), pacedMs) + STAGE_MARGIN_MS),
    // Of the refreshes only those of sidecars that follow no pace, which are heard as long as there are any.
    askedMs: Math.ceil(Math.max(2 * Math.max(0, ...believed), idleMs + tickMs) + ASKED_MARGIN_MS),
    awaitMs: Math.ceil(awaitMsOf(Math.max(routesRefresh, holdingMs / 2 + tick))),
    awaitIdleMs: Math.ceil(awaitMsOf(Math.max(routesRefresh, idleMs / 2 + tick))),
  };

  function longestPause(pace: ReleasePace): number {
    return (1 + PAUSE_JITTER) * pauseMsOf(pace, discovery);
  }
}
