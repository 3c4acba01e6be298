import type { Case, Limits } from './cases.ts';
import { type Random, randomOf } from './random.ts';
import { type Outcome, type Plan, PRODUCT, type Rule, runRelease } from './run-release.ts';
import type { World } from './world.ts';

/** What came of a case. Medians are of the releases that were stopped, minutes of those that were released. */
export interface Result {
  readonly name: string;
  readonly releases: number;
  /** Shares of 1. */
  readonly stopped: number;
  /** Stopped with every request on the canary, by the rule that is outside the guarantee. */
  readonly stoppedAtFull: number;
  readonly released: number;
  readonly seconds: number | undefined;
  readonly secondsP90: number | undefined;
  readonly bad: number | undefined;
  readonly minutes: number | undefined;
  /** The least E of all convictions. */
  readonly evidence: number | undefined;
  readonly limits: Limits;
  /** The limits that are missed, in words. */
  readonly missed: readonly string[];
}

/** Runs one release of a plan. */
export type Run = (world: World, plan: Plan, random: Random) => Outcome;

/** Runs all releases of a case, by the product's verdict or another; the same seeds each time. */
export function runCase(given: Case, rule: Rule = PRODUCT, releases = given.releases): Result {
  return resultOf(given, releases, (world, plan, random) => runRelease(world, plan, random, rule));
}

/** The same by any rule. */
export function resultOf({ name, worlds, plan, limits }: Case, releases: number, run: Run): Result {
  const outcomes = worlds.flatMap((world, w) =>
    Array.from({ length: releases }, (_, i) => run(world, plan, randomOf(seedOf(name, w, i)))),
  );
  const stopped = outcomes.filter(({ end }) => end === 'stopped');
  const released = outcomes.filter(({ end }) => end === 'released');
  const share = (part: readonly Outcome[]): number => part.length / outcomes.length;
  const result = {
    name,
    releases: outcomes.length,
    stopped: share(stopped),
    stoppedAtFull: share(stopped.filter(({ isAtFull }) => isAtFull)),
    released: share(released),
    seconds: quantile(
      stopped.map(({ seconds }) => seconds),
      0.5,
    ),
    secondsP90: quantile(
      stopped.map(({ seconds }) => seconds),
      0.9,
    ),
    bad: quantile(
      stopped.map(({ bad }) => bad),
      0.5,
    ),
    minutes: quantile(
      released.map(({ seconds }) => seconds / 60),
      0.5,
    ),
    evidence: quantile(
      stopped.filter(({ isAtFull }) => !isAtFull).map(({ logE = 0 }) => Math.exp(logE)),
      0,
    ),
  };
  return { ...result, limits, missed: missedBy(result, limits) };
}

function missedBy(result: Omit<Result, 'limits' | 'missed'>, limits: Limits): readonly string[] {
  const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
  const { stopped, seconds, bad, minutes, evidence = 0 } = result;
  const late = (value: number | undefined, limit: number | undefined, what: string): string[] =>
    limit === undefined || (value !== undefined && value <= limit) ? [] : [`${value ?? 'no'} ${what} > ${limit}`];
  return [
    ...(stopped > (limits.stoppedMost ?? 1)
      ? [`stopped ${percent(stopped)} > ${percent(limits.stoppedMost ?? 1)}`]
      : []),
    ...(stopped < (limits.stoppedLeast ?? 0)
      ? [`stopped ${percent(stopped)} < ${percent(limits.stoppedLeast ?? 0)}`]
      : []),
    ...late(seconds, limits.seconds, 's'),
    ...late(bad, limits.bad, 'bad responses'),
    ...late(minutes, limits.minutes, 'min'),
    ...(evidence < (limits.evidence ?? 0) * (1 - 1e-9) ? [`convicted at E = ${evidence} < ${limits.evidence}`] : []),
  ];
}

/** The value that this share of all is not above; undefined of none. */
function quantile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];
}

/** FNV-1a of the case's name, so that a case gives the same figures whichever others run. */
function seedOf(name: string, world: number, release: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${name} ${world} ${release}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
