import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { unreadiness } from '../../functions/canary/evidence/readiness.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import type { EvidenceWindow } from '../../functions/traffic/evidence/describe-evidence.ts';
import { createEvidenceReader } from '../../functions/traffic/evidence/read-evidence.ts';
import { openDiscovery } from '../../functions/traffic/open-discovery.ts';
import { releaseOf } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { portOf } from './support/loopback-app.ts';
import { type Mesh, type MeshProxy, startMesh } from './support/mesh.ts';
import { runningRoutes } from './support/running-routes.ts';
import { describeReal } from './support/suite.ts';

const PROXIES = 3;
const ENVIRONMENTS = 3;
/** Requests at each weight. */
const REQUESTS = 3_000;
/** Reports are cut at every poll; the last of them must have come before windows are read. */
const POLLS_MS = 6_000;
/** A window closes 10 s after its end. */
const CLOSED_MS = 16_000;
const WAIT = { timeout: 60_000, interval: 50 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What an application did, by status; the truth. */
interface Application {
  readonly port: number;
  readonly statuses: Map<number, number>;
  stop(): void;
}

/** An application that does with the n-th request what it is told. */
async function startApplication(respond: (n: number, response: http.ServerResponse) => void): Promise<Application> {
  const statuses = new Map<number, number>();
  let n = 0;
  const server = http.createServer((_request, response) => {
    response.once('finish', () => statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1));
    respond(++n, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    statuses,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const delayed = (ms: number, status: number) => (_n: number, response: http.ServerResponse) =>
  void setTimeout(() => response.writeHead(status).end('x'), ms);

/** The sum of windows, by the canary's resourceVersion and track. */
function totalsOf(windows: readonly EvidenceWindow[], version: string, track: 'stable' | 'canary') {
  const own = windows.filter(({ resourceVersion }) => resourceVersion === version).map(({ tracks }) => tracks[track]);
  const sum = (of: (one: (typeof own)[number]) => number): number => own.reduce((total, one) => total + of(one), 0);
  return {
    responses: sum(({ responses }) => responses),
    errors: sum(({ errors }) => errors),
    grpcFailures: sum(({ grpcFailures }) => grpcFailures),
    fallbacks: sum(({ fallbacks }) => fallbacks),
    unanswered: sum(({ unanswered }) => unanswered),
    cut: sum(({ cut }) => cut),
    timed: sum(({ latency }) => latency.reduce((total, [, count]) => total + count, 0)),
  };
}

/** The bound of the bucket in which a quantile lies. */
function quantile(windows: readonly EvidenceWindow[], track: 'stable' | 'canary', share: number): number {
  const buckets = new Map<number, number>();
  for (const { tracks } of windows) {
    for (const [bound, count] of tracks[track].latency) buckets.set(bound, (buckets.get(bound) ?? 0) + count);
  }
  const all = [...buckets].toSorted(([a], [b]) => a - b);
  let left = share * all.reduce((total, [, count]) => total + count, 0);
  for (const [bound, count] of all) {
    left -= count;
    if (left <= 0) return bound;
  }
  return Number.NaN;
}

await describeReal('what real Envoys count', whyNotEnvoy, () => {
  let mesh: Mesh;
  const proxies: MeshProxy[] = [];
  const applications: Application[] = [];
  let version = 0;
  let polls = 0;
  const refused = { before: 0, lost: 0 };

  const start = async (respond: Parameters<typeof startApplication>[0]): Promise<Application> => {
    const application = await startApplication(respond);
    applications.push(application);
    return application;
  };
  const write = (service: string, tracks: { stable: number; canary: number }, weight: number, atRest = false) => {
    const canary = releaseOf({ service, tracks, weight, version: ++version, atRest });
    const status = { ...canary.status, lastTransitionTime: new Date().toISOString() };
    return { ...canary, status };
  };
  /** Waits until all proxies run what is stored, and have begun to count it. */
  const taken = async (...canaries: readonly Canary[]): Promise<void> => {
    mesh.store.set(...canaries);
    const wanted = await mesh.routesVersion();
    const all = proxies.map((proxy) =>
      expect.poll(async () => (await runningRoutes(proxy)).version, WAIT).toBe(wanted),
    );
    await Promise.all(all);
    await wait(POLLS_MS);
  };
  const send = async (host: string, n: number, headers: Readonly<Record<string, string>> = {}, path = '/') => {
    const one = async (proxy: MeshProxy): Promise<void> => {
      for (let i = 0; i < n / PROXIES / 4; i++) await proxy.ask(host, headers, path).catch(() => undefined);
    };
    await Promise.all(proxies.flatMap((proxy) => [one(proxy), one(proxy), one(proxy), one(proxy)]));
    await wait(POLLS_MS);
  };
  /** Requests whose clients wait for half a second; how many had no answer. */
  const sendImpatient = async (host: string, n: number): Promise<number> => {
    const one = async (proxy: MeshProxy): Promise<boolean> => {
      const port = await proxy.listenerPort('bound');
      const signal = AbortSignal.timeout(500);
      const request = http.get({ host: '127.0.0.1', port, agent: false, headers: { host }, signal });
      return await once(request, 'response').then(
        () => false,
        () => true,
      );
    };
    const all = await Promise.all(proxies.flatMap((proxy) => Array.from({ length: n / PROXIES }, () => one(proxy))));
    await wait(POLLS_MS);
    return all.filter(Boolean).length;
  };
  const windowsOf = async (canary: Canary, closedMs = CLOSED_MS) => {
    await wait(closedMs);
    const { name, namespace } = canary.metadata;
    const key = { cluster: 'local', namespace, name };
    const now = Date.now();
    const reader = createEvidenceReader(mesh.store);
    return await reader.page(key, canary, { until: now, windows: 360 }, now, AbortSignal.timeout(5_000));
  };

  beforeAll(async () => {
    mesh = await startMesh({ routesRefresh: '2s', idle: '1s' });
    const handlers = Array.from({ length: ENVIRONMENTS }, () => openDiscovery(mesh.parts).handler);
    const failed: HttpResult = { statusCode: 503, headers: {}, body: '' };
    // In turn; every seventh poll is refused, and the answer to every twentieth is lost after it was heard.
    mesh.entryPoint = async (event) => {
      const n = ++polls;
      const handler = handlers[n % ENVIRONMENTS];
      if (handler === undefined || n % 7 === 0) {
        refused.before++;
        return failed;
      }
      const result = await handler(event);
      if (n % 20 !== 0) return result;
      refused.lost++;
      return failed;
    };
    mesh.store.set(write('idle', mesh.tracks, 0, true));
    for (let i = 1; i <= PROXIES; i++) proxies.push(await mesh.startProxy(`web-${i}`));
  });
  afterAll(async () => {
    await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
    for (const application of applications) application.stop();
    await mesh?.stop();
  });

  test('is what the applications did, by version, track and time, though polls are refused and answers lost', async () => {
    const stable = await start(delayed(5, 200));
    const canary = await start((n, response) => delayed(20, n % 20 === 0 ? 500 : 200)(n, response));
    const tracks = { stable: stable.port, canary: canary.port };
    await taken(write('cart', tracks, 0, true));
    const truth: { version: string; stable: number; canary: number; errors: number }[] = [];
    let last: Canary | undefined;
    const countOf = ({ statuses }: Application) => [...statuses.values()].reduce((sum, n) => sum + n, 0);
    for (const weight of [10, 50]) {
      last = write('cart', tracks, weight);
      await taken(last);
      const before = [countOf(stable), countOf(canary), canary.statuses.get(500) ?? 0] as const;
      await send('cart.shop:8080', REQUESTS);
      const [s, c, e] = [countOf(stable), countOf(canary), canary.statuses.get(500) ?? 0] as const;
      truth.push({
        version: last.metadata.resourceVersion,
        stable: s - before[0],
        canary: c - before[1],
        errors: e - before[2],
      });
    }
    const { windows, proxies: told } = await windowsOf(last ?? write('cart', tracks, 0));
    for (const step of truth) {
      const [s, c] = [totalsOf(windows, step.version, 'stable'), totalsOf(windows, step.version, 'canary')];
      say(`version ${step.version}: ${JSON.stringify({ truth: step, stable: s, canary: c })}`);
      const none = { grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 0 };
      expect(s).toEqual({ responses: step.stable, errors: 0, timed: step.stable, ...none });
      expect(c).toEqual({ responses: step.canary, errors: step.errors, timed: step.canary, ...none });
    }
    expect(refused.before).toBeGreaterThan(5);
    expect(refused.lost).toBeGreaterThan(0);
    expect(told).toMatchObject({ reporting: PROXIES, silent: 0 });
    const medians = [quantile(windows, 'stable', 0.5), quantile(windows, 'canary', 0.5)];
    say(`medians by bucket: ${medians.join(', ')} ms; ${refused.before} polls refused, ${refused.lost} answers lost`);
    expect(medians[0]).toBeGreaterThanOrEqual(4);
    expect(medians[1]).toBeGreaterThanOrEqual(19);
    expect(medians[0]).toBeLessThan(medians[1] ?? 0);
  });

  test('canaries that refuse, cut, hang or fail: each shows as what it is', async () => {
    const stable = await start(delayed(1, 200));
    const cutting = await start((_n, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x');
      setTimeout(() => response.destroy(), 5);
    });
    const failing = await start(delayed(1, 503));
    const hanging = await start(() => undefined);
    // A gRPC server fails with 200: its status stands in trailers, or in headers where there is nothing else.
    let failures = 0;
    const grpc = await start((n, response) => {
      if (n % 5 === 0) failures++;
      const status = n % 5 === 0 ? '14' : '0';
      response
        .writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': status, 'content-length': '0' })
        .end();
    });
    const ports = { refuses: 1, cuts: cutting.port, fails: failing.port, hangs: hanging.port, grpc: grpc.port };
    const all = (weight: number) =>
      Object.entries(ports).map(([service, canary]) =>
        write(service, { stable: stable.port, canary }, weight, weight === 0),
      );
    await taken(...all(0));
    const canaries = all(50);
    await taken(...canaries);
    const sent = ['refuses', 'cuts', 'fails'].map(async (service) => await send(`${service}.shop:8080`, 300));
    const calls = send('grpc.shop:8080', 300, { 'content-type': 'application/grpc', te: 'trailers' }, '/shop.Cart/Get');
    const [givenUp] = await Promise.all([sendImpatient('hangs.shop:8080', 60), calls, ...sent]);
    const seen: Record<string, ReturnType<typeof totalsOf>> = {};
    for (const [i, canary] of canaries.entries()) {
      const { windows } = await windowsOf(canary, i === 0 ? CLOSED_MS : 0);
      const { name, resourceVersion } = canary.metadata;
      seen[name] = totalsOf(windows, resourceVersion, 'canary');
      say(`${name}: ${JSON.stringify(seen[name])}`);
      expect(totalsOf(windows, resourceVersion, 'stable')).toMatchObject({
        errors: 0,
        fallbacks: 0,
        cut: 0,
        unanswered: 0,
      });
      if (name !== 'hangs') expect(seen[name]?.responses).toBeGreaterThan(0);
    }
    const { refuses, cuts, fails, hangs } = seen;
    say(`${givenUp} requests were given up; ${failures} gRPC calls failed`);
    expect(givenUp).toBeGreaterThan(0);
    expect(hangs).toMatchObject({ responses: 0, unanswered: givenUp, errors: 0, fallbacks: 0 });
    expect(seen['grpc']).toMatchObject({ errors: 0, grpcFailures: failures });
    expect(refuses).toMatchObject({ fallbacks: refuses?.responses, errors: 0, cut: 0 });
    expect(fails).toMatchObject({ errors: fails?.responses, fallbacks: 0, cut: 0 });
    // After some cuts Envoy leaves its Pods out, and stable's answer.
    expect(cuts?.cut).toBeGreaterThan(0);
    expect((cuts?.cut ?? 0) + (cuts?.fallbacks ?? 0)).toBe(cuts?.responses);
  });

  test('a backend that DNS does not know is told at rest, before any share', async () => {
    const stable = await start(delayed(1, 200));
    const tracks = { stable: stable.port, canary: stable.port };
    mesh.unknownNames.add('mistyped-canary.shop.svc.cluster.local');
    const [mistyped, good] = [write('mistyped', tracks, 0, true), write('good', tracks, 0, true)];
    mesh.store.set(mistyped, good);
    const found = async (canary: Canary) =>
      (await createEvidenceReader(mesh.store).backends('local', AbortSignal.timeout(5_000)))(canary, Date.now());
    const ten = { canary: 10, stable: 90 };
    await expect
      .poll(async () => unreadiness(mistyped, ten, await found(mistyped))?.reason, WAIT)
      .toBe('NoCanaryHosts');
    await expect.poll(async () => await found(good), WAIT).toMatchObject({ isCounted: true });
    await expect.poll(async () => unreadiness(good, ten, await found(good)), WAIT).toBeUndefined();
    say(`found: ${JSON.stringify([await found(mistyped), await found(good)])}`);
  });
});
