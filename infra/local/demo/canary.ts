import { setTimeout as wait } from 'node:timers/promises';
import { CANARY_API_VERSION, type Track } from '../../../functions/canary/canary.ts';
import { setWeight } from '../../cli/canary/change.ts';
import type { ReleaseApi } from '../../cli/canary/connection.ts';
import { at } from './json-path.ts';
import { beginLine, paint, say } from './print.ts';

/** A canary of the demo, named as its Service is. */
export interface CanaryName {
  readonly namespace: string;
  readonly name: string;
}

/** Whose release it is: that of Service `cart` in namespace `shop`. */
export const CART: CanaryName = { namespace: 'shop', name: 'cart' };
/** The Service of which a bad version is released, beside the good one of `cart`. */
export const ORDERS: CanaryName = { namespace: 'shop', name: 'orders' };
/** The port of both Services. */
export const SERVICE_PORT = 8080;
/** The seed's release: the canary's shares in percent. */
export const STEPS = [10, 20, 50, 100] as const;

/**
 * How the canaries of the demo are released by themselves. The times are short because a person waits (docs/releases.md has the
 * defaults), the rest is as ever: a look every five seconds at what proxies counted in windows of five seconds.
 */
const STRATEGY = {
  steps: [{ setWeight: 10 }, { setWeight: 50 }],
  analysis: {
    baseline: '10s',
    // A machine that does other things besides is now and then slow, for one track or the other.
    latency: { quantiles: [] },
    // 0.25 % would want 740 responses of the canary without an error at 10 %, which are 37 s.
    advance: { budget: '2%' },
    minimum: { time: '5s', responses: 50 },
    bake: { time: '5s' },
  },
} as const;

const ASK_EVERY_MS = 200;
/** Staging takes 12 s, a confirmation 1 to 5. */
const WAIT_MS_MAX = 60_000;

/** Creates a canary, at 100/0. Its backends have ports of their own, since all tracks are on one address here. */
export async function createCanary(
  api: ReleaseApi,
  key: CanaryName,
  ports: Readonly<Record<Track, number>>,
): Promise<void> {
  const body = {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: key,
    spec: {
      service: { name: key.name, port: SERVICE_PORT },
      backends: [
        { name: 'stable', service: `${key.name}-stable`, port: ports.stable },
        { name: 'canary', service: `${key.name}-canary`, port: ports.canary },
      ],
      strategy: STRATEGY,
    },
  };
  await api.ask({ method: 'PUT', namespace: key.namespace, path: pathOf(key), body });
}

/** Waits until the canary takes weights; it says how long that will be. */
export async function awaitStaging(api: ReleaseApi, signal: AbortSignal): Promise<void> {
  const line = beginLine();
  const since = await askUntil(api, CART, { signal }, (canary) => {
    if (at(canary, 'status', 'phase') !== 'Initializing') return at(canary, 'status', 'phase');
    const left = Date.parse(String(at(canary, 'status', 'targets', 0, 'routesFrom'))) - Date.now();
    line.show(`   waiting until every proxy has learned the new Envoy clusters: ${Math.ceil(left / 1_000)} s`);
    return undefined;
  });
  line.end(`   every proxy has had the time to learn the canary's Envoy clusters: phase ${since}`);
}

/** Sets the canary's share; shows the command that does the same. */
export async function moveWeight(api: ReleaseApi, percent: number): Promise<void> {
  await setWeight(api, CART, String(percent));
  say(`   ${paint('bold', `$ npx outrigger canary set-weight ${CART.name} ${percent} -n ${CART.namespace}`)}`);
}

/** Waits until the proxies run the weights that were written last. Returns how many proxies that are. */
export async function awaitConfirmation(api: ReleaseApi, key: CanaryName, signal: AbortSignal): Promise<number> {
  return await askUntil(api, key, { part: '/proxies', signal }, (proxies) =>
    at(proxies, 'confirmed') === true ? Number(at(proxies, 'converged')) : undefined,
  );
}

/** Asks the release API about a canary until something is found in the response; throws when that takes too long. */
export async function askUntil<T>(
  api: ReleaseApi,
  key: CanaryName,
  { part = '', signal, waitMs = WAIT_MS_MAX }: { part?: string; signal: AbortSignal; waitMs?: number },
  find: (document: unknown) => T | undefined,
): Promise<T> {
  const limit = Date.now() + waitMs;
  while (Date.now() < limit) {
    const { text } = await api.ask({ method: 'GET', namespace: key.namespace, path: pathOf(key) + part });
    const found = find(JSON.parse(text));
    if (found !== undefined) return found;
    await wait(ASK_EVERY_MS, undefined, { signal });
  }
  throw new Error(`canary ${key.name} did not come as far within ${waitMs / 1_000} s`);
}

function pathOf({ name }: CanaryName): string {
  return `canaries/${name}`;
}
