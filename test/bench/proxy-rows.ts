import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { openDiscoveryEntryPoint, routesAt, versionIn } from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';
import type { Row } from './rows.ts';

const PROXIES = 10_000;
const NAMESPACES = 20;
const REFRESH_MS = 5_000;
/** Before the write, so that everybody runs the old routes. */
const WARM_MS = 15_000;
const WATCHED_MS = 25_000;
/** One function environment does nothing else; Lambda would have some of them, each with a part of this. */
const STEP_MS = 10;

interface VirtualProxy {
  readonly headers: Readonly<Record<string, string>>;
  version: string;
  nextAt: number;
}

/**
 * 10,000 virtual proxies ask one environment for routes as Envoy does (the refresh, and up to as much again), in a time
 * of their own; a weight is written, and how it spreads is printed.
 */
export async function proxyRows(print: (line: string) => void): Promise<readonly Row[]> {
  const { handler, store, clock, token } = openDiscoveryEntryPoint({ write: () => {} });
  const start = clock.now;
  store.set(releaseOf({ version: 1 }));
  const proxies: VirtualProxy[] = await Promise.all(
    Array.from({ length: PROXIES }, async (_, i) => {
      const subject = { namespace: `team-${i % NAMESPACES}`, pod: { name: `web-${i}`, uid: `${i}` } };
      const headers = { authorization: `Bearer ${await token(subject)}` };
      return { headers, version: 'old', nextAt: start + Math.random() * REFRESH_MS };
    }),
  );
  const awaited = releaseOf({ version: 2, weight: 10, awaiting: awaitingFor(2, start + WARM_MS) });
  let polls = 0;
  let isWritten = false;
  let confirmedMs = Number.NaN;
  const curve: string[] = [];
  // Tokens are verified once; that is not what is measured here.
  for (const proxy of proxies) await poll(proxy);
  polls = 0;
  // Each of those had a version that nobody knows, which costs a read of the head.
  const readsBefore = store.reads.head + store.reads.list;
  const before = process.cpuUsage();
  for (let at = start; at < start + WARM_MS + WATCHED_MS; at += STEP_MS) {
    clock.now = at;
    if (!isWritten && at >= start + WARM_MS) {
      store.set(awaited);
      isWritten = true;
    }
    for (const proxy of proxies) if (proxy.nextAt <= at) await poll(proxy);
    if (isWritten && (at - start - WARM_MS) % 1_000 === 0) {
      const { converged, confirmed } = describeProxies([...store.reports.values()], awaited, at);
      if (confirmed && Number.isNaN(confirmedMs)) confirmedMs = at - start - WARM_MS;
      curve.push(`${Math.round((100 * converged) / PROXIES)}`);
    }
  }
  const { user, system } = process.cpuUsage(before);
  print(`convergence after a write, % of ${PROXIES} proxies seen to follow, second by second: ${curve.join(' ')}`);
  const seconds = (WARM_MS + WATCHED_MS) / 1_000;
  return [
    { name: `fleet of ${PROXIES}: polls per second and core`, value: polls / ((user + system) / 1e6), unit: '' },
    { name: 'fleet: polls per second that it makes', value: polls / seconds, unit: '' },
    {
      name: 'fleet: store reads per second',
      value: (store.reads.head + store.reads.list - readsBefore) / seconds,
      unit: '',
      goal: 1.1,
    },
    {
      name: 'fleet: confirmed after the write',
      value: confirmedMs / 1_000,
      unit: 's',
      goal: (4 * REFRESH_MS) / 1_000 + 5,
    },
  ];

  async function poll(proxy: VirtualProxy): Promise<void> {
    polls++;
    const body = JSON.stringify(routesAt(proxy.version));
    const result = await handler(httpApiEvent({ path: '/v3/discovery:routes', headers: proxy.headers, body }));
    if (result.statusCode === 200) proxy.version = versionIn(result);
    else if (result.statusCode !== 304) throw new Error(`the entry point answered ${result.statusCode}`);
    proxy.nextAt = clock.now + REFRESH_MS + Math.random() * REFRESH_MS;
  }
}
