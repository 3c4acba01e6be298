import { isIP } from 'node:net';
import { type Check, own } from './check.ts';
import { PARAMETER_TYPES } from './parameter-types.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where the proxies of a Kubernetes cluster ask for their configuration, and how often. */
export interface DiscoveryEndpoint {
  /** A DNS name or an IP address. */
  readonly host: string;
  readonly port: number;
  /** `system` for the image's own trust store, or certificates in PEM. */
  readonly ca: string;
  /** Between polls for listeners and Envoy clusters, as a duration: `30s`. */
  readonly refresh: string;
  /** Between polls for routes, as a duration: how soon a weight takes effect. */
  readonly routesRefresh: string;
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const PEM = /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n -]+$/;
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
  return {
    host,
    port: check.integer(discovery, 'port', 'discovery.port', { min: 1, max: 65_535, fallback: 443 }),
    ca,
    refresh: parseDuration(check, discovery, 'refresh', '30s'),
    routesRefresh: parseDuration(check, discovery, 'routesRefresh', '5s'),
  };
}

function parseDuration(check: Check, discovery: Json, key: string, fallback: string): string {
  const value = own(discovery, key) ?? fallback;
  const { read, noun } = PARAMETER_TYPES.duration;
  if (typeof value === 'string' && read(value) !== undefined) return value;
  check.fault(`discovery.${key}`, `must be ${noun}`);
  return fallback;
}
