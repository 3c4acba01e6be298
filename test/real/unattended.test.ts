import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type LyingProxy, startLyingProxy } from './support/lying-proxy.ts';
import { type ReleaseBed, startReleaseBed } from './support/release-bed.ts';
import { SHORT_WINDOWS } from './support/short-windows.ts';
import {
  type Behaviour,
  responding,
  respondingGrpc,
  type SteadyLoad,
  type SteadyTrack,
  type SteadyTracks,
  startSteadyLoad,
  startTrack,
} from './support/steady-service.ts';
import { describeReal } from './support/suite.ts';

/** Of fewer none could be told apart from the others. */
const PROXIES = 4;
/** A bad version is back within this time of its first share, a standstill of the control plane included. */
const BACK_MS_MAX = 120_000;
const FROZEN_MS = 15_000;
/** Until every proxy runs an abort: two polls, and requests on their way. */
const FOLLOWED_MS = 8_000;
/** For hangs only. */
const DONE_MS = 240_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const withAnalysis = (analysis: object) => ({ ...SHORT_WINDOWS, analysis: { ...SHORT_WINDOWS.analysis, ...analysis } });
/** Stays at its first step while the others go on. */
const SLOWLY = withAnalysis({ minimum: { time: '10m', responses: 50 } });

/** What runs at the same time, on the same proxies. */
const SERVICES: Readonly<
  Record<string, { stable: Behaviour; canary: Behaviour; rate: number; strategy?: object; isGrpc?: boolean }>
> = {
  good: { stable: responding(2, 1_000), canary: responding(2, 1_000), rate: 60 },
  errors: { stable: responding(2, 1_000), canary: responding(2, 20), rate: 80 },
  // Bounds of buckets are up to 10 % wide; both responses take a little longer on a busy machine.
  slow: {
    ...{ stable: responding(40), canary: responding(80), rate: 60 },
    strategy: withAnalysis({ latency: { quantiles: [50, 90, 99] } }),
  },
  grpc: { stable: respondingGrpc(1_000), canary: respondingGrpc(5), rate: 60, isGrpc: true },
  mistyped: { stable: responding(2), canary: responding(2), rate: 20 },
  quiet: { stable: responding(2), canary: responding(2), rate: 0 },
  lied: { stable: responding(2), canary: responding(2), rate: 60, strategy: SLOWLY },
  stopped: { stable: responding(2), canary: responding(2), rate: 30, strategy: SLOWLY },
};

const hasShare = ({ status }: Canary): boolean => status.weights.canary > 0;
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const messageOf = ({ status }: Canary): string =>
  status.conditions.find(({ type }) => type === 'Progressing')?.message ?? '';

await describeReal('releases that run by themselves, on real Envoys', whyNotEnvoy, () => {
  let bed: ReleaseBed;
  let liar: LyingProxy | undefined;
  const tracks = new Map<string, SteadyTracks>();
  const loads = new Map<string, SteadyLoad>();
  let started = 0;
  const lost = (): readonly string[] => [...loads.values()].flatMap((load) => load.lost);
  const trackOf = (name: string, track: 'stable' | 'canary'): SteadyTrack => {
    const found = tracks.get(name)?.[track];
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const tell = (name: string, text: string): void =>
    say(`${Math.round((Date.now() - started) / 1_000)} s ${name}: ${text}`);

  beforeAll(async () => {
    started = Date.now();
    bed = await startReleaseBed(PROXIES);
    bed.mesh.unknownNames.add('mistyped-canary.shop.svc.cluster.local');
    for (const [name, { stable, canary, strategy = SHORT_WINDOWS }] of Object.entries(SERVICES)) {
      tracks.set(name, { stable: await startTrack(stable), canary: await startTrack(canary) });
      const ports = { stable: trackOf(name, 'stable').port, canary: trackOf(name, 'canary').port };
      await bed.create(name, ports, strategy);
    }
    await bed.staged();
    for (const [name, { rate, isGrpc = false }] of Object.entries(SERVICES)) {
      loads.set(name, startSteadyLoad(bed.proxies, name, { rate, isGrpc }));
    }
    const { mesh } = bed;
    liar = startLyingProxy(mesh.ports.gateway, await mesh.tokenOf('liar'), 'shop/lied/8080/r1');
    for (const name of Object.keys(SERVICES)) await bed.steer(name, 'start');
  });
  afterAll(async () => {
    await Promise.all([...loads.values()].map(async (load) => await load.stop()));
    await liar?.stop();
    await bed?.stop();
    for (const both of tracks.values()) for (const track of Object.values(both)) track.stop();
  });

  test('an abort in mid-step wins', async () => {
    await bed.until('stopped', hasShare, DONE_MS);
    await bed.abort('stopped', 'p99 doubled');
    const aborted = await bed.canary('stopped');
    expect(aborted.status).toMatchObject({ phase: 'Failed', weights: { stable: 100, canary: 0 } });
    expect(messageOf(aborted)).toBe('aborted: p99 doubled');
  });

  test('a control plane that stands still in mid-step loses no request and no release', async () => {
    const before = await bed.until('good', hasShare, DONE_MS);
    const [sent, failed] = [loads.get('good')?.sent ?? 0, lost().length];
    await bed.freeze(FROZEN_MS);
    const after = await bed.canary('good');
    expect([after.status.weights, after.status.phase]).toEqual([before.status.weights, 'Progressing']);
    tell('good', `stood still for ${FROZEN_MS / 1_000} s, in which ${(loads.get('good')?.sent ?? 0) - sent} were sent`);
    expect(lost().slice(failed)).toEqual([]);
  });

  test.each([
    ['5 % errors against 0.1 %', 'errors', /^aborted: canary \d+ of \d+ bad, stable \d+ of .*: convicted$/],
    ['twice as slow', 'slow', /^aborted: canary \d+ of [\d,]+ above .* ms, stable .*: convicted$/],
    ['failing gRPC', 'grpc', /^aborted: canary \d+ of \d+ bad, stable \d+ of .*: convicted$/],
  ])('%s: taken back by the evidence, and no request reaches it any more', async (_title, name, sentence) => {
    const canary = await bed.until(name, (one) => isFailed(one) || isWaiting(one), DONE_MS);
    tell(name, messageOf(canary));
    expect(messageOf(canary)).toMatch(sentence);
    const history = await bed.history(name);
    const [first, last] = [history.find(({ to }) => (to?.canary ?? 0) > 0), history.at(-1)];
    expect(last).toMatchObject({ verb: 'abort', who: 'advance', to: { stable: 100, canary: 0 } });
    const abortedAt = Date.parse(last?.time ?? '');
    await wait(Math.max(0, abortedAt + FOLLOWED_MS - Date.now()));
    const { had } = trackOf(name, 'canary');
    const harm = had.lastAt - Date.parse(first?.time ?? '');
    tell(
      name,
      `back after ${Math.round(harm / 1_000)} s, ${had.count} requests; the last ${had.lastAt - abortedAt} ms after the abort`,
    );
    expect(harm).toBeLessThanOrEqual(BACK_MS_MAX);
    expect(had.lastAt).toBeLessThanOrEqual(abortedAt + FOLLOWED_MS);
  });

  test('a good version gets everything step by step, and is promoted', async () => {
    const canary = await bed.until('good', (one) => isFailed(one) || isWaiting(one), DONE_MS);
    expect(canary.status).toMatchObject({ phase: 'WaitingPromotion', weights: { stable: 0, canary: 100 } });
    await bed.steer('good', 'promote');
    const { phase, release } = (await bed.canary('good')).status;
    expect([phase, release?.state]).toEqual(['Succeeded', 'Promoted']);
    for (const { verb, to, reason } of await bed.history('good'))
      tell('good', `${verb} ${to?.canary ?? ''} ${reason ?? ''}`);
    expect(release?.taken.map(({ weight }) => weight)).toEqual([0, 20, 50, 100]);
  });

  test('one proxy of several that lies convicts no canary', async () => {
    const canary = await bed.canary('lied');
    tell('lied', `${liar?.told} reports; ${canary.status.release?.verdict?.sentence}`);
    expect(liar?.told).toBeGreaterThan(20);
    expect(canary.status).toMatchObject({
      phase: 'Progressing',
      release: { state: 'Progressing', currentStepIndex: 0 },
    });
    expect(canary.status.release?.verdict?.sentence).toMatch(/proxy liar/);
  });

  test('a mistyped backend and a Service without traffic never get a share', async () => {
    const [mistyped, quiet] = [await bed.canary('mistyped'), await bed.canary('quiet')];
    for (const { status } of [mistyped, quiet]) {
      expect(status).toMatchObject({ phase: 'Progressing', release: { state: 'Baseline', taken: [{ weight: 0 }] } });
    }
    expect([mistyped, quiet].map(({ status }) => status.release?.verdict?.reason)).toEqual([
      'NoCanaryHosts',
      'NoTraffic',
    ]);
    expect([trackOf('mistyped', 'canary').had.count, trackOf('quiet', 'canary').had.count]).toEqual([0, 0]);
  });

  test('nothing was lost, and the abort stands', async () => {
    const stopped = await bed.canary('stopped');
    expect([stopped.status.phase, messageOf(stopped)]).toEqual(['Failed', 'aborted: p99 doubled']);
    const history = await bed.history('stopped');
    expect(history.slice(-2).map(({ verb, who }) => [verb, who])).toEqual([
      ['step', 'advance'],
      ['abort', 'a person'],
    ]);
    const { had } = trackOf('stopped', 'canary');
    expect(had.lastAt - Date.parse(history.at(-1)?.time ?? '')).toBeLessThanOrEqual(FOLLOWED_MS);
    await Promise.all([...loads.values()].map(async (load) => await load.stop()));
    const sent = [...loads.values()].reduce((total, load) => total + load.sent, 0);
    tell('all', `${lost().length} of ${sent} requests were lost`);
    expect(lost()).toEqual([]);
    expect(bed.lines.filter(({ event }) => event === 'release step failed')).toEqual([]);
  });
});
