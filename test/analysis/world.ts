import type { ProxySteps } from '../../functions/canary/verdict/trust.ts';
import type { VerdictWindow, WindowSums } from '../../functions/canary/verdict/window.ts';
import { type LatencyLaw, timesOf } from './latency-laws.ts';
import type { Random } from './random.ts';

/** What a Service and its two versions do. Shares are of 1. */
export interface World {
  readonly rps: number;
  /** Stable's share of bad responses. */
  readonly base: number;
  /** How many times as bad the canary is; by its share where that matters. */
  readonly ratio?: number | ((weight: number) => number);
  /** How far load and errors swing, up and down, in waves of a quarter of an hour to an hour. Default: 0.5 and 0. */
  readonly load?: number;
  readonly swing?: number;
  /** Stable's bad responses, and as many of the canary, come so many at once: a Pod is cut. What is worse comes one by one. */
  readonly burst?: number;
  /** Share of callers that are sent to the canary by a header, whatever its weight. */
  readonly testers?: number;
  /** Bad responses of the canary in one window of the first step. */
  readonly blip?: number;
  /** Users who stay on their track; the bad responses are those of a few of them. */
  readonly users?: number;
  readonly proxies?: { readonly count: number; readonly law: 'even' | 'zipf'; readonly liar?: 'accuses' | 'hides' };
  readonly latency?: LatencyLaw;
}

/** One release in a world: its windows come one after another, of whatever share is set. */
export interface Traffic {
  window(step: number, weight: number): VerdictWindow;
  readonly proxies: readonly ProxySteps[] | undefined;
  /** Bad responses of the canary so far. */
  readonly canaryBad: number;
}

const SECONDS = 5;
const STEPS = 5;
/** How much a liar reports: every one of its responses, and some that never were. */
const LIES = 20;

/** Starts a release. */
export function trafficOf(world: World, random: Random): Traffic {
  const { rps, base, ratio = 1, testers = 0 } = world;
  const waves = { load: waveOf(random, world.load ?? 0.5), errors: waveOf(random, world.swing ?? 0) };
  const split = world.proxies === undefined ? undefined : createSplit(world.proxies, random);
  const users = world.users === undefined ? undefined : createUsers(world.users, base, random);
  const blipAt = 24 + 1 + Math.floor(random.uniform() * 10);
  let [index, canaryBad] = [0, 0];

  return {
    get proxies() {
      return split?.proxies;
    },
    get canaryBad() {
      return canaryBad;
    },
    window(step, weight) {
      const at = index * SECONDS;
      const share = weight === 0 ? 0 : weight + testers * (1 - weight);
      const requests = rps * SECONDS * waves.load(at);
      const counts = { stable: random.poisson(requests * (1 - share)), canary: random.poisson(requests * share) };
      const worse = typeof ratio === 'number' ? ratio : ratio(weight);
      const rate = Math.min(1, base * waves.errors(at));
      const bad = badOf(counts, rate, worse, weight);
      if (world.blip !== undefined && index === blipAt) bad.canary = Math.min(bad.canary + world.blip, counts.canary);
      canaryBad += bad.canary;
      const told = split?.tell(step, counts, bad) ?? { counts, bad };
      const sums = (track: 'stable' | 'canary'): WindowSums => ({
        responses: told.counts[track],
        bad: told.bad[track],
        latency: world.latency === undefined ? [] : timesOf(world.latency, track, told.counts[track], at, random),
      });
      index++;
      return {
        from: at * 1_000,
        step,
        weight,
        seconds: SECONDS,
        stable: sums('stable'),
        canary: { ...sums('canary'), fallbacks: 0 },
      };
    },
  };

  function badOf(counts: Counts, rate: number, worse: number, weight: number): Counts {
    if (users !== undefined) return users.bad(counts, rate / base, worse, weight);
    const usual = (count: number): number =>
      world.burst === undefined
        ? random.binomial(count, rate)
        : world.burst * random.poisson((count * rate) / world.burst);
    const more = random.binomial(counts.canary, Math.min(1, rate * (worse - 1)));
    return {
      stable: Math.min(counts.stable, usual(counts.stable)),
      canary: Math.min(counts.canary, usual(counts.canary) + more),
    };
  }
}

interface Counts {
  stable: number;
  canary: number;
}

/** A factor around 1 that swings by so much. */
function waveOf(random: Random, swing: number): (at: number) => number {
  const [period, phase] = [900 + 2_700 * random.uniform(), 2 * Math.PI * random.uniform()];
  return (at) => 1 + swing * Math.sin((2 * Math.PI * at) / period + phase);
}

/** Users of a share: those below the weight are the canary's, so that a larger share keeps them. */
function createUsers(count: number, base: number, random: Random) {
  const failing = Array.from({ length: Math.round(count * base) }, () => random.uniform());
  /** Users whom only the bad version fails. */
  const prone = Array.from({ length: count - failing.length }, () => [random.uniform(), random.uniform()] as const);
  return {
    bad(counts: Counts, factor: number, worse: number, weight: number): Counts {
      const users = { canary: Math.max(1, weight * count), stable: Math.max(1, (1 - weight) * count) };
      const ofCanary = failing.filter((place) => place < weight).length;
      const more = worse <= 1 ? 0 : prone.filter(([place, luck]) => place < weight && luck < base * (worse - 1)).length;
      const rate = (bad: number, all: number): number => Math.min(1, (factor * bad) / all);
      return {
        stable: random.binomial(counts.stable, rate(failing.length - ofCanary, users.stable)),
        canary: random.binomial(counts.canary, rate(ofCanary + more, users.canary)),
      };
    },
  };
}

/** Tells windows proxy by proxy; the first is the liar, where there is one. */
function createSplit({ count, law, liar }: NonNullable<World['proxies']>, random: Random) {
  const sizes = Array.from({ length: count }, (_, i) => (law === 'even' ? 1 : 1 / (i + 1)));
  const proxies = sizes.map((_, i) => ({
    id: `p${i}`,
    steps: Array.from({ length: STEPS }, () => ({ c: 0, s: 0, nc: 0, ns: 0 })),
  }));
  return {
    proxies,
    tell(step: number, counts: Counts, bad: Counts): { counts: Counts; bad: Counts } {
      const parts = {
        nc: shared(counts.canary, sizes, random),
        ns: shared(counts.stable, sizes, random),
        c: shared(bad.canary, sizes, random),
        s: shared(bad.stable, sizes, random),
      };
      if (liar === 'accuses' && step >= 0) {
        parts.c[0] = (parts.nc[0] ?? 0) + LIES;
        parts.nc[0] = parts.c[0];
      }
      if (liar === 'hides' && step >= 0) {
        parts.s[0] = (parts.ns[0] ?? 0) + LIES;
        parts.ns[0] = parts.s[0];
        parts.c[0] = 0;
      }
      for (const [i, { steps }] of proxies.entries()) {
        const sums = steps[step];
        if (sums === undefined) continue;
        for (const key of ['c', 's', 'nc', 'ns'] as const) sums[key] += parts[key][i] ?? 0;
      }
      return {
        counts: { canary: sumOf(parts.nc), stable: sumOf(parts.ns) },
        bad: { canary: sumOf(parts.c), stable: sumOf(parts.s) },
      };
    },
  };
}

function shared(count: number, sizes: readonly number[], random: Random): number[] {
  let [left, rest] = [count, sizes.reduce((sum, size) => sum + size, 0)];
  return sizes.map((size, i) => {
    const part = i === sizes.length - 1 ? left : random.binomial(left, Math.min(1, size / rest));
    left -= part;
    rest -= size;
    return part;
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
