import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type Check, own } from '../json/check.ts';
import type { Json } from '../json/json.ts';
import { durationMs, PARAMETER_TYPES } from './parameter/types.ts';

/** Where the proxies of a Kubernetes cluster ask for their configuration, and how often. */
export interface DiscoveryEndpoint {
  /** A DNS name or an IP address. */
  readonly host: string;
  readonly port: number;
  /** `system` for the image's own trust store, or certificates in PEM. */
  readonly ca: string;
  /**
   * Between polls for listeners and Envoy clusters, in seconds as protobuf's JSON writes them: `30s`, `1.5s`. Sidecars that
   * follow a pace are told of changes by the answers for routes.
   */
  readonly refresh: string;
  /** Between polls for routes, written alike, of sidecars that follow no pace. */
  readonly routesRefresh: string;
  /** The same of sidecars that follow a pace, while a release moves: `routesRefresh` where the record sets it. */
  readonly movingRefresh: string;
  /** Between polls of sidecars that follow a pace, written alike, while no release is begun: 1 s to 5 min. */
  readonly idle: string;
  /**
   * Values that `refresh` has had, at most `REFRESHES_MAX`: Pods poll as they were injected. Absent: nothing is known of
   * them, as in records of older versions.
   */
  readonly refreshes?: readonly string[];
}

/** The same for the expressions of templates, which cannot take a host apart. */
export interface DiscoveryContext extends Omit<DiscoveryEndpoint, 'refreshes' | 'idle' | 'movingRefresh'> {
  /** Whether `host` is an IP address: there is no SNI for one, and nothing to ask DNS for. */
  readonly isAddress: boolean;
  /** The host as it stands in a Host header: an IPv6 address in brackets. */
  readonly authority: string;
}

/** How often proxies ask for listeners and Envoy clusters where the record does not say. */
export const REFRESH_DEFAULT = '30s';
/** The same for routes. */
export const ROUTES_REFRESH_DEFAULT = '5s';
/** The same of sidecars that follow a pace, while a release moves. */
export const MOVING_REFRESH_DEFAULT = '2s';
/** How often these ask while no release is begun. */
export const IDLE_DEFAULT = '60s';
/** What a sidecar waits at most, whatever it is told (`infra/templates/envoy.yaml`). */
const IDLE_MS_MAX = 300_000;
const IDLE_MS_MIN = 1_000;
/** Former values of `refresh` that a record keeps; each one is a time that a Pod may hold releases up for. */
export const REFRESHES_MAX = 8;

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const PEM = /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n -]+$/;
/** Envoy takes 0 too, and then asks without a pause. */
const REFRESH_MS_MIN = 100;
/** A chain of a few certificates. */
const PEM_CHARACTERS_MAX = 16_384;

/** Reads `discovery` of a cluster record; undefined when absent. Fields of a newer version are passed over. */
export function parseDiscoveryEndpoint(check: Check, record: Json): DiscoveryEndpoint | undefined {
  const discovery = check.object(record, 'discovery', 'discovery');
  if (discovery === undefined) return undefined;
  const host = check.string(discovery, 'host', 'discovery.host');
  if (!HOST.test(host) && isIP(host) === 0) check.fault('discovery.host', 'must be a DNS name or an IP address');
  const ca = check.string(discovery, 'ca', 'discovery.ca', 'system');
  if (ca !== 'system' && !(ca.length <= PEM_CHARACTERS_MAX && PEM.test(ca))) {
    check.fault('discovery.ca', 'must be system, or certificates in PEM');
  }
  const routesRefresh = parseDuration(check, discovery, 'routesRefresh', ROUTES_REFRESH_DEFAULT);
  return {
    host,
    port: check.integer(discovery, 'port', 'discovery.port', { min: 1, max: 65_535, fallback: 443 }),
    ca,
    refresh: parseDuration(check, discovery, 'refresh', REFRESH_DEFAULT),
    routesRefresh,
    movingRefresh: own(discovery, 'routesRefresh') === undefined ? MOVING_REFRESH_DEFAULT : routesRefresh,
    idle: parseIdle(check, discovery),
    ...parseRefreshes(check, discovery),
  };
}

/** What templates are told about an endpoint. */
export function discoveryContextOf(endpoint: DiscoveryEndpoint): DiscoveryContext {
  const { refreshes: _, idle: __, movingRefresh: ___, ...rest } = endpoint;
  const { host } = rest;
  return { ...rest, isAddress: isV6(host) || isIPv4(host), authority: authorityOf(endpoint) };
}

/** The host of an endpoint as it stands in a Host header, and as its Envoy cluster is called in the bootstrap. */
export function authorityOf({ host }: Pick<DiscoveryEndpoint, 'host'>): string {
  return isV6(host) ? `[${host}]` : host;
}

/** Names are not even asked about: to make the pattern of IPv6 addresses takes several milliseconds of every INIT. */
function isV6(host: string): boolean {
  return host.includes(':') && isIPv6(host);
}

function parseRefreshes(check: Check, discovery: Json): Pick<DiscoveryEndpoint, 'refreshes'> {
  const list = own(discovery, 'refreshes');
  if (list === undefined) return {};
  if (!Array.isArray(list) || list.length > REFRESHES_MAX) {
    check.fault('discovery.refreshes', `must be a list of at most ${REFRESHES_MAX} durations`);
    return {};
  }
  return { refreshes: list.map((value: unknown, i) => readDuration(check, value, `refreshes[${i}]`, REFRESH_DEFAULT)) };
}

function parseIdle(check: Check, discovery: Json): string {
  const idle = parseDuration(check, discovery, 'idle', IDLE_DEFAULT);
  const ms = durationMs(idle);
  if (ms < IDLE_MS_MIN || ms > IDLE_MS_MAX) check.fault('discovery.idle', 'must be 1s to 5m');
  return idle;
}

function parseDuration(check: Check, discovery: Json, key: string, fallback: string): string {
  return readDuration(check, own(discovery, key) ?? fallback, key, fallback);
}

function readDuration(check: Check, value: unknown, key: string, fallback: string): string {
  const { read, noun } = PARAMETER_TYPES.duration;
  const ms = typeof value === 'string' && read(value) !== undefined ? durationMs(value) : 0;
  if (ms >= REFRESH_MS_MIN) return `${ms / 1_000}s`;
  check.fault(`discovery.${key}`, `must be ${noun}, and at least ${REFRESH_MS_MIN}ms`);
  return fallback;
}
