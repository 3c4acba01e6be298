import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { EVIDENCE_WRITE_EVERY_MS } from '../../functions/limits.ts';
import type { EvidencePage } from '../../functions/traffic/evidence/read-evidence.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import {
  bucketIndex,
  type EvidenceBed,
  latencyOf,
  quantileOf,
  startEvidenceBed,
  totalsOf,
  type Unwritten,
} from './support/evidence-bed.ts';
import { percentile } from './support/follow-routes.ts';
import { IS_LONG, lasting } from './support/long.ts';
import { describeReal } from './support/suite.ts';
import { startTimedApplication, type TakenRequest, type TimedApplication } from './support/timed-application.ts';

/** With few of them a report is a large part of what an environment hears in 3 s. */
const PROXIES = 8;
const ENVIRONMENTS = 3;
const SOCKETS = 25;
/** Requests at each weight. */
const REQUESTS = lasting(1_600, 15_000);
/** From a second on a bucket is 100 ms wide: on a busy machine too a response comes to Envoy by less later. */
const STABLE = { least: 1_000, longest: 2_000 };
const CANARY = { least: 2_000, longest: 4_000, failEvery: 20 };
const QUANTILES = [0.5, 0.95, 0.99];
/** Of twenty polls three are refused, and the answer to one is lost once the poll was heard. */
const TROUBLES = { of: 20, refused: 3, lost: 1 };
/** Between the ends of environments, and what each is later by: they write every 3 s, and end at different times of it. */
const KILLS = { every: 2_500, later: 700 };
const KILL_ROUNDS = lasting(1, 4);
const HOST = 'cart.shop:8080';

const MINUTES_15 = 900_000;
const TRACKS = ['stable', 'canary'] as const;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A step of the release, and what the applications did meanwhile. */
interface Step {
  readonly canary: Canary;
  readonly did: Readonly<Record<(typeof TRACKS)[number], readonly TakenRequest[]>>;
  readonly seconds: number;
}

await describeReal('figures of real Envoys beside those of the applications', whyNotEnvoy, () => {
  let bed: EvidenceBed;
  let applications: readonly [TimedApplication, TimedApplication];
  const steps: Step[] = [];
  const unwritten: Unwritten[] = [];
  const failures: string[] = [];
  let killed: Step;
  let page: EvidencePage;

  const tracks = () => ({ stable: applications[0].port, canary: applications[1].port });
  /** A step at a weight, in which something is done. */
  const stepAt = async (weight: number, send: () => Promise<void>): Promise<Step> => {
    const canary = bed.write('cart', tracks(), weight);
    await (steps.length === 0 ? bed.counting(canary) : bed.taken(canary));
    const begin = Date.now();
    await send();
    const seconds = (Date.now() - begin) / 1_000;
    const [stable, next] = await Promise.all(applications.map(async (one) => await one.taken()));
    return { canary, did: { stable: stable ?? [], canary: next ?? [] }, seconds };
  };
  /** All proxies send without pause, while one environment after the other ends. */
  const sendAndKill = async (): Promise<void> => {
    const state = { isOver: false };
    const ask = async (proxy: EvidenceBed['proxies'][number]): Promise<void> => {
      while (!state.isOver) await proxy.ask(HOST).catch(() => undefined);
    };
    const asking = bed.proxies.flatMap((proxy) => Array.from({ length: SOCKETS }, () => ask(proxy)));
    for (let i = 0; i < KILL_ROUNDS * ENVIRONMENTS; i++) {
      await wait(KILLS.every + (i % ENVIRONMENTS) * KILLS.later);
      unwritten.push(bed.kill(i % ENVIRONMENTS));
    }
    await wait(EVIDENCE_WRITE_EVERY_MS);
    state.isOver = true;
    await Promise.all(asking);
  };

  beforeAll(async () => {
    applications = [await startTimedApplication(STABLE), await startTimedApplication(CANARY)];
    bed = await startEvidenceBed({
      ...{ proxies: PROXIES, environments: ENVIRONMENTS, troubles: TROUBLES, sockets: SOCKETS },
      begin: (write) => [write('cart', tracks(), 0, true)],
    });
    // Everything is reported when that has ended, also under the routes of this step.
    const send = async (): Promise<void> => {
      failures.push(...(await bed.send(HOST, REQUESTS)));
    };
    steps.push(await stepAt(10, send));
    steps.push(await stepAt(50, send));
    killed = await stepAt(40, sendAndKill);
    await bed.written();
    page = await bed.windowsOf(killed.canary);
  }, MINUTES_15);
  afterAll(async () => {
    await bed?.stop();
    for (const application of applications ?? []) application.stop();
  });

  test(`of ${2 * REQUESTS} requests every one is counted, once, though polls are refused and answers lost`, () => {
    expect(failures).toEqual([]);
    for (const { canary, did } of steps) {
      for (const track of TRACKS) {
        const responses = did[track].length;
        const errors = did[track].filter(({ status }) => status === 500).length;
        const found = totalsOf(page.windows, canary.metadata.resourceVersion, track);
        const { weights } = canary.status;
        const [f, r] = [`${found.responses} of ${responses}`, `${found.errors} of ${errors}`];
        say(`${weights.stable}/${weights.canary} ${track}: ${f} responses, ${r} errors`);
        const none = { grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 0 };
        expect(found).toEqual({ responses, errors, timed: responses, ...none });
        expect(responses).toBeGreaterThan((REQUESTS * weights[track]) / 100 / 2);
        expect(errors > 0).toBe(track === 'canary');
      }
    }
    say(`${bed.troubles.refused} polls refused, ${bed.troubles.lost} answers lost of ${bed.mesh.polls.length}`);
    expect(bed.troubles.refused / bed.mesh.polls.length).toBeGreaterThan(0.13);
    expect(bed.troubles.lost / bed.mesh.polls.length).toBeGreaterThan(0.04);
    expect(page.proxies).toMatchObject({ reporting: PROXIES, silent: 0, late: 0 });
  });

  test('p50, p95 and p99 are within one bucket of what the applications took', () => {
    for (const { canary, did } of steps) {
      for (const track of TRACKS) {
        const times = did[track].map(({ ms }) => ms);
        const latency = latencyOf(page.windows, canary.metadata.resourceVersion, track);
        const own = QUANTILES.map((share) => percentile(times, share));
        const collected = QUANTILES.map((share) => quantileOf(latency, share));
        const { weights } = canary.status;
        const took = own.map((ms) => ms.toFixed(1)).join(', ');
        say(`${weights.stable}/${weights.canary} ${track}: collected ${collected.join(', ')} ms, by itself ${took} ms`);
        for (const [i, ms] of own.entries()) {
          expect(Math.abs(bucketIndex(collected[i] ?? Number.NaN) - bucketIndex(ms))).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  test('environments that are killed take at most three seconds of their share with them', () => {
    const { canary, did, seconds } = killed;
    const sent = did.stable.length + did.canary.length;
    const found = TRACKS.map((track) => totalsOf(page.windows, canary.metadata.resourceVersion, track).responses);
    const missing = sent - found.reduce((total, n) => total + n, 0);
    const kills = KILL_ROUNDS * ENVIRONMENTS;
    const share = sent / seconds / ENVIRONMENTS;
    say(
      `${kills} environments killed: ${missing} of ${sent} requests are missing, of each ` +
        `${(missing / share / kills).toFixed(2)} s of its share, which is ${share.toFixed(0)} requests a second`,
    );
    say(
      `what they had heard and not written: ${unwritten.map(({ responses, spanMs }) => `${responses} in ${spanMs} ms`).join(', ')}`,
    );
    expect(missing).toBeGreaterThanOrEqual(0);
    expect(missing).toBeLessThanOrEqual(unwritten.reduce((total, { responses }) => total + responses, 0));
    for (const { spanMs } of unwritten) expect(spanMs).toBeLessThanOrEqual(EVIDENCE_WRITE_EVERY_MS);
    // Of few of them some happen to have heard more than others.
    if (IS_LONG) expect(missing).toBeLessThanOrEqual((kills * share * EVIDENCE_WRITE_EVERY_MS) / 1_000);
    // Those that began in their place, and those before them, all have heard something.
    const environments = new Set([...bed.mesh.store.evidence.keys()].map((key) => key.split(' ').at(-1)));
    expect(environments.size).toBe(ENVIRONMENTS + kills);
  });
});
