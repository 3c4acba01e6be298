import { isRecord } from '../../../json/faults.ts';
import { isCount } from './parse-counts.ts';
import { parseShort } from './parse-figures.ts';
import { partKey } from './target-name.ts';

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

type Numbers = { -readonly [K in keyof TrackHosts]: number };
interface Found {
  readonly stable: Numbers;
  readonly canary: Numbers;
}

/** What stands behind the bar of a key. */
const PLACES: ReadonlyMap<string, { readonly track: keyof Found; readonly of: keyof Numbers }> = new Map([
  ['stable-only.healthy', { track: 'stable', of: 'healthy' }],
  ['stable-only.total', { track: 'stable', of: 'total' }],
  ['canary-only.healthy', { track: 'canary', of: 'healthy' }],
  ['canary-only.total', { track: 'canary', of: 'total' }],
]);

/** Reads `hosts`; never throws, and keeps nothing of the text. What cannot be is left out. */
export function parseHosts(text: string): PollHosts {
  const value = parseShort(text);
  if (!isRecord(value)) return new Map();
  const found = new Map<string, Found>();
  for (const key of Object.keys(value)) {
    const count = value[key];
    const parts = partKey(key);
    const place = parts === undefined ? undefined : PLACES.get(parts.statistic);
    if (parts === undefined || place === undefined || !isCount(count)) continue;
    const hosts = found.get(parts.target) ?? newTarget(found, parts.target);
    if (hosts === undefined) break;
    hosts[place.track][place.of] = count;
  }
  for (const [target, { stable, canary }] of found) if (!canBe(stable) || !canBe(canary)) found.delete(target);
  return found;
}

/** A number that is never told stays NaN. Undefined where there is no room. */
function newTarget(found: Map<string, Found>, target: string): Found | undefined {
  if (found.size >= HOSTS_TARGETS_MAX) return undefined;
  const untold = Number.NaN;
  const hosts = { stable: { healthy: untold, total: untold }, canary: { healthy: untold, total: untold } };
  found.set(target, hosts);
  return hosts;
}

function canBe({ healthy, total }: Numbers): boolean {
  return healthy <= total;
}
