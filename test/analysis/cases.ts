import { DEFAULT_PLAN, FIRST_STEP_RESPONSES, FIRST_STEP_SECONDS } from '../../functions/canary/verdict/policy.ts';
import type { LatencyLaw } from './latency-laws.ts';
import type { Plan } from './run-release.ts';
import type { World } from './world.ts';

/** A row of the acceptance table: releases in some worlds, and what must come of them. */
export interface Case {
  readonly name: string;
  readonly worlds: readonly World[];
  readonly plan: Plan;
  /** Of each world. */
  readonly releases: number;
  readonly limits: Limits;
}

/** Shares of 1; medians in seconds, minutes and bad responses of the canary. */
export interface Limits {
  readonly stoppedMost?: number;
  readonly stoppedLeast?: number;
  readonly seconds?: number;
  readonly bad?: number;
  readonly minutes?: number;
  /** The least E of a conviction. */
  readonly evidence?: number;
}

const RATES = [1, 10, 100, 1_000];
const TENTH: Plan = { shares: [0.1, 0.2, 0.5, 1] };
const HUNDREDTH: Plan = { shares: DEFAULT_PLAN };
const STICKY: Plan = { shares: DEFAULT_PLAN.slice(1), policy: { sticky: true } };
const GOOD = 0.01;
const LAWS: Readonly<Record<string, Omit<LatencyLaw, 'slower'>>> = {
  narrow: { medians: [100], sigma: 0.5 },
  wide: { medians: [100], sigma: 1 },
  mixed: { medians: [10, 60, 400], sigma: 0.5 },
};

/** Rates of 100 requests a second and 0.5 % bad responses, where nothing else is said. */
const world = (more: Partial<World> = {}): World => ({ rps: 100, base: 0.005, ...more });
const slower = (law: keyof typeof LAWS, factor: number, rps = 100): World =>
  world({ rps, latency: { medians: [], sigma: 0, ...LAWS[law], slower: factor } });
const row = (name: string, worlds: World | readonly World[], limits: Limits, plan: Plan, releases: number): Case => ({
  name,
  worlds: [worlds].flat(),
  limits,
  plan,
  releases,
});

/** The plan of a release that begins where the traffic can judge. */
function planFor(rps: number): readonly number[] {
  const isEnough = (share: number): boolean => share * rps * FIRST_STEP_SECONDS >= FIRST_STEP_RESPONSES;
  const first = DEFAULT_PLAN.findIndex(isEnough);
  return DEFAULT_PLAN.slice(first === -1 ? -2 : first);
}

/** Good canaries: how many are stopped. */
const FALSE_ALARMS: readonly Case[] = [
  ...RATES.map((rps) =>
    row(
      `good, ${rps} rps; 0.01, 0.5, 5 %; load and errors ± 90 %`,
      [0.0001, 0.005, 0.05].map((base) => world({ rps, base, load: 0.9, swing: 0.9 })),
      { stoppedMost: GOOD },
      { shares: planFor(rps) },
      500,
    ),
  ),
  ...[3, 10, 50].map((burst) =>
    row(
      `good, bursts of ${burst}; 100, 300, 1,000 rps`,
      [100, 300, 1_000].map((rps) => world({ rps, burst })),
      { stoppedMost: GOOD },
      HUNDREDTH,
      400,
    ),
  ),
  row(
    'good, as bad as is tolerated (1.1x), 1,000 rps',
    world({ rps: 1_000, ratio: 1.1 }),
    { stoppedMost: GOOD },
    HUNDREDTH,
    500,
  ),
  row(
    'good, 2 % testers by header, 1,000 rps',
    world({ rps: 1_000, testers: 0.02 }),
    { stoppedMost: GOOD },
    HUNDREDTH,
    500,
  ),
  row('good, 5 proxies, zipf', world({ proxies: { count: 5, law: 'zipf' } }), { stoppedMost: GOOD }, HUNDREDTH, 300),
  ...[5, 30].map((blip) =>
    row(`good, one blip of ${blip} at 1 %`, world({ blip }), { stoppedMost: 0.04 }, HUNDREDTH, 1_000),
  ),
  row(
    'good, affinity, 20,000 users, errors ± 30 %',
    world({ users: 20_000, swing: 0.3 }),
    { stoppedMost: 0.02 },
    STICKY,
    200,
  ),
  row(
    'good, affinity, 2,000 users, errors ± 30 %',
    world({ users: 2_000, swing: 0.3 }),
    { stoppedMost: 0.04 },
    STICKY,
    1_000,
  ),
  ...[2, 5, 50].map((count) =>
    row(
      `good, 1 of ${count} proxies accuses the canary`,
      world({ proxies: { count, law: 'even', liar: 'accuses' } }),
      { stoppedMost: 0.03 },
      { ...HUNDREDTH, patience: 600 },
      count === 50 ? 30 : 100,
    ),
  ),
];

/** Bad canaries: how many are stopped, how soon, and how many callers see it. */
const DETECTION: readonly Case[] = [
  row('20x, 10 % first', world({ ratio: 20 }), { stoppedLeast: 1, seconds: 30, bad: 20, evidence: 100 }, TENTH, 500),
  row('20x, 1 % first', world({ ratio: 20 }), { stoppedLeast: 1, seconds: 60, bad: 8 }, HUNDREDTH, 500),
  row('20x, 10 rps, 10 % first', world({ rps: 10, ratio: 20 }), { stoppedLeast: 1, seconds: 90, bad: 8 }, TENTH, 500),
  row(
    '20x, 1,000 rps, 1 % first',
    world({ rps: 1_000, ratio: 20 }),
    { stoppedLeast: 1, seconds: 20, bad: 30 },
    HUNDREDTH,
    500,
  ),
  row('all fail, 1 % first', world({ ratio: 200 }), { stoppedLeast: 1, seconds: 20, bad: 30 }, HUNDREDTH, 500),
  row(
    'all fail from 50 % on (seconds since then)',
    world({ ratio: (weight) => (weight >= 0.5 ? 200 : 1) }),
    { stoppedLeast: 1, seconds: 30 },
    { shares: [0.5, 1] },
    300,
  ),
  row('4x, 10 % first', world({ ratio: 4 }), { stoppedLeast: 1, seconds: 120, bad: 25, evidence: 100 }, TENTH, 500),
  row(
    '4x with bursts of 10, 10 % first',
    world({ ratio: 4, burst: 10 }),
    { stoppedLeast: 0.98, seconds: 150 },
    TENTH,
    500,
  ),
  row(
    '2x; 10, 20, 50 % for 10 min each',
    world({ ratio: 2 }),
    { stoppedLeast: 0.98, seconds: 540, bad: 70, evidence: 100 },
    { shares: [0.1, 0.2, 0.5], stepSeconds: 600, patience: 1_800 },
    500,
  ),
  row(
    '50x at 0.01 %, 10 % first',
    world({ base: 0.0001, ratio: 50 }),
    { stoppedLeast: 1, seconds: 150, bad: 6 },
    TENTH,
    500,
  ),
  row(
    '50x at 0.01 %, 1 % first',
    world({ base: 0.0001, ratio: 50 }),
    { stoppedLeast: 1, seconds: 330, bad: 6 },
    HUNDREDTH,
    500,
  ),
  row(
    '20x, 5 proxies, 10 % first',
    world({ ratio: 20, proxies: { count: 5, law: 'even' } }),
    { stoppedLeast: 1, seconds: 35 },
    TENTH,
    300,
  ),
  row(
    '20x, 50 proxies, zipf, 1 % first',
    world({ ratio: 20, proxies: { count: 50, law: 'zipf' } }),
    { stoppedLeast: 1, seconds: 75 },
    HUNDREDTH,
    100,
  ),
  row(
    '20x, 1 of 5 proxies hides it',
    world({ ratio: 20, proxies: { count: 5, law: 'even', liar: 'hides' } }),
    { stoppedLeast: 0.98, seconds: 480 },
    TENTH,
    200,
  ),
  row(
    '20x, affinity, 20,000 users, 5 % first',
    world({ ratio: 20, users: 20_000 }),
    { stoppedLeast: 0.99, seconds: 480 },
    STICKY,
    200,
  ),
];

/** Response times. */
const LATENCY: readonly Case[] = [
  row(
    'latency good; 3 laws; 10, 100, 1,000 rps',
    Object.keys(LAWS).flatMap((law) => [10, 100, 1_000].map((rps) => slower(law, 1, rps))),
    { stoppedMost: GOOD },
    { ...TENTH, patience: 1_200 },
    60,
  ),
  row(
    'latency 10 % longer; 3 laws; 100 rps',
    Object.keys(LAWS).map((law) => slower(law, 1.1)),
    { stoppedMost: GOOD },
    { ...TENTH, patience: 1_200 },
    100,
  ),
  row('latency 1.5x, σ 0.5', slower('narrow', 1.5), { stoppedLeast: 1, seconds: 60 }, TENTH, 200),
  row('latency 2x, σ 0.5', slower('narrow', 2), { stoppedLeast: 1, seconds: 20, evidence: 100 }, TENTH, 200),
  row('latency 2x, σ 1', slower('wide', 2), { stoppedLeast: 1, seconds: 40 }, TENTH, 200),
  row('latency 2x, three kinds of callers', slower('mixed', 2), { stoppedLeast: 1, seconds: 60 }, TENTH, 200),
  row('latency 2x, σ 0.5, 10 rps', slower('narrow', 2, 10), { stoppedLeast: 1, seconds: 60 }, TENTH, 200),
];

/** How long a good release takes, bake included. */
const RELEASED: readonly Case[] = (
  [
    [0.0001, 1_000, 11],
    [0.005, 1_000, 14],
    [0.0001, 100, 14],
    [0.02, 100, 16],
    [0.005, 100, 35],
    [0.0001, 10, 60],
  ] as const
).map(([base, rps, minutes]) =>
  row(
    `released; ${100 * base} %, ${rps} rps`,
    world({ base, rps }),
    { stoppedMost: GOOD, minutes },
    { shares: planFor(rps), patience: 10_800 },
    200,
  ),
);

/** All rows. */
export const CASES: readonly Case[] = [...FALSE_ALARMS, ...DETECTION, ...LATENCY, ...RELEASED];

const FIELD_PLAN: Plan = { shares: [0.1, 0.2, 0.5], stepSeconds: 600, patience: 1_800 };

/** What is compared with Flagger: 10, 20, 50 % for ten minutes each, load and errors ± 90 %. */
export const FIELD: readonly Case[] = (
  [
    ['good 0.5 %', 10, 0.005, 1],
    ['good 2 %', 10, 0.02, 1],
    ['4x', 10, 0.005, 4],
    ['20x', 10, 0.005, 20],
    ['good 0.5 %', 100, 0.005, 1],
    ['good 2 %', 100, 0.02, 1],
    ['2x', 100, 0.005, 2],
    ['4x', 100, 0.005, 4],
    ['20x', 100, 0.005, 20],
    ['50x at 0.01 %', 100, 0.0001, 50],
    ['50x at 0.01 %', 1_000, 0.0001, 50],
    ['20x', 1_000, 0.005, 20],
    ['good 2 %', 1, 0.02, 1],
    ['4x', 1, 0.005, 4],
  ] as const
).map(([name, rps, base, ratio]) =>
  row(`${rps} rps, ${name}`, world({ rps, base, ratio, load: 0.9, swing: 0.9 }), {}, FIELD_PLAN, 200),
);
