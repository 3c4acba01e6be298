import { once } from 'node:events';
import { routesTickMs } from '../../../functions/canary/times.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import type { HttpResult } from '../../../functions/http/result.ts';
import { DISCOVERY_TIMEOUT_MS } from '../../../functions/limits.ts';
import { createLog } from '../../../functions/log.ts';
import { type DiscoveryParts, openDiscovery } from '../../../functions/traffic/open-discovery.ts';
import { NEXT_HEADER } from '../../../functions/traffic/pace.ts';
import { previewAnswers } from '../../../functions/traffic/preview.ts';
import type { PollForm } from '../../../functions/traffic/xds/listener.ts';
import { startDnsServer } from '../../../infra/local/demo/dns-server.ts';
import { createGateway } from '../../../infra/local/server/gateway.ts';
import {
  generateIssuerKeys,
  mintServiceAccountToken,
  type TokenSubject,
} from '../../../infra/local/server/service-account-token.ts';
import { createTestReader, type TestReader } from '../../support/canary-reader.ts';
import { at } from '../../support/values.ts';
import { type Envoy, type EnvoyOptions, startEnvoy } from './envoy.ts';
import { clientOf, type ProxyClient, portOf, startServer } from './loopback-app.ts';
import { meshBootstrap, REFRESH_SECONDS, XDS_CLUSTER } from './mesh-bootstrap.ts';

/** The discovery entry point behind a gateway, with two tracks of an application and a DNS that knows them. */
export interface Mesh {
  readonly store: TestReader;
  /** Ports of the tracks' servers: what a backend's port has to be. */
  readonly tracks: { readonly stable: number; readonly canary: number };
  /** The port of what stands in for every Service's own address: where requests go that no route leads elsewhere. */
  readonly main: number;
  /** Set: answers instead of the entry point, for the troubles that an entry point does not have. */
  instead: ((path: string) => HttpResult | undefined) | undefined;
  /** Set: what becomes of the entry point's answers on their way. */
  changed: ((result: HttpResult) => HttpResult) | undefined;
  /** Set: answers polls in the place of the entry point. */
  entryPoint: EntryPoint | undefined;
  /** What the entry point is made of: for entry points of other versions on the same store. */
  readonly parts: DiscoveryParts;
  /** Every poll that was answered: path, status, when, and the pause that it was told, in seconds. */
  readonly polls: { readonly path: string; readonly status: number; readonly at: number; readonly pause: number }[];
  /** What the gateway does with a poll: for servers of other protocols before the same mesh. */
  readonly poll: EntryPoint;
  /** The ports of gateway and DNS. */
  readonly ports: { readonly gateway: number; readonly dns: number };
  /** The record's `discovery`, and how often its proxies' Envoys ask for routes, in seconds. */
  readonly discovery: Readonly<Record<string, unknown>>;
  readonly routesTick: number;
  readonly log: Readonly<Record<string, unknown>>[];
  /** The version of the routes that proxies of a namespace are to run now, `shop` if none is named. */
  routesVersion(namespace?: string): Promise<string>;
  /** Names that DNS does not know for the time being. */
  readonly unknownNames: Set<string>;
  startProxy(pod: string, options?: MeshProxyOptions): Promise<MeshProxy>;
  /** A good token of a Pod; `more` is laid over its claims. */
  tokenOf(pod: string, more?: Partial<TokenSubject>): Promise<string>;
  stop(): Promise<void>;
}

export type EntryPoint = ReturnType<typeof openDiscovery>['handler'];

/** Whose proxy it is, and how it asks: `direct` as the Pods of templates before there was a pace. */
export interface MeshProxyOptions extends EnvoyOptions {
  readonly namespace?: string;
  readonly form?: PollForm;
  /** Requests at a time of the client behind it; four if nothing is said. */
  readonly sockets?: number;
}

/** A proxy of the mesh, and a client behind it. */
export interface MeshProxy extends Envoy, ProxyClient {
  /** What its polls are sent with. */
  readonly token: string;
}

const ISSUER = 'https://issuer.test';

/** What a mesh's cluster record says of how often proxies ask, as durations. */
interface MeshPaces {
  readonly routesRefresh?: string;
  readonly idle?: string;
}

/** Brings a mesh up; everything on loopback, ports free ones. @param cluster the Kubernetes cluster */
export async function startMesh(paces: MeshPaces = {}, cluster = 'local'): Promise<Mesh> {
  const keys = await generateIssuerKeys('mesh');
  const store = createTestReader();
  const lines: Record<string, unknown>[] = [];
  const record = {
    issuer: ISSUER,
    jwks: { keys: [keys.publicJwk] },
    discovery: { host: XDS_CLUSTER, routesRefresh: `${REFRESH_SECONDS * 1_000}ms`, idle: '1s', ...paces },
  };
  const parts: DiscoveryParts = {
    fleet: 'default',
    readRecords: async () => new Map([[cluster, record]]),
    recordsTtlMs: 30_000,
    serveStale: true,
    store,
    log: createLog((line) => lines.push(JSON.parse(line)), Date.now),
    now: Date.now,
  };
  const { handler } = openDiscovery(parts);
  const parsedRecord = parseClusterRecord(record);
  const routesTick = routesTickMs(parsedRecord.valid ? parsedRecord.value.discovery : undefined) / 1_000;
  const servers = await Promise.all(['stable', 'canary', 'main'].map(startServer));
  const [stable = 0, canary = 0, main = 0] = servers.map(portOf);
  const unknownNames = new Set<string>();
  const dns = await startDnsServer((name) => (unknownNames.has(name) ? undefined : ['127.0.0.1']));
  const mesh: Pick<Mesh, 'instead' | 'changed' | 'entryPoint' | 'polls'> = {
    instead: undefined,
    changed: undefined,
    entryPoint: undefined,
    polls: [],
  };
  const poll: EntryPoint = async (event) => {
    const path = String(at(event, 'rawPath'));
    const answer = mesh.instead?.(path) ?? (await (mesh.entryPoint ?? handler)(event));
    const result = mesh.changed?.(answer) ?? answer;
    const pause = Number(result.headers[NEXT_HEADER] ?? 0);
    mesh.polls.push({ path, status: result.statusCode, at: Date.now(), pause });
    return result;
  };
  const gateway = createGateway([
    { method: 'POST', path: '/v3/{proxy}', timeoutMs: DISCOVERY_TIMEOUT_MS, handler: poll },
  ]);
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const tokenOf: Mesh['tokenOf'] = async (pod, more = {}) =>
    await mintServiceAccountToken(keys.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      pod: { name: pod, uid: pod },
      audience: 'outrigger/default',
      issuer: ISSUER,
      duration: 3_600,
      now: Date.now(),
      ...more,
    });
  return Object.assign(mesh, {
    store,
    parts,
    log: lines,
    tracks: { stable, canary },
    main,
    poll,
    ports: { gateway: portOf(gateway), dns: dns.port },
    discovery: record.discovery,
    routesTick,
    tokenOf,
    unknownNames,
    routesVersion: async (namespace = 'shop') => {
      const parsed = parseClusterRecord(record);
      if (!parsed.valid) throw new Error('the record of the mesh is not valid');
      const { canaries } = await store.listCanaries(cluster, AbortSignal.timeout(5_000));
      return previewAnswers(canaries, parsed.value, namespace, Date.now()).routes.version_info;
    },
    startProxy: async (
      pod: string,
      { namespace = 'shop', form = 'paced', sockets, ...options }: MeshProxyOptions = {},
    ) => {
      const token = await tokenOf(pod, { namespace });
      const ports = { xds: portOf(gateway), dns: dns.port, main, token, routesTick };
      const envoy = await startEnvoy(await meshBootstrap(ports, form), options);
      return { ...envoy, ...(await clientOf(envoy, sockets)), token };
    },
    stop: async () => {
      dns.close();
      for (const server of [...servers, gateway]) {
        server.close();
        server.closeAllConnections();
      }
    },
  });
}
