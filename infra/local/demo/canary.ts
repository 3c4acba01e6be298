import { setTimeout as wait } from 'node:timers/promises';
import { CANARY_API_VERSION, type Track } from '../../../functions/canary/canary.ts';
import { setWeight } from '../../cli/canary/change.ts';
import type { ReleaseApi } from '../../cli/canary/connection.ts';
import { at } from './json-path.ts';
import { beginLine, paint, say } from './print.ts';

/** Whose release it is: that of Service `cart` in namespace `shop`. */
export const CART = { namespace: 'shop', name: 'cart' } as const;
/** The port of its Service. */
export const CART_PORT = 8080;
/** The seed's release: the canary's shares in percent. */
export const STEPS = [10, 20, 50, 100] as const;

const PATH = `canaries/${CART.name}`;
const ASK_EVERY_MS = 200;
/** Staging takes 12 s, a confirmation 1 to 5. */
const WAIT_MS_MAX = 60_000;

/** Creates the canary, at 100/0. Its backends have ports of their own, since both tracks are on one address here. */
export async function createCart(api: ReleaseApi, ports: Readonly<Record<Track, number>>): Promise<void> {
  const body = {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: CART,
    spec: {
      service: { name: CART.name, port: CART_PORT },
      backends: [
        { name: 'stable', service: 'cart-stable', port: ports.stable },
        { name: 'canary', service: 'cart-canary', port: ports.canary },
      ],
    },
  };
  await api.ask({ method: 'PUT', namespace: CART.namespace, path: PATH, body });
}

/** Waits until the canary takes weights; it says how long that will be. */
export async function awaitStaging(api: ReleaseApi, signal: AbortSignal): Promise<void> {
  const line = beginLine();
  const since = await askUntil(api, '', signal, (canary) => {
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

/** Waits until the proxies run the weights that were written last. Answers how many proxies that are. */
export async function awaitConfirmation(api: ReleaseApi, signal: AbortSignal): Promise<number> {
  return await askUntil(api, '/proxies', signal, (proxies) =>
    at(proxies, 'confirmed') === true ? Number(at(proxies, 'converged')) : undefined,
  );
}

/** Asks the release API about the canary until something is found in the answer. */
async function askUntil<T>(
  api: ReleaseApi,
  part: string,
  signal: AbortSignal,
  find: (document: unknown) => T | undefined,
): Promise<T> {
  const limit = Date.now() + WAIT_MS_MAX;
  while (Date.now() < limit) {
    const { text } = await api.ask({ method: 'GET', namespace: CART.namespace, path: PATH + part });
    const found = find(JSON.parse(text));
    if (found !== undefined) return found;
    await wait(ASK_EVERY_MS, undefined, { signal });
  }
  throw new Error(`canary ${CART.name} did not come as far within ${WAIT_MS_MAX / 1_000} s`);
}
