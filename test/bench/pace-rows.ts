import type { Canary } from '../../functions/canary/canary.ts';
import { routesTickMs } from '../../functions/canary/times.ts';
import { AT_REST, MOVING, type Polling } from '../support/cost/polls.ts';
import { monthly } from '../support/cost/ways.ts';
import { openDiscoveryEntryPoint, versionIn } from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';
import { toldOf } from '../support/told-figures.ts';
import type { Row } from './rows.ts';

const PROXIES = 10_000;
const NAMESPACES = 20;
const STEP_MS = 10;
/** Some five polls of each proxy at rest, and nine while a release moves, of which all hear within 70 s. */
const IDLE = { settledMs: 70_000, watchedMs: 300_000 };
const MOVES = { settledMs: 70_000, watchedMs: 25_000 };

interface VirtualProxy {
  readonly headers: Readonly<Record<string, string>>;
  version: string;
  /** Milliseconds since the epoch: until then its script answers Envoy itself. */
  quietUntil: number;
}

/** How so many virtual proxies follow a canary, and what is counted of it. */
interface Watched {
  readonly name: 'idle' | 'moving';
  readonly canary: Canary;
  readonly times: typeof IDLE;
  readonly polling: Polling;
  readonly pollsMax: number;
}

/**
 * 10,000 virtual proxies that follow the pace ask one environment for routes, in a time of their own: Envoy asks their script at
 * its tick and up to as much later again, and the script lets a poll through once the pause that it was told is over. First at
 * rest, then while a release moves, when every poll brings figures. Dollars are those of docs/cost.md at the polls that are seen.
 */
export async function paceRows(): Promise<readonly Row[]> {
  const { handler, store, clock, token } = openDiscoveryEntryPoint({ write: () => {} });
  const tickMs = routesTickMs(undefined);
  let calls = 0;
  store.trouble = async () => void calls++;
  const proxies: VirtualProxy[] = await Promise.all(
    Array.from({ length: PROXIES }, async (_, i) => {
      const bearer = await token({ namespace: `team-${i % NAMESPACES}`, pod: { name: `web-${i}`, uid: `${i}` } });
      const headers = { authorization: `Bearer ${bearer}`, 'x-outrigger-pace': '1' };
      return { headers, version: '0123456789abcdef', quietUntil: clock.now + 60_000 * Math.random() };
    }),
  );
  const spec = { exportTo: ['*', ...Array.from({ length: NAMESPACES }, (_, i) => `team-${i}`)] };
  const since = clock.now + IDLE.settledMs + IDLE.watchedMs;
  const awaiting = awaitingFor(2, since);
  const rest = releaseOf({ version: 1, atRest: true, spec });
  const moving = releaseOf({ version: 2, weight: 10, awaiting, spec });
  return [
    ...(await watch({ name: 'idle', canary: rest, times: IDLE, polling: AT_REST, pollsMax: PROXIES / 60 })),
    ...(await watch({ name: 'moving', canary: moving, times: MOVES, polling: MOVING, pollsMax: PROXIES / 2 })),
  ];

  async function watch({ name, canary, times, polling, pollsMax }: Watched): Promise<readonly Row[]> {
    store.set(canary);
    const start = clock.now;
    const from = start + times.settledMs;
    const steps: VirtualProxy[][] = [];
    // In no step with each other from the beginning.
    for (const proxy of proxies) put(steps, proxy, tickMs * Math.random());
    let [polls, callsBefore, readsBefore] = [0, 0, 0];
    let cpu = process.cpuUsage();
    for (let at = 0; at < times.settledMs + times.watchedMs; at += STEP_MS) {
      clock.now = start + at;
      if (clock.now === from) [polls, callsBefore, readsBefore, cpu] = [0, calls, readsOf(), process.cpuUsage()];
      for (const proxy of steps[at / STEP_MS] ?? []) {
        if (clock.now >= proxy.quietUntil) {
          polls++;
          await poll(proxy, name === 'moving');
        }
        put(steps, proxy, at + tickMs * (1 + Math.random()));
      }
    }
    const { user, system } = process.cpuUsage(cpu);
    const seconds = times.watchedMs / 1_000;
    const perSecond = polls / seconds;
    const reads = readsOf() - readsBefore;
    const dollars = monthly(PROXIES, { ...polling, perSecond: perSecond / PROXIES });
    const of = (what: string): string => `${PROXIES} proxies ${name}: ${what}`;
    return [
      { name: of('polls a second'), value: perSecond, unit: '', goal: pollsMax },
      { name: of('processor time, of one core'), value: (user + system) / 1e4 / seconds, unit: '%' },
      { name: of('store reads a second and environment'), value: reads / seconds, unit: '', goal: 1.1 },
      { name: of('store writes a second and environment'), value: (calls - callsBefore - reads) / seconds, unit: '' },
      { name: of('a month by Function URL'), value: dollars.url, unit: 'USD' },
      { name: of('a month by the container'), value: dollars.container, unit: 'USD' },
    ];
  }

  function readsOf(): number {
    return store.reads.head + store.reads.list;
  }

  async function poll(proxy: VirtualProxy, isTelling: boolean): Promise<void> {
    const start = `{"version_info":"${proxy.version}","resource_names":["outbound"]`;
    const body = `${start}${isTelling ? toldOf(['cart'], proxy.version, clock.now) : '}'}`;
    const result = await handler(httpApiEvent({ path: '/v3/discovery:routes', headers: proxy.headers, body }));
    if (result.statusCode === 200) proxy.version = versionIn(result);
    else if (result.statusCode !== 304) throw new Error(`the entry point answered ${result.statusCode}`);
    proxy.quietUntil = clock.now + Number(result.headers['x-outrigger-next']) * 1_000;
  }
}

/** When Envoy asks its script next, in milliseconds after the beginning. */
function put(steps: VirtualProxy[][], proxy: VirtualProxy, at: number): void {
  const step = Math.ceil(at / STEP_MS);
  const own = steps[step] ?? [];
  own.push(proxy);
  steps[step] = own;
}
