import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Track } from '../../../functions/canary/canary.ts';
import { openApi, type ReleaseApi } from '../../cli/canary/connection.ts';
import { LOCAL_CLUSTER } from '../server/mutate.ts';
import { CART, createCanary, ORDERS } from './canary.ts';
import type { Demo } from './review.ts';

/** The applications of the demo: the two tracks of Services `cart` and `orders`, and their canaries. */
export interface Shop {
  readonly api: ReleaseApi;
  /** The port of what stands in for the Services' own addresses: the stable track of `cart`. */
  readonly main: number;
  close(): void;
}

/** Between polls for routes; real proxies have 5 s, but here a person waits. */
export const ROUTES_REFRESH_SECONDS = 0.5;
/** Between polls for listeners and Envoy clusters. */
const REFRESH_SECONDS = 1;
/** Longer than the demo: a server that ends an idle connection just when a request comes fails it, proxy or not. */
const KEEP_ALIVE_MS = 300_000;
/** The bad version fails with every fifth request: 20 %. */
const BAD_EVERY = 5;

/** Starts the tracks, lets the proxies of the local cluster poll often, and creates the canaries. */
export async function openShop({ gateway, ca, stateDir }: Demo): Promise<Shop> {
  const servers = await Promise.all([
    ...(['stable', 'canary'] as const).map((track) => startTrack(track)),
    ...[startTrack('stable'), startTrack('canary', BAD_EVERY)],
  ]);
  const [stable = 0, canary = 0, ordersStable = 0, ordersCanary = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  );
  const close = (): void => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  try {
    const { hostname: host, port } = new URL(gateway.endpoint.url);
    const refresh = { refresh: `${REFRESH_SECONDS}s`, routesRefresh: `${ROUTES_REFRESH_SECONDS}s`, idle: '1s' };
    const record = {
      defaultTemplates: ['envoy-initializer'],
      discovery: { host, port: Number(port), ca, ...refresh },
    };
    await mkdir(join(stateDir, 'clusters'), { recursive: true });
    await writeFile(join(stateDir, 'clusters', `${LOCAL_CLUSTER}.yaml`), stringify(record));
    const api = await openApi({ stateDir });
    // In this order, so that a wait for `cart` is one for both.
    await createCanary(api, ORDERS, { stable: ordersStable, canary: ordersCanary });
    await createCanary(api, CART, { stable, canary });
    return { api, main: stable, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** @param badEvery every so many requests one fails with 500 */
async function startTrack(track: Track, badEvery = Number.POSITIVE_INFINITY): Promise<http.Server> {
  let requests = 0;
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (_request, response) => {
    response.statusCode = ++requests % badEvery === 0 ? 500 : 200;
    response.end(track);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
