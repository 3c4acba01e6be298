import { setTimeout as wait } from 'node:timers/promises';
import { RESOURCE_TYPES } from '../../../functions/traffic/xds/xds.ts';
import { awaitStaging, CART, moveWeight, SERVICE_PORT, STEPS } from './canary.ts';
import { injectClient, mintToken } from './client.ts';
import { postJson } from './https-client.ts';
import { at, named } from './json-path.ts';
import { say } from './print.ts';
import type { Demo } from './review.ts';
import { ROUTES_REFRESH_SECONDS, type Shop } from './shop.ts';

/** What a proxy would run. */
interface Routes {
  readonly version: string;
  /** Envoy clusters with their weights, e.g. `shop/cart/8080/r1|stable 90`; none at rest. */
  readonly weights: readonly string[];
}

/** Polls of which one has to bring the new weights; discovery reads its store once a second. */
const POLLS_MAX = 20;

/** Walks the release without an Envoy: what one would be answered at every step, by the same polls. */
export async function walkOnPaper(demo: Demo, { api }: Shop): Promise<void> {
  const token = await mintToken(demo, await injectClient(demo));
  let routes = await poll(demo, token, undefined);
  say('   POST /v3/discovery:routes, the first poll of a proxy → everything passes as it came');
  await awaitStaging(api, demo.signal);
  routes = await pollForNew(demo, token, routes);
  sayRoutes(routes);
  for (const percent of STEPS) {
    await moveWeight(api, percent);
    routes = await pollForNew(demo, token, routes);
    sayRoutes(routes);
  }
}

function sayRoutes({ version, weights }: Routes): void {
  const what = weights.length === 0 ? 'at rest, every request goes where it was sent' : weights.join(', ');
  say(`   POST /v3/discovery:routes → version ${version.slice(0, 8)}: ${what}`);
}

async function pollForNew(demo: Demo, token: string, old: Routes): Promise<Routes> {
  for (let polls = 0; polls < POLLS_MAX; polls++) {
    const routes = await poll(demo, token, old);
    if (routes.version !== old.version) return routes;
    await wait(ROUTES_REFRESH_SECONDS * 1_000, undefined, { signal: demo.signal });
  }
  throw new Error(`${POLLS_MAX} polls brought nothing new`);
}

/** One poll as Envoy sends it; 304 means that there is nothing new. */
async function poll({ gateway, ca }: Demo, token: string, old: Routes | undefined): Promise<Routes> {
  const body = {
    ...(old === undefined ? {} : { version_info: old.version }),
    node: { id: `web.${CART.namespace}` },
    resource_names: ['outbound'],
    type_url: RESOURCE_TYPES.routes,
  };
  const headers = { authorization: `Bearer ${token}` };
  const url = `${gateway.endpoint.discoveryUrl}:routes`;
  const { status, text } = await postJson(url, JSON.stringify(body), ca, headers);
  if (status === 304 && old !== undefined) return old;
  if (status !== 200) throw new Error(`discovery answered ${status}`);
  return readRoutes(JSON.parse(text));
}

function readRoutes(answer: unknown): Routes {
  const hosts = at(answer, 'resources', 0, 'virtual_hosts');
  const isThere = Array.isArray(hosts) && hosts.length > 1;
  const host = isThere ? named(hosts, `${CART.namespace}/${CART.name}/${SERVICE_PORT}`) : undefined;
  const clusters = at(host, 'routes', -1, 'route', 'weighted_clusters', 'clusters');
  return {
    version: String(at(answer, 'version_info')),
    weights: Array.isArray(clusters)
      ? clusters.map((cluster) => `${at(cluster, 'name')} ${at(cluster, 'weight')}`)
      : [],
  };
}
