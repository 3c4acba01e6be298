import { once } from 'node:events';
import { routesTickMs } from '../../../functions/canary/times.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import type { HttpResult } from '../../../functions/http/result.ts';
import { DISCOVERY_TIMEOUT_MS } from '../../../functions/limits.ts';
import { createLog } from '../../../functions/log.ts';
import { type DiscoveryParts, openDiscovery } from '../../../functions/traffic/open-discovery.ts';
import { previewAnswers } from '../../../functions/traffic/preview.ts';
import { startDnsServer } from '../../../infra/local/demo/dns-server.ts';
import { createGateway } from '../../../infra/local/server/gateway.ts';
import { generateIssuerKeys, mintServiceAccountToken } from '../../../infra/local/server/service-account-token.ts';
import { createTestReader, type TestReader } from '../../support/canary-reader.ts';
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
  /** Every poll that was answered: path and status. */
  readonly polls: { readonly path: string; readonly status: number; readonly at: number }[];
  readonly log: Readonly<Record<string, unknown>>[];
  /** The version of the routes that proxies of the namespace `shop` are to run now. */
  routesVersion(): Promise<string>;
  /** Names that DNS does not know for the time being. */
  readonly unknownNames: Set<string>;
  startProxy(pod: string, options?: EnvoyOptions & { readonly namespace?: string }): Promise<MeshProxy>;
  stop(): Promise<void>;
}

type EntryPoint = ReturnType<typeof openDiscovery>['handler'];

/** A proxy of the mesh, and a client behind it. */
export interface MeshProxy extends Envoy, ProxyClient {}

const ISSUER = 'https://issuer.test';

/** What a mesh's cluster record says of how often proxies ask, as durations. */
interface MeshPaces {
  readonly routesRefresh?: string;
  readonly idle?: string;
}

/** Brings a mesh up; everything on loopback, ports free ones. */
export async function startMesh(paces: MeshPaces = {}): Promise<Mesh> {
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
    readRecords: async () => new Map([['local', record]]),
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
  const gateway = createGateway([
    {
      method: 'POST',
      path: '/v3/{proxy}',
      timeoutMs: DISCOVERY_TIMEOUT_MS,
      handler: async (event) => {
        const answer = mesh.instead?.(event.rawPath) ?? (await (mesh.entryPoint ?? handler)(event));
        const result = mesh.changed?.(answer) ?? answer;
        mesh.polls.push({ path: event.rawPath, status: result.statusCode, at: Date.now() });
        return result;
      },
    },
  ]);
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return Object.assign(mesh, {
    store,
    parts,
    log: lines,
    tracks: { stable, canary },
    main,
    unknownNames,
    routesVersion: async () => {
      const parsed = parseClusterRecord(record);
      if (!parsed.valid) throw new Error('the record of the mesh is not valid');
      const { canaries } = await store.listCanaries('local', AbortSignal.timeout(5_000));
      return previewAnswers(canaries, parsed.value, 'shop', Date.now()).routes.version_info;
    },
    startProxy: async (pod: string, options: EnvoyOptions & { readonly namespace?: string } = {}) => {
      const token = await mintServiceAccountToken(keys.privateJwk, {
        namespace: options.namespace ?? 'shop',
        serviceAccount: 'default',
        pod: { name: pod, uid: pod },
        audience: 'outrigger/default',
        issuer: ISSUER,
        duration: 3_600,
        now: Date.now(),
      });
      const envoy = await startEnvoy(
        await meshBootstrap({ xds: portOf(gateway), dns: dns.port, main, token, routesTick }),
        options,
      );
      return { ...envoy, ...(await clientOf(envoy)) };
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
