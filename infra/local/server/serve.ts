import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createLog } from '../../../functions/log.ts';
import { RecordStoreError } from '../../../functions/registration/record/record-store.ts';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import { createFileStore as createCanaryStore } from '../../../functions/table/sqlite/file-store.ts';
import { startLocalAdvance } from './advance.ts';
import { localEndpointRecord, type NamedIssuer, openLocalDiscovery } from './discovery.ts';
import { type LocalEndpoint, removeLocalEndpoint, writeLocalEndpoint } from './endpoint-file.ts';
import { createGateway } from './gateway.ts';
import { holdStateDir } from './hold-state-dir.ts';
import { writeLocalRecord } from './local-records.ts';
import { openLocalStore } from './local-store.ts';
import { LOCAL_CLUSTER, localWebhookUrl, openLocalEntryPoints } from './mutate.ts';
import { readTokenFile } from './private-file.ts';
import { openLocalRelease } from './release.ts';
import { loadCertificate, loadIssuerKeys, loadPathKeys, openStateDir } from './state.ts';

/** How a gateway is started. */
export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly address: string;
  readonly https: boolean;
  readonly stateDir: string;
  readonly templates: string;
  /** Holds the bearer token that callers of the release API have to show; without it only loopback is served. */
  readonly tokenFile?: string;
  /** A real Kubernetes cluster's issuer, in the place of the local one. */
  readonly issuer?: NamedIssuer;
  /** Takes the log, line by line. */
  readonly write: (line: string) => void;
}

/** A gateway that listens. */
export interface RunningGateway {
  readonly endpoint: LocalEndpoint;
  /** Stops listening, ends open connections and takes `local.json` back. */
  close(): Promise<void>;
}

/**
 * Starts the entry points behind a local gateway and writes `<state-dir>/local.json` when it is ready. Throws
 * StateDirInUseError where another gateway runs with the folder.
 */
export async function serve(options: ServeOptions): Promise<RunningGateway> {
  const stateDir = await openStateDir(options.stateDir);
  const held = await holdStateDir(stateDir);
  try {
    const { endpoint, close } = await listen(options, stateDir);
    return { endpoint, close: async () => await close().finally(held.release) };
  } catch (error) {
    held.release();
    throw error;
  }
}

async function listen(options: ServeOptions, stateDir: string): Promise<RunningGateway> {
  const keys = await loadPathKeys(stateDir);
  const tls = options.https ? await loadCertificate(stateDir, options.address) : undefined;
  const issuerKeys = await loadIssuerKeys(stateDir);
  let own: Readonly<Record<string, unknown>> = {};
  // One that is there but no YAML is reported when a Pod comes.
  await writeLocalRecord(stateDir, AbortSignal.timeout(5_000)).catch((error: unknown) => {
    if (!(error instanceof RecordStoreError)) throw error;
  });
  const store = openLocalStore(resolve(options.templates), stateDir, () => own, false);
  await store.listTemplates('stable', AbortSignal.timeout(5_000));
  const token = options.tokenFile === undefined ? undefined : await readTokenFile(options.tokenFile);
  const log = createLog(options.write, Date.now);
  const canaries = createCanaryStore(join(stateDir, 'canaries'));
  const entryPoints = openLocalEntryPoints(store, keys, log);
  const routes = [
    ...entryPoints.routes,
    ...openLocalRelease(store, canaries, { token, scheme: options.https ? 'https' : 'http' }, log),
    openLocalDiscovery(store, canaries, log),
  ];
  const server = createGateway(routes, tls);
  server.listen(options.port, options.address);
  await once(server, 'listening');
  const stopAdvancing = startLocalAdvance(stateDir, store, canaries, log);
  const { port } = server.address() as AddressInfo;
  // A wildcard is no address that anybody could call: the machine's name stands for all of them.
  const isWildcard = options.address === '0.0.0.0' || options.address === '::';
  const name = isWildcard ? hostname() : options.address;
  const host = isIPv6(name) ? `[${name}]` : name;
  const url = `${tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  // Without a token the release API serves loopback only, so that is where the commands of this machine find it.
  const ownUrl = `${tls === undefined ? 'http' : 'https'}://${options.address === '::' ? '[::1]' : '127.0.0.1'}:${port}`;
  const ca = tls === undefined ? undefined : await readFile(tls.caFile, 'utf8');
  own = localEndpointRecord({ host: name, port, ca }, issuerKeys, options.issuer);
  // One that cannot be read is reported when a Pod comes.
  const record = await store.getClusterRecord(LOCAL_CLUSTER, AbortSignal.timeout(5_000)).catch(() => undefined);
  const endpoint: LocalEndpoint = {
    url,
    webhookUrl: await localWebhookUrl(keys, url, record),
    apiUrl: `${isWildcard && token === undefined ? ownUrl : url}${RELEASE_API_PATH}`,
    discoveryUrl: `${url}/v3/discovery`,
    ...(tls === undefined ? {} : { caFile: tls.caFile }),
    pid: process.pid,
  };
  await entryPoints.readAhead();
  await writeLocalEndpoint(stateDir, endpoint);
  return {
    endpoint,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await stopAdvancing();
      canaries.close();
      await removeLocalEndpoint(stateDir, process.pid);
    },
  };
}
