import { isRecord } from '../../../json/faults.ts';
import { isCount } from './parse-counts.ts';
import { parseShort } from './parse-figures.ts';

/** The hosts of one track, as a proxy's Envoy found them. */
export interface TrackHosts {
  readonly healthy: number;
  readonly total: number;
}

/** The hosts of both tracks. */
export interface BackendHosts {
  readonly stable: TrackHosts;
  readonly canary: TrackHosts;
}

/** The field `hosts` of a poll, by the target's name, `shop/cart/8080/r1`. */
export type PollHosts = ReadonlyMap<string, BackendHosts>;

/** Targets that a proxy is asked about at a time. */
export const HOSTS_TARGETS_MAX = 20;

const KEY = /^([a-z0-9-]{1,63}\/[a-z0-9-]{1,63}\/\d{1,5}\/r\d{1,7})\|(stable|canary)-only\.(healthy|total)$/;

/** Reads `hosts`; never throws, and keeps nothing of the text. What cannot be is left out. */
export function parseHosts(text: string): PollHosts {
  const value = parseShort(text);
  const found = new Map<string, Map<string, number>>();
  for (const [key, count] of isRecord(value) ? Object.entries(value) : []) {
    const [, target, track, kind] = KEY.exec(key) ?? [];
    if (target === undefined || !isCount(count)) continue;
    const counts = found.get(target) ?? new Map<string, number>();
    if (found.size >= HOSTS_TARGETS_MAX && !found.has(target)) break;
    found.set(target, counts.set(`${track} ${kind}`, count));
  }
  const hosts = new Map<string, BackendHosts>();
  for (const [target, counts] of found) {
    const [stable, canary] = [trackOf(counts, 'stable'), trackOf(counts, 'canary')];
    if (stable !== undefined && canary !== undefined) hosts.set(target, { stable, canary });
  }
  return hosts;
}

function trackOf(counts: ReadonlyMap<string, number>, track: string): TrackHosts | undefined {
  const [healthy, total] = [counts.get(`${track} healthy`), counts.get(`${track} total`)];
  return healthy === undefined || total === undefined || healthy > total ? undefined : { healthy, total };
}
