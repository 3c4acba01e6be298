import { BOUND_LISTENER, type Surroundings } from './bootstrap.ts';
import {
  awaitConfirmation,
  awaitStaging,
  CART,
  type CanaryName,
  moveWeight,
  ORDERS,
  SERVICE_PORT,
  STEPS,
} from './canary.ts';
import { injectClient } from './client.ts';
import { startDnsServer } from './dns-server.ts';
import { launchEnvoy, type RunningEnvoy } from './envoy.ts';
import { type Load, RATES, startLoad } from './load.ts';
import { beginLine, say, splitBar } from './print.ts';
import type { Demo } from './review.ts';
import type { Shop } from './shop.ts';
import { prepareSidecar } from './sidecar.ts';
import { showUnattended } from './unattended.ts';

/** Requests in which a split is measured: one standard deviation is at most 2.3 points. */
const PLATEAU_REQUESTS = 500;
/** Requests that are shown while a weight is on its way: the last second's. */
const LIVE_REQUESTS = RATES.cart;
const REDRAW_MS = 100;

/** What became of the requests of a walk. */
export type Walked = readonly Pick<Load, 'outcomes' | 'firstFailure'>[];

/** Walks the release on a real Envoy under constant load, then lets two releases run by themselves. */
export async function walkOnEnvoy(demo: Demo, shop: Shop, binary: string): Promise<Walked> {
  const tracks = [CART, ORDERS].flatMap(({ namespace, name }) =>
    ['stable', 'canary'].map((track) => `${name}-${track}.${namespace}.svc.cluster.local`),
  );
  const dns = await startDnsServer((name) => (tracks.includes(name) ? ['127.0.0.1'] : undefined));
  const loads: Load[] = [];
  let envoy: RunningEnvoy | undefined;
  try {
    envoy = await launchSidecar(demo, { dns: dns.port, main: shop.main }, binary);
    const port = await envoy.listenerPort(BOUND_LISTENER);
    say(
      `   adapted to a machine without iptables: 127.0.0.1:${port} in place of the redirect, with the same routes; the stable`,
    );
    say(
      '   app in place of original destinations; a few lines of DNS for the names of Services; files in a temporary folder',
    );
    const begin = ({ namespace, name }: CanaryName, rate: number): Load => {
      const host = `${name}.${namespace}:${SERVICE_PORT}`;
      const load = startLoad(port, host, rate);
      loads.push(load);
      say(`   the application sends ${rate} requests a second to http://${host}, from here to the end`);
      return load;
    };
    const cart = begin(CART, RATES.cart);
    await awaitStaging(shop.api, demo.signal);
    for (const percent of STEPS) await moveUnderLoad(demo, shop, cart, percent);
    await moveWeight(shop.api, 0);
    await awaitConfirmation(shop.api, CART, demo.signal);
    await showUnattended(demo, shop, () => ({ cart, orders: begin(ORDERS, RATES.orders) }));
  } finally {
    await Promise.all(loads.map(async (load) => await load.stop()));
    await envoy?.stop();
    dns.close();
  }
  return loads;
}

/** Starts Envoy as the webhook injected it into the client's Pod. */
async function launchSidecar(demo: Demo, around: Surroundings, binary: string): Promise<RunningEnvoy> {
  const { args, adminSocket } = await prepareSidecar(demo, await injectClient(demo), around);
  const envoy = await launchEnvoy({ binary, args, adminAt: async () => ({ socketPath: adminSocket }) });
  say(`   Envoy runs with the injected arguments and bootstrap, process ${envoy.pid}`);
  return envoy;
}

async function moveUnderLoad({ signal }: Demo, { api }: Shop, { outcomes }: Load, percent: number): Promise<void> {
  await moveWeight(api, percent);
  const label = `   ${100 - percent}/${percent}`.padEnd(10);
  const started = performance.now();
  const line = beginLine();
  let from: number | undefined;
  const drawing = setInterval(() => {
    line.show(`${label}${splitOf(outcomes.slice(from ?? -LIVE_REQUESTS))}`);
  }, REDRAW_MS);
  try {
    const proxies = await awaitConfirmation(api, CART, signal);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    from = outcomes.length;
    while (outcomes.length < from + PLATEAU_REQUESTS) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
    }
    const split = splitOf(outcomes.slice(from, from + PLATEAU_REQUESTS));
    line.end(`${label}${split} of ${PLATEAU_REQUESTS} requests; confirmed by ${proxies} proxy after ${seconds} s`);
  } finally {
    clearInterval(drawing);
  }
}

/** A bar and the shares, in percent. */
function splitOf(outcomes: Load['outcomes']): string {
  const share = (of: Load['outcomes'][number]): number =>
    outcomes.filter((outcome) => outcome === of).length / Math.max(1, outcomes.length);
  const percent = (value: number): string => (value * 100).toFixed(1).padStart(5);
  return `${splitBar(share('stable'))}${percent(share('stable'))} /${percent(share('canary'))} %`;
}
