import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type ReleaseBed, startReleaseBed } from './support/release-bed.ts';
import { SHORT_WINDOWS } from './support/short-windows.ts';
import {
  type Behaviour,
  responding,
  type SteadyLoad,
  type SteadyTracks,
  startSteadyLoad,
  startTrack,
} from './support/steady-service.ts';
import { describeReal } from './support/suite.ts';

/** Of each Kubernetes cluster; one alone convicts nothing. */
const PROXIES = 2;
/** An abort in one Kubernetes cluster is found in another by a look, five seconds later; on a busy machine a little more. */
const FOUND_MS_MAX = 7_000;
/** Until every proxy runs an abort: two polls, and requests on their way. */
const FOLLOWED_MS = 8_000;
/** For hangs only. */
const DONE_MS = 240_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** One step: of two Kubernetes clusters one waits for the other. */
const BRIEF = {
  steps: [{ setWeight: 30 }],
  analysis: { ...SHORT_WINDOWS.analysis, minimum: { time: '5s', responses: 50 } },
};

const GOOD = responding(2, 1_000);
/** 5 % errors. */
const BAD = responding(2, 20);
const inBoth = (order: 'OneByOne' | 'AtOnce') => ({ clusters: { names: ['east', 'west'], order } });

type Place = 'east' | 'west';

/** What is released at the same time: where, with whom, and how its canary behaves. */
const RELEASES: readonly { at: Place; name: string; canary: Behaviour; more: Readonly<Record<string, unknown>> }[] = [
  { at: 'east', name: 'cart', canary: GOOD, more: { group: 'good' } },
  { at: 'east', name: 'till', canary: GOOD, more: { group: 'good' } },
  { at: 'east', name: 'mail', canary: GOOD, more: { group: 'bad' } },
  { at: 'east', name: 'pay', canary: BAD, more: { group: 'bad' } },
  { at: 'east', name: 'news', canary: GOOD, more: inBoth('OneByOne') },
  { at: 'west', name: 'news', canary: GOOD, more: inBoth('OneByOne') },
  { at: 'east', name: 'blog', canary: GOOD, more: inBoth('AtOnce') },
  { at: 'west', name: 'blog', canary: BAD, more: inBoth('AtOnce') },
];

const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const isOver = (canary: Canary): boolean => isFailed(canary) || isWaiting(canary);
const messageOf = ({ status }: Canary): string =>
  status.conditions.find(({ type }) => type === 'Progressing')?.message ?? '';

await describeReal('releases of a group, and of two Kubernetes clusters, on real Envoys', whyNotEnvoy, () => {
  const beds = new Map<Place, ReleaseBed>();
  const tracks = new Map<string, SteadyTracks>();
  const loads: SteadyLoad[] = [];
  let started = 0;
  const bed = (at: Place): ReleaseBed => {
    const found = beds.get(at);
    if (found === undefined) throw new Error(`there is no ${at}`);
    return found;
  };
  const tell = (text: string): void => say(`${Math.round((Date.now() - started) / 1_000)} s ${text}`);
  /** Requests that the canary's track had, and when the last one came. */
  const hadOf = (at: Place, name: string) => tracks.get(`${at}/${name}`)?.canary.had ?? { count: 0, lastAt: 0 };
  const abortOf = async (at: Place, name: string) => {
    const last = (await bed(at).history(name)).at(-1);
    expect(last).toMatchObject({ verb: 'abort', who: 'advance', to: { stable: 100, canary: 0 } });
    return { verdict: last?.verdict, at: Date.parse(last?.time ?? '') };
  };
  const expectStill = async (at: Place, name: string, abortedAt: number): Promise<void> => {
    await wait(Math.max(0, abortedAt + FOLLOWED_MS - Date.now()));
    const { count, lastAt } = hadOf(at, name);
    tell(`${at}/${name}: ${count} requests of the canary; the last ${lastAt - abortedAt} ms after the abort`);
    expect(count).toBeGreaterThan(0);
    expect(lastAt).toBeLessThanOrEqual(abortedAt + FOLLOWED_MS);
  };

  beforeAll(async () => {
    started = Date.now();
    const east = await startReleaseBed(PROXIES, { cluster: 'east' });
    beds.set('east', east);
    beds.set('west', await startReleaseBed(PROXIES, { cluster: 'west', beside: east }));
    for (const { at, name, canary, more } of RELEASES) {
      const both = { stable: await startTrack(GOOD), canary: await startTrack(canary) };
      tracks.set(`${at}/${name}`, both);
      const ports = { stable: both.stable.port, canary: both.canary.port };
      await bed(at).create(name, ports, name === 'news' ? BRIEF : SHORT_WINDOWS, more);
    }
    for (const at of beds.keys()) await bed(at).staged();
    for (const { at, name } of RELEASES) loads.push(startSteadyLoad(bed(at).proxies, name, { rate: 50 }));
    // A start of one member is of its group; each Kubernetes cluster is started by itself.
    for (const name of ['cart', 'pay', 'news', 'blog']) await bed('east').steer(name, 'start');
    for (const name of ['news', 'blog']) await bed('west').steer(name, 'start');
  });
  afterAll(async () => {
    await Promise.all(loads.map(async (load) => await load.stop()));
    for (const one of beds.values()) await one.stop();
    for (const both of tracks.values()) for (const track of Object.values(both)) track.stop();
  });

  test('a bad member takes its group back, in one write', async () => {
    await bed('east').until('pay', isOver, DONE_MS);
    const [pay, mail] = [await bed('east').canary('pay'), await bed('east').canary('mail')];
    tell(`east/pay: ${messageOf(pay)}`);
    expect([isFailed(pay), isFailed(mail)]).toEqual([true, true]);
    expect(messageOf(pay)).toMatch(/^aborted: canary \d+ of \d+ bad, stable \d+ of .*: convicted$/);
    expect(messageOf(mail)).toMatch(/^aborted: pay of group bad: canary .*: convicted$/);
    const [cause, other] = [await abortOf('east', 'pay'), await abortOf('east', 'mail')];
    expect([cause.at, other.verdict]).toEqual([other.at, 'Group']);
    for (const name of ['pay', 'mail']) await expectStill('east', name, cause.at);
  });

  test('a bad version in one Kubernetes cluster is taken back in the other, within one look', async () => {
    const bad = await bed('west').until('blog', isOver, DONE_MS);
    tell(`west/blog: ${messageOf(bad)}`);
    expect(messageOf(bad)).toMatch(/^aborted: canary \d+ of \d+ bad, stable \d+ of .*: convicted$/);
    const good = await bed('east').until('blog', isOver, 2 * FOUND_MS_MAX);
    tell(`east/blog: ${messageOf(good)}`);
    expect(messageOf(good)).toMatch(/^aborted: blog in Kubernetes cluster west: canary .*: convicted$/);
    const [cause, other] = [await abortOf('west', 'blog'), await abortOf('east', 'blog')];
    expect(other.verdict).toBe('Clusters');
    tell(`east/blog: taken back ${other.at - cause.at} ms after west`);
    expect(other.at - cause.at).toBeLessThanOrEqual(FOUND_MS_MAX);
    await expectStill('west', 'blog', cause.at);
    await expectStill('east', 'blog', other.at);
  });

  test('a good group gets each step in one write, and is promoted together', async () => {
    await bed('east').until('cart', isOver, DONE_MS);
    const till = await bed('east').until('till', isOver, DONE_MS);
    expect(isWaiting(till)).toBe(true);
    await bed('east').steer('cart', 'promote');
    const both = [await bed('east').canary('cart'), await bed('east').canary('till')];
    expect(both.map(({ status }) => [status.phase, status.release?.taken.map(({ weight }) => weight)])).toEqual([
      ['Succeeded', [0, 20, 50, 100]],
      ['Succeeded', [0, 20, 50, 100]],
    ]);
    const histories = [await bed('east').history('cart'), await bed('east').history('till')];
    const [cart, other] = histories.map((all) => all.filter(({ verb }) => verb === 'step').map(({ time }) => time));
    expect(cart).toEqual(other);
    tell('east/cart and east/till: promoted');
  });

  test('a good version is released in one Kubernetes cluster after the other', async () => {
    const east = await bed('east').until('news', isOver, DONE_MS);
    expect(isWaiting(east)).toBe(true);
    const west = await bed('west').until('news', isOver, DONE_MS);
    expect(isWaiting(west)).toBe(true);
    const baked = (await bed('east').history('news')).findLast(({ verb }) => verb === 'step')?.time ?? '';
    const begun = (await bed('west').history('news')).find(({ to }) => (to?.canary ?? 0) > 0)?.time ?? '';
    tell(`news: west had its first share ${Date.parse(begun) - Date.parse(baked)} ms after east was baked`);
    expect(Date.parse(begun)).toBeGreaterThanOrEqual(Date.parse(baked));
    for (const at of ['east', 'west'] as const) {
      await bed(at).steer('news', 'promote');
      const { phase, release } = (await bed(at).canary('news')).status;
      expect([phase, release?.state, release?.taken.map(({ weight }) => weight)]).toEqual([
        'Succeeded',
        'Promoted',
        [0, 30, 100],
      ]);
    }
    tell('news: promoted in east and in west');
  });

  test('nothing was lost, and what was taken back stays so', async () => {
    for (const [at, name] of [
      ['east', 'pay'],
      ['east', 'mail'],
      ['east', 'blog'],
      ['west', 'blog'],
    ] as const) {
      expect((await bed(at).canary(name)).status).toMatchObject({
        phase: 'Failed',
        weights: { stable: 100, canary: 0 },
      });
    }
    await Promise.all(loads.map(async (load) => await load.stop()));
    const lost = loads.flatMap((load) => load.lost);
    tell(`${lost.length} of ${loads.reduce((total, load) => total + load.sent, 0)} requests were lost`);
    expect(lost).toEqual([]);
    for (const one of beds.values()) {
      expect(one.lines.filter(({ event }) => event === 'release step failed')).toEqual([]);
    }
  });
});
