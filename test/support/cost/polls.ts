import {
  IDLE_DEFAULT,
  MOVING_REFRESH_DEFAULT,
  REFRESH_DEFAULT,
  ROUTES_REFRESH_DEFAULT,
} from '../../../functions/template/discovery-endpoint.ts';
import { durationMs } from '../../../functions/template/parameter/types.ts';

/** How a fleet polls: polls of one proxy in a second, and what one of them moves over the network. */
export interface Polling {
  readonly perSecond: number;
  /** Request and answer, in bytes, with their part of TLS. */
  readonly bytes: number;
}

const secondsOf = (duration: string): number => durationMs(duration) / 1_000;
/** `refresh` of the cluster record: the polls of older sidecars for listeners and for Envoy clusters, in seconds. */
const REFRESH_SECONDS = secondsOf(REFRESH_DEFAULT);
/** Envoy waits the refresh and up to as much again by chance (`RestApiFetcher`), so one and a half times it on average. */
const JITTER = 1.5;
/** At rest a sidecar answers Envoy itself for `idle` and up to its tick of 6 s more, and lets one poll through: 60 to 66 s. */
const REST_SECONDS = secondsOf(IDLE_DEFAULT) + 3;
/** Off rest a sidecar lets each poll for routes through, every 2 s; those for the rest only when they have changed. */
const MOVING_SECONDS = secondsOf(MOVING_REFRESH_DEFAULT);

/** Assumed sizes in bytes. */
export const ASSUMED_BYTES = {
  /** The body as the sidecar cuts it (405), path, headers, and a ServiceAccount token (1,200). */
  request: 2_000,
  /** The figures of a release in the body of a poll: 1.0 to 1.3 KB. */
  figures: 1_300,
  /** A 304, with its headers. */
  answer: 400,
  /** A handshake of TLS with the certificates: a poll a minute may find its connection closed. */
  handshake: 6_000,
} as const;

/** A fleet of new sidecars while no release is on its way. */
export const AT_REST: Polling = {
  perSecond: 1 / REST_SECONDS,
  bytes: ASSUMED_BYTES.request + ASSUMED_BYTES.answer + ASSUMED_BYTES.handshake,
};
/** The same while one is. */
export const MOVING: Polling = {
  perSecond: 1 / MOVING_SECONDS,
  bytes: ASSUMED_BYTES.request + ASSUMED_BYTES.figures + ASSUMED_BYTES.answer,
};
/** Sidecars from before the pace, at a `routesRefresh` of 5 s, whatever happens. */
export const OLDER: Polling = {
  perSecond: 1 / (JITTER * secondsOf(ROUTES_REFRESH_DEFAULT)) + 2 / (JITTER * REFRESH_SECONDS),
  bytes: ASSUMED_BYTES.request + ASSUMED_BYTES.answer,
};
