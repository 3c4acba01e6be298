import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { unreadiness } from '../../functions/canary/evidence/readiness.ts';
import { createEvidenceReader } from '../../functions/traffic/evidence/read-evidence.ts';
import { releaseOf } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type EvidenceBed, startEvidenceBed, totalsOf } from './support/evidence-bed.ts';
import { portOf } from './support/loopback-app.ts';
import type { MeshProxy } from './support/mesh.ts';
import { describeReal } from './support/suite.ts';

const PROXIES = 3;
const ENVIRONMENTS = 3;
const WAIT = { timeout: 60_000, interval: 50 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Application {
  readonly port: number;
  stop(): void;
}

/** An application that does with the n-th request what it is told. */
async function startApplication(respond: (n: number, response: http.ServerResponse) => void): Promise<Application> {
  let n = 0;
  const server = http.createServer((_request, response) => respond(++n, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const delayed = (ms: number, status: number) => (_n: number, response: http.ServerResponse) =>
  void setTimeout(() => response.writeHead(status).end('x'), ms);

await describeReal('what real Envoys count', whyNotEnvoy, () => {
  let bed: EvidenceBed;
  const applications: Application[] = [];

  const start = async (respond: Parameters<typeof startApplication>[0]): Promise<Application> => {
    const application = await startApplication(respond);
    applications.push(application);
    return application;
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
    const all = await Promise.all(
      bed.proxies.flatMap((proxy) => Array.from({ length: n / PROXIES }, () => one(proxy))),
    );
    await bed.reported();
    return all.filter(Boolean).length;
  };

  beforeAll(async () => {
    const troubles = { of: 20, refused: 3, lost: 1 };
    bed = await startEvidenceBed({ proxies: PROXIES, environments: ENVIRONMENTS, troubles });
  });
  afterAll(async () => {
    await bed?.stop();
    for (const application of applications) application.stop();
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
        bed.write(service, { stable: stable.port, canary }, weight, weight === 0),
      );
    await bed.taken(...all(0));
    const canaries = all(50);
    await bed.counting(...canaries);
    const sent = ['refuses', 'cuts', 'fails'].map(async (service) => await bed.send(`${service}.shop:8080`, 300));
    const calls = bed.send(
      'grpc.shop:8080',
      300,
      { 'content-type': 'application/grpc', te: 'trailers' },
      '/shop.Cart/Get',
    );
    const [givenUp] = await Promise.all([sendImpatient('hangs.shop:8080', 60), calls, ...sent]);
    const seen: Record<string, ReturnType<typeof totalsOf>> = {};
    await bed.written();
    for (const canary of canaries) {
      const { windows } = await bed.windowsOf(canary);
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

  test('requests by a header route and copies are no evidence, whatever the canary does with them', async () => {
    const stable = await start(delayed(1, 200));
    let copies = 0;
    const canary = await start(delayed(1, 200));
    const failing = await start((_n, response) => {
      copies++;
      response.writeHead(500).end('x');
    });
    const steps = [
      { setHeaderRoute: { name: 'testers', match: [{ headerName: 'x-tester', headerValue: { exact: 'yes' } }] } },
      { setMirrorRoute: { percentage: 100 } },
      { setWeight: 50 },
    ];
    const routed = (service: string, port: number, weight: number) => {
      const written = bed.write(service, { stable: stable.port, canary: port }, weight);
      const { status } = releaseOf({ service, weight, steps });
      const { release } = status;
      return release === undefined ? written : { ...written, status: { ...written.status, release } };
    };
    const tracksOf = { tested: canary.port, copied: failing.port };
    const rest = Object.entries(tracksOf).map(([service, port]) =>
      bed.write(service, { stable: stable.port, canary: port }, 0, true),
    );
    await bed.taken(...rest);
    const canaries = [routed('tested', canary.port, 50), routed('copied', failing.port, 0)] as const;
    await bed.counting(...canaries);
    const n = 300;
    const failures = await Promise.all([
      bed.send('tested.shop:8080', n),
      bed.send('tested.shop:8080', n, { 'x-tester': 'yes' }),
      bed.send('copied.shop:8080', n),
    ]);
    expect(failures).toEqual([[], [], []]);
    await bed.written();
    const [tested, copied] = await Promise.all(
      canaries.map(async (one) => {
        const { windows } = await bed.windowsOf(one);
        const of = (track: 'stable' | 'canary') => totalsOf(windows, one.metadata.resourceVersion, track);
        return { stable: of('stable'), canary: of('canary') };
      }),
    );
    say(`by header ${JSON.stringify(tested)}; copied ${copies} times: ${JSON.stringify(copied)}`);
    // Of twice as many requests these are the ones that the weights chose.
    expect((tested?.stable.responses ?? 0) + (tested?.canary.responses ?? 0)).toBe(n);
    expect(copied).toMatchObject({ stable: { responses: n, errors: 0 }, canary: { responses: 0, errors: 0 } });
    expect(copies).toBe(n);
  });

  test('a backend that DNS does not know is told at rest, before any share', async () => {
    const stable = await start(delayed(1, 200));
    const tracks = { stable: stable.port, canary: stable.port };
    bed.mesh.unknownNames.add('mistyped-canary.shop.svc.cluster.local');
    const [mistyped, good] = [bed.write('mistyped', tracks, 0, true), bed.write('good', tracks, 0, true)];
    bed.mesh.store.set(mistyped, good);
    const found = async (canary: Canary) =>
      (await createEvidenceReader(bed.mesh.store).backends('local', AbortSignal.timeout(5_000)))(canary, Date.now());
    const ten = { canary: 10, stable: 90 };
    await expect
      .poll(async () => unreadiness(mistyped, ten, await found(mistyped))?.reason, WAIT)
      .toBe('NoCanaryHosts');
    await expect.poll(async () => await found(good), WAIT).toMatchObject({ isCounted: true });
    await expect.poll(async () => unreadiness(good, ten, await found(good)), WAIT).toBeUndefined();
    say(`found: ${JSON.stringify([await found(mistyped), await found(good)])}`);
  });
});
