import { afterAll, beforeAll, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { createCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import { amongOthers } from '../../functions/canary/transitions/fallback.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { readCanary } from '../../functions/table/stored.ts';
import { openDiscovery } from '../../functions/traffic/open-discovery.ts';
import * as older from '../fixtures/upgrade/functions-b39b9d9.mjs';
import { specOf } from '../support/canaries.ts';
import type { TestReader } from '../support/canary-reader.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { lasting } from './support/long.ts';
import type { Mesh, MeshProxy } from './support/mesh.ts';
import { type MeshReleases, withMesh } from './support/mesh-releases.ts';
import { openGrpcStream, openWebSocket, type StreamServer, startStreamServer } from './support/stream-server.ts';
import { describeReal } from './support/suite.ts';

/** How long each part goes on at least: both in turn, the new, both again, the old. */
const PART_MS = lasting(1_000, 60_000);
/** Until an Envoy of the mesh knows what CDS brings: it polls five times a second. */
const STAGE_MS = 2_000;
const WORKERS = 4;
const HOST = 'cart.shop:8080';
/** For hangs only: the machine may be busy with other things. */
const WAIT = { timeout: 60_000, interval: 20 };

type EntryPoint = ReturnType<typeof openDiscovery>['handler'];

/** The store under the names that the older functions have for what it does. */
const olderStore = (store: TestReader): TestReader =>
  Object.assign({}, store, { writeFleet: store.writeProxyReport, readFleet: store.readProxyReports });

await describeReal('functions of b39b9d9 are replaced under load, and put back', whyNotEnvoy, () => {
  let mesh: Mesh;
  let proxy: MeshProxy;
  /** A Pod of a template from before there was a pace, whose Envoy polls by itself. */
  let olderPod: MeshProxy;
  let on: MeshReleases;
  let servers: readonly StreamServer[];
  let entryPoints: Readonly<Record<'old' | 'own', EntryPoint>>;
  withMesh((...begun) => {
    [mesh, proxy, on] = begun;
  });
  beforeAll(async () => {
    servers = await Promise.all(['stable', 'canary', 'next'].map(startStreamServer));
    entryPoints = {
      old: older.openDiscovery({ ...mesh.parts, store: olderStore(mesh.store) }).handler,
      own: openDiscovery(mesh.parts).handler,
    };
    olderPod = await mesh.startProxy('web-2', { form: 'direct' });
  });
  afterAll(async () => {
    await olderPod?.stop();
    for (const server of servers ?? []) server.close();
  });

  const moment = (): Moment => ({
    now: Date.now(),
    times: { stageMs: STAGE_MS, awaitMs: 10_000, awaitIdleMs: 10_000 },
  });
  const shares = (canary: number) => ({ stable: 100 - canary, canary });
  const done = (transition: Transition): Canary => {
    if (!transition.allowed) throw new Error(transition.refusal.sentence);
    return transition.canary;
  };
  const manifest = (service: string) => ({
    metadata: { labels: {}, annotations: {} },
    spec: specOf({
      service: { name: service, port: 8080 },
      backends: [
        { name: 'stable', service: `${service}-stable`, port: servers[0]?.port ?? 0 },
        { name: 'canary', service: `${service}-canary`, port: servers[1]?.port ?? 0 },
      ],
    }),
  });

  /** Each kind of poll meets the old functions and the new ones in turn. */
  const inTurn = (): EntryPoint => {
    const counts = new Map<string, number>();
    return async (event) => {
      const path = JSON.stringify(event).match(/discovery(?::|%3A)(\w+)/i)?.[1] ?? '';
      const n = (counts.get(path) ?? 0) + 1;
      counts.set(path, n);
      return await entryPoints[n % 2 === 0 ? 'old' : 'own'](event);
    };
  };

  /** Asks and asks; what was answered, by server or status, and what broke. */
  const startLoad = () => {
    const seen: Record<string, number> = {};
    const state = { isOver: false };
    const note = (key: string): void => {
      seen[key] = (seen[key] ?? 0) + 1;
    };
    const worker = async (through: MeshProxy): Promise<void> => {
      while (!state.isOver) {
        const outcome = await through.ask(HOST).catch((error: unknown) => ({ status: 0, server: String(error) }));
        note(outcome.status === 200 ? outcome.server : `${outcome.status} ${outcome.server}`);
      }
    };
    const workers = Promise.all([proxy, olderPod].flatMap((one) => Array.from({ length: WORKERS }, () => worker(one))));
    return {
      end: async () => {
        state.isOver = true;
        await workers;
        return seen;
      },
    };
  };

  test('0 failed, 0 cut, nothing refused; aborts and weights work throughout, whoever writes', async () => {
    const past = { ...moment(), now: Date.now() - 60_000 };
    const identity = { namespace: 'shop', name: 'cart', uid: 'u' };
    let row = done(older.setWeights(older.createCanary(manifest('cart'), identity, past), shares(50), moment()));
    const others: Canary[] = [];
    /** Stores it as DynamoDB does: what comes out is read anew by either. */
    const put = (canary: Canary): void => {
      row = canary;
      mesh.store.set(readCanary(JSON.parse(JSON.stringify(canary)), 'x'), ...others);
    };
    const own = (): Canary => readCanary(JSON.parse(JSON.stringify(row)), 'x');
    /** Waits until one server has every request of both Pods, or each of several has had one. */
    const reaches = async (...names: readonly string[]): Promise<void> => {
      await Promise.all([proxy, olderPod].map(async (one) => await reachesThrough(one, names)));
    };
    const reachesThrough = async (through: MeshProxy, names: readonly string[]): Promise<void> => {
      const met = new Set<string>();
      await expect
        .poll(async () => {
          const now = Object.keys(await through.split(HOST, 30));
          for (const name of now) met.add(name);
          return names.length === 1 ? now.join() === names[0] : names.every((name) => met.has(name));
        }, WAIT)
        .toBe(true);
    };
    /** Weights by each version, an abort, and a retry. @param atRest who answers at rest */
    const steps = async (atRest: readonly string[]): Promise<void> => {
      put(done(setWeights(own(), shares(100), moment())));
      await reaches('canary');
      put(aborted(own(), abortOf(own(), moment(), undefined), versionAfter(0, own())));
      await reaches('stable');
      put(done(retryCanary(own(), moment())));
      // At rest; the old functions lead to stable then.
      await reaches(...atRest);
      put(done(older.setWeights(row, shares(100), moment())));
      await reaches('canary');
      put(done(older.setWeights(row, shares(50), moment())));
      await reaches('canary', 'stable');
    };
    const part = async (entryPoint: EntryPoint, ...atRest: readonly string[]): Promise<void> => {
      mesh.entryPoint = entryPoint;
      const end = Date.now() + PART_MS;
      do await steps(atRest);
      while (Date.now() < end);
    };

    mesh.entryPoint = entryPoints.old;
    put(row);
    await reaches('canary', 'stable');
    const port = await proxy.listenerPort('bound');
    const streams = await Promise.all([openWebSocket(port, HOST), openGrpcStream(port, HOST)]);
    const rejectedBefore = await Promise.all([on.rejected(), on.rejected(olderPod)]);
    const load = startLoad();
    // Created while both answer: it may not be led to what the old functions do not serve.
    const created = createCanary(manifest('late'), { ...identity, name: 'late' }, moment());
    const late = amongOthers(created, [row], moment());
    others.push(done(setWeights(late, shares(50), { ...moment(), now: Date.now() + STAGE_MS })));
    await part(inTurn(), 'main', 'stable');
    await part(entryPoints.own, 'main');
    await part(inTurn(), 'main', 'stable');
    await part(entryPoints.old, 'stable');

    const seen = await load.end();
    const ends = await Promise.all(streams.map((stream) => stream.end()));
    process.stdout.write(`${JSON.stringify({ seen, ends, polls: mesh.polls.length })}\n`);
    expect(Object.keys(seen).toSorted()).toEqual(['canary', 'main', 'stable']);
    for (const { sent, came, error } of ends) expect({ came, error }).toEqual({ came: sent, error: undefined });
    expect(await Promise.all([on.rejected(), on.rejected(olderPod)])).toEqual(rejectedBefore);
    expect([...(await proxy.stats('lua.errors')).values()]).toEqual([0]);
    expect(new Set(mesh.polls.map(({ status }) => status))).toEqual(new Set([200, 304]));
    mesh.entryPoint = undefined;
  }, 600_000);
});
