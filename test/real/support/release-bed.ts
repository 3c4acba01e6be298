import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { LookTools } from '../../../functions/advance/step/look.ts';
import type { Canary } from '../../../functions/canary/canary.ts';
import type { AuditEntry } from '../../../functions/canary/store.ts';
import { releaseTimes } from '../../../functions/canary/times.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { createLog } from '../../../functions/log.ts';
import { abortRelease } from '../../../functions/releases/abort-release.ts';
import { createRelease } from '../../../functions/releases/apply-release.ts';
import type { ReleaseCall } from '../../../functions/releases/call.ts';
import { type SteerVerb, steerRelease } from '../../../functions/releases/steer-release.ts';
import { createMemoryStore } from '../../../functions/table/sqlite/memory-store.ts';
import type { TableStore } from '../../../functions/table/table-store.ts';
import { openDiscovery } from '../../../functions/traffic/open-discovery.ts';
import { startSweeping } from '../../../infra/local/server/sweep.ts';
import { NO_NOTIFY } from '../../support/notices.ts';
import { NO_METRICS } from '../../support/release-simulator.ts';
import { releaseManifest } from '../../support/use-cases.ts';
import { type Mesh, type MeshProxy, startMesh } from './mesh.ts';

/** Real Envoys whose canaries are in a store of the product, and whose releases are looked at as `npm start` does. */
export interface ReleaseBed {
  readonly mesh: Mesh;
  readonly store: TableStore;
  readonly proxies: readonly MeshProxy[];
  /** What the looks have logged. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** A canary `shop/{name}` at rest, on tracks of these ports, with a strategy; `more` is of its spec. */
  create(
    name: string,
    ports: { readonly stable: number; readonly canary: number },
    strategy: object,
    more?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Waits until proxies know every canary that was created. */
  staged(): Promise<void>;
  steer(name: string, verb: SteerVerb): Promise<void>;
  abort(name: string, reason: string): Promise<void>;
  canary(name: string): Promise<Canary>;
  /** Looks at a canary until it is so; throws with what it is instead. */
  until(name: string, isSo: (canary: Canary) => boolean, withinMs?: number): Promise<Canary>;
  /** Oldest first. */
  history(name: string): Promise<readonly AuditEntry[]>;
  /** The whole control plane stands still: no poll is answered, and no release looked at. */
  freeze(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Proxies on loopback ask for Envoy clusters several times a second; a record's refresh is for Pods of a Kubernetes cluster. */
const STAGE_MS = 8_000;
const CALL_MS = 5_000;
const WITHIN_MS = 180_000;

/** Which Kubernetes cluster it is, of which fleet. */
interface Place {
  readonly cluster?: string;
  /** One of the same fleet: with a store in common. */
  readonly beside?: ReleaseBed;
}

/** Brings it up. @param count proxies, `web-1` and so on */
export async function startReleaseBed(count: number, { cluster = 'local', beside }: Place = {}): Promise<ReleaseBed> {
  const mesh = await startMesh({ routesRefresh: '1s', idle: '1s' }, cluster);
  const store = beside?.store ?? createMemoryStore();
  const lines: Record<string, unknown>[] = [];
  const log = createLog((line) => lines.push(JSON.parse(line)), Date.now);
  mesh.entryPoint = openDiscovery({ ...mesh.parts, store }).handler;
  const parsed = parseClusterRecord({ discovery: mesh.discovery });
  const discovery = parsed.valid ? parsed.value.discovery : undefined;
  const common = { log, now: Date.now, random: Math.random, newUid: randomUUID };
  const looks: LookTools = {
    ...common,
    canaries: store,
    steps: store,
    measure: NO_METRICS,
    discoveryOf: async () => discovery,
  };
  const notify = { ...NO_NOTIFY, changes: store, notices: store, log, now: Date.now };
  const sweep = (): (() => Promise<void>) =>
    startSweeping({ canaries: store, log, now: Date.now, listClusters: async () => [cluster], looks, notify });
  let stopSweeping = sweep();
  const keyOf = (name: string) => ({ cluster, namespace: 'shop', name });
  const callOf = (name: string): ReleaseCall => ({
    tools: { ...common, store },
    caller: 'a person',
    key: keyOf(name),
    moment: { now: Date.now(), times: { ...releaseTimes(discovery), stageMs: STAGE_MS } },
    signal: AbortSignal.timeout(CALL_MS),
  });
  const canaryOf = async (name: string): Promise<Canary> => {
    const canary = await store.getCanary(keyOf(name), AbortSignal.timeout(CALL_MS));
    if (canary === undefined) throw new Error(`there is no canary ${name}`);
    return canary;
  };
  const until: ReleaseBed['until'] = async (name, isSo, withinMs = WITHIN_MS) => {
    const limit = Date.now() + withinMs;
    let canary = await canaryOf(name);
    for (; !isSo(canary); canary = await canaryOf(name)) {
      if (Date.now() > limit) throw new Error(`${name} is not so: ${JSON.stringify(canary.status)}`);
      await wait(100);
    }
    return canary;
  };
  const created: string[] = [];
  const mustWrite = ({ outcome, ...more }: Awaited<ReturnType<typeof steerRelease>>): void => {
    if (outcome !== 'written') throw new Error(JSON.stringify({ outcome, ...more }));
  };
  const pods = Array.from({ length: count }, (_, i) => `web-${i + 1}`);
  const proxies = await Promise.all(pods.map(async (pod) => await mesh.startProxy(pod, { sockets: 32 })));
  return {
    ...{ mesh, store, proxies, lines },
    canary: canaryOf,
    create: async (name, ports, strategy, more = {}) => {
      const backends = (['stable', 'canary'] as const).map((track) => ({
        name: track,
        service: `${name}-${track}`,
        port: ports[track],
      }));
      mustWrite(await createRelease(callOf(name), releaseManifest(name, { backends, strategy, ...more })));
      created.push(name);
    },
    until,
    staged: async () => {
      for (const name of created) await until(name, ({ status }) => status.phase === 'Initialized');
    },
    steer: async (name, verb) => mustWrite(await steerRelease(callOf(name), verb)),
    abort: async (name, reason) => mustWrite(await abortRelease(callOf(name), reason)),
    history: async (name) => (await store.listAudit(keyOf(name), 100, AbortSignal.timeout(CALL_MS))).toReversed(),
    freeze: async (ms) => {
      mesh.instead = () => ({ statusCode: 503, headers: {}, body: '' });
      await stopSweeping();
      await wait(ms);
      mesh.instead = undefined;
      stopSweeping = sweep();
    },
    stop: async () => {
      await stopSweeping();
      await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
      await mesh.stop();
    },
  };
}
