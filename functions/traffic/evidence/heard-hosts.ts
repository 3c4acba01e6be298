import type { HeardHosts, HostsRow } from '../../canary/evidence/evidence-store.ts';
import { putNewest } from '../../http/bounded-map.ts';
import type { BackendHosts } from './parse/parse-hosts.ts';

/** What an environment heard of the hosts of targets. */
export interface HostsMemory {
  /** Notes what a proxy found; true where it found something else before, or nothing is known of the target yet. */
  note(
    target: string,
    proxy: { readonly key: string; readonly isCounted: boolean },
    hosts: BackendHosts,
    at: number,
  ): boolean;
  row(now: number): HostsRow;
}

interface Heard {
  readonly hosts: BackendHosts;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Target {
  readonly counted: Map<string, Heard>;
  readonly informing: Map<string, Heard>;
}

/** Proxies that are told of each target. A row of 1,200 targets with five of them each has 330 KB. */
const COUNTED_MAX = 4;
const INFORMING_MAX = 1;
const TARGETS_MAX = 1_200;
/** What was heard for longer is no news: a proxy at rest tells it once a minute, or as seldom as its record says. */
export const HOSTS_FRESH_MS = 10 * 60_000;

/** Makes a memory of nothing. Proxies that inform never take the place of those that count. */
export function createHostsMemory(): HostsMemory {
  const targets = new Map<string, Target>();

  return {
    note(target, { key, isCounted }, hosts, at) {
      const known = targets.get(target) ?? { counted: new Map(), informing: new Map() };
      putNewest(targets, target, known, TARGETS_MAX);
      const proxies = isCounted ? known.counted : known.informing;
      const before = proxies.get(key)?.hosts ?? [...proxies.values()].at(-1)?.hosts;
      putNewest(proxies, key, { hosts, at }, isCounted ? COUNTED_MAX : INFORMING_MAX);
      return before === undefined || !isSame(before, hosts);
    },
    row: (now) => ({
      writtenAt: now,
      targets: [...targets].flatMap(([target, { counted, informing }]) => {
        const heard = [...rowsOf(counted, 1, now), ...rowsOf(informing, 0, now)];
        return heard.length === 0 ? [] : [[target, heard] as const];
      }),
    }),
  };
}

function rowsOf(proxies: ReadonlyMap<string, Heard>, counts: 0 | 1, now: number): readonly HeardHosts[] {
  return [...proxies]
    .filter(([, { at }]) => at > now - HOSTS_FRESH_MS)
    .map(
      ([
        key,
        {
          hosts: { stable, canary },
          at,
        },
      ]) => {
        const secondsAgo = Math.max(0, Math.round((now - at) / 1_000));
        return [key, counts, secondsAgo, stable.healthy, stable.total, canary.healthy, canary.total] as const;
      },
    );
}

function isSame(a: BackendHosts, b: BackendHosts): boolean {
  return (['stable', 'canary'] as const).every(
    (track) => a[track].healthy === b[track].healthy && a[track].total === b[track].total,
  );
}
