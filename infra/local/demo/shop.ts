import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Track } from '../../../functions/canary/canary.ts';
import { openApi, type ReleaseApi } from '../../cli/canary/connection.ts';
import { LOCAL_CLUSTER } from '../server/mutate.ts';
import { createCart } from './canary.ts';
import type { Demo } from './review.ts';

/** The application of the demo: the two tracks of Service `cart`, and its canary. */
export interface Shop {
  readonly api: ReleaseApi;
  /** Ports of the tracks' servers on loopback. */
  readonly ports: Readonly<Record<Track, number>>;
  close(): void;
}

/** Between polls for routes; real proxies have 5 s, but here a person waits. */
export const ROUTES_REFRESH_SECONDS = 0.5;
/** Between polls for listeners and Envoy clusters. */
const REFRESH_SECONDS = 1;
/** Longer than the demo: a server that ends an idle connection just when a request comes fails it, proxy or not. */
const KEEP_ALIVE_MS = 120_000;

/** Starts the two tracks, lets the proxies of the local cluster poll often, and creates the canary. */
export async function openShop({ gateway, ca, stateDir }: Demo): Promise<Shop> {
  const servers = await Promise.all((['stable', 'canary'] as const).map(startTrack));
  const [stable = 0, canary = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  const shop = {
    ports: { stable, canary },
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
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
    await createCart(api, shop.ports);
    return { ...shop, api };
  } catch (error) {
    shop.close();
    throw error;
  }
}

async function startTrack(track: Track): Promise<http.Server> {
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (_request, response) => response.end(track));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
