import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { type DnsServer, startDnsServer } from '../../../infra/local/demo/dns-server.ts';
import { LOCAL_ISSUER } from '../../../infra/local/server/discovery.ts';
import { mintServiceAccountToken } from '../../../infra/local/server/service-account-token.ts';
import { loadIssuerKeys } from '../../../infra/local/server/state.ts';
import { CART, cartManifest, type RunningEndpoint, startEndpoint } from './endpoint.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import { clientOf, type ProxyClient, portOf, startServer } from './loopback-app.ts';
import { meshBootstrap } from './mesh-bootstrap.ts';
import { runningRoutes } from './running-routes.ts';

/** `npm start`, the canary `shop/cart` on two servers of loopback, and proxies of the namespace `shop`. */
export interface Fleet {
  readonly endpoint: RunningEndpoint;
  /** A proxy with a token of its own Pod. One that is deaf asks for no Envoy clusters, so it can take no routes to them. */
  startProxy(pod: string, isDeaf?: boolean): Promise<RunningProxy>;
  /** The version of the routes that proxies are to run now. */
  wantedVersion(): Promise<string>;
  stop(): Promise<void>;
}

/** A proxy and a client behind it. */
export interface RunningProxy extends Envoy, ProxyClient {
  readonly pod: string;
  /** The routes that it runs, and since when (milliseconds since the epoch; Envoy's own statistic). */
  routes(): Promise<{ readonly version: string; readonly since: number }>;
}

/** Seconds between polls. */
export const REFRESH_SECONDS = 2;

/** Brings all of it up; the canary takes a share once it is no longer Initializing. */
export async function startProxies(): Promise<Fleet> {
  const endpoint = await startEndpoint();
  const refresh = `${REFRESH_SECONDS}s`;
  const discovery = { host: '127.0.0.1', port: endpoint.port, refresh, routesRefresh: refresh, idle: refresh };
  await endpoint.writeRecord({ discovery });
  const servers = await Promise.all(['stable', 'canary', 'main'].map(startServer));
  const [stable = 0, canary = 0, main = 0] = servers.map(portOf);
  const dns = await startDnsServer(() => ['127.0.0.1']);
  // From here on the record is the one above: it was read anew for it, or the write waits for that.
  await new Promise((resolve) => setTimeout(resolve, RECORD_MS));
  const ports = Object.entries({ stable, canary });
  const backends = ports.map(([name, port]) => ({ name, service: `cart-${name}`, port }));
  await endpoint.call('PUT', CART, cartManifest({ backends }));
  return {
    endpoint,
    startProxy: async (pod, isDeaf = false) => {
      const token = await tokenOf(endpoint, pod);
      const ports = { xds: endpoint.port, dns: dns.port, main, token, refresh: REFRESH_SECONDS };
      const { dynamic_resources: dynamic, ...bootstrap } = await meshBootstrap(ports);
      const envoy = await startEnvoy(isDeaf ? bootstrap : { ...bootstrap, dynamic_resources: dynamic });
      return { pod, ...envoy, ...(await clientOf(envoy)), routes: async () => await runningRoutes(envoy) };
    },
    wantedVersion: async () => {
      const { body } = await endpoint.call('GET', `${CART}/preview`);
      return /"routes":\{"version_info":"(.*?)"/.exec(JSON.stringify(body))?.[1] ?? 'none';
    },
    stop: async () => await end(endpoint, dns, servers),
  };
}

/** Files are read anew every 200 ms. */
const RECORD_MS = 500;

async function tokenOf({ stateDir }: RunningEndpoint, pod: string): Promise<string> {
  const { privateJwk } = await loadIssuerKeys(stateDir);
  return await mintServiceAccountToken(privateJwk, {
    namespace: 'shop',
    serviceAccount: 'default',
    pod: { name: pod, uid: randomUUID() },
    audience: 'outrigger/default',
    issuer: LOCAL_ISSUER,
    duration: 3_600,
    now: Date.now(),
  });
}

async function end(endpoint: RunningEndpoint, dns: DnsServer, servers: readonly http.Server[]): Promise<void> {
  await endpoint.stop();
  dns.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}
