import type { Canary, Track } from '../../canary/canary.ts';
import type { HostsRow } from '../../canary/evidence/evidence-store.ts';
import type { FoundBackends } from '../../canary/evidence/readiness.ts';
import type { ProxyCondition } from '../proxies/conditions.ts';
import { HOSTS_FRESH_MS } from './heard-hosts.ts';
import type { BackendHosts, TrackHosts } from './parse/parse-hosts.ts';
import { nameOf } from './watch.ts';

interface Heard {
  readonly at: number;
  readonly isCounted: boolean;
  readonly hosts: BackendHosts;
}

/**
 * The hosts of a canary's newest target, as half of the proxies or more find them; undefined where none has told lately.
 *
 * @param now milliseconds since the epoch
 */
export function backendsOf(rows: readonly HostsRow[], canary: Canary, now: number): FoundBackends | undefined {
  const target = canary.status.targets.at(-1);
  const name = target === undefined ? undefined : nameOf(canary.metadata.namespace, target);
  const newest = new Map<string, Heard>();
  for (const row of rows) {
    for (const [key, heard] of heardIn(row, name, now)) {
      if (heard.at > now - HOSTS_FRESH_MS && heard.at >= (newest.get(key)?.at ?? 0)) newest.set(key, heard);
    }
  }
  const all = [...newest.values()];
  const counted = all.filter(({ isCounted }) => isCounted);
  const deciding = counted.length > 0 ? counted : all;
  if (deciding.length === 0) return undefined;
  const trackOf = (track: Track): TrackHosts => ({
    healthy: upperMedian(deciding.map(({ hosts }) => hosts[track].healthy)),
    total: upperMedian(deciding.map(({ hosts }) => hosts[track].total)),
  });
  return { hosts: { stable: trackOf('stable'), canary: trackOf('canary') }, isCounted: counted.length > 0 };
}

function heardIn({ writtenAt, targets }: HostsRow, name: string | undefined, now: number): readonly [string, Heard][] {
  const [, heard = []] = targets.find(([target]) => target === name) ?? [];
  return heard.map(([key, counts, secondsAgo, stableHealthy, stableTotal, healthy, total]) => {
    const stable = { healthy: stableHealthy, total: stableTotal };
    // A row from a clock that is ahead must not outlive all others.
    const at = Math.min(now, writtenAt) - secondsAgo * 1_000;
    return [key, { at, isCounted: counts === 1, hosts: { stable, canary: { healthy, total } } }];
  });
}

/** Of two the larger: one proxy that finds nothing is not believed against one that does. */
function upperMedian(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** `BackendsResolved`: whether proxies find healthy Pods behind both backends. */
export function backendsCondition({ spec }: Pick<Canary, 'spec'>, found: FoundBackends | undefined): ProxyCondition {
  const type = 'BackendsResolved';
  if (found === undefined) {
    const message = 'no proxy has told lately which hosts it finds; those of older templates never do';
    return { type, status: 'Unknown', reason: 'NotHeard', message };
  }
  const { hosts } = found;
  const missing = spec.backends.filter(({ name }) => hosts[name].total === 0);
  const unhealthy = spec.backends.filter(({ name }) => hosts[name].total > 0 && hosts[name].healthy === 0);
  const services = (some: typeof missing): string =>
    some.map(({ name, service }) => `${service} (${name})`).join(' and ');
  if (missing.length > 0) {
    const how = 'is the name right, is the Service headless, are its Pods ready?';
    return {
      type,
      status: 'False',
      reason: 'NotFound',
      message: `proxies find no Pod of ${services(missing)}; ${how}`,
    };
  }
  if (unhealthy.length > 0) {
    const message = `proxies find no Pod of ${services(unhealthy)} that answers`;
    return { type, status: 'False', reason: 'NoHealthyHosts', message };
  }
  const counts = spec.backends.map(({ name }) => `${hosts[name].healthy} of ${hosts[name].total} ${name} hosts`);
  return { type, status: 'True', reason: 'Found', message: `proxies find ${counts.join(', ')} healthy` };
}
