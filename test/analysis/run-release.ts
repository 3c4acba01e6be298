import { decide } from '../../functions/canary/verdict/decide.ts';
import { foldWindow } from '../../functions/canary/verdict/fold-window.ts';
import { BAKE_MS, BASELINE_MS, VERDICT_DEFAULTS, type VerdictPolicy } from '../../functions/canary/verdict/policy.ts';
import { openVerdict } from '../../functions/canary/verdict/record.ts';
import type { Random } from './random.ts';
import { trafficOf, type World } from './world.ts';

/** A release to run. */
export interface Plan {
  readonly shares: readonly number[];
  readonly policy?: Partial<VerdictPolicy>;
  /** Every step lasts so long, whatever the evidence tells; without it steps end when the evidence does. */
  readonly stepSeconds?: number;
  /** When a release that decides nothing is left, in seconds after the first share. Default: an hour. */
  readonly patience?: number;
}

/** How a release ended; times in seconds since the first share. */
export interface Outcome {
  readonly end: 'stopped' | 'released' | 'open';
  /** Stopped with every request on the canary, which is outside the guarantee. */
  readonly isAtFull?: boolean;
  readonly seconds: number;
  /** Of a conviction: the logarithm of E. */
  readonly logE?: number;
  /** Bad responses of the canary that callers saw. */
  readonly bad: number;
}

/** The verdict, whole or with a rule taken out. */
export interface Rule {
  readonly decide: typeof decide;
  readonly fold: typeof foldWindow;
}

/** The product's own verdict. */
export const PRODUCT: Rule = { decide, fold: foldWindow };

const WINDOW_SECONDS = 5;
const PATIENCE_SECONDS = 3_600;

/** Runs one release by a rule: baseline, steps, bake. */
export function runRelease(world: World, plan: Plan, random: Random, rule: Rule): Outcome {
  const { shares, stepSeconds, patience = PATIENCE_SECONDS } = plan;
  const latency = world.latency === undefined ? undefined : VERDICT_DEFAULTS.latency;
  const policy = { ...VERDICT_DEFAULTS, latency, ...plan.policy };
  const traffic = trafficOf(world, random);
  let record = openVerdict(policy, shares);
  for (let at = 0; at < BASELINE_MS; at += WINDOW_SECONDS * 1_000) record = rule.fold(record, traffic.window(-1, 0));

  let [step, inStep] = [0, 0];
  for (let seconds = WINDOW_SECONDS; seconds <= patience; seconds += WINDOW_SECONDS) {
    const weight = shares[step] ?? 1;
    record = rule.fold(record, traffic.window(step, weight));
    inStep += WINDOW_SECONDS;
    const look = { step, seconds: inStep, nextWeight: shares[step + 1] ?? 1, proxies: traffic.proxies };
    const { decision, why, logE } = rule.decide(record, look);
    const bad = traffic.canaryBad;
    if (decision === 'convict') return { end: 'stopped', isAtFull: why === 'bake', logE, seconds, bad };
    const isOver = stepSeconds === undefined ? decision === 'acquit' || decision === 'advance' : inStep >= stepSeconds;
    const isBaked = weight >= 1 && inStep * 1_000 >= BAKE_MS;
    if (isBaked || (isOver && step + 1 === shares.length)) return { end: 'released', seconds, bad };
    if (isOver) [step, inStep] = [step + 1, 0];
  }
  return { end: 'open', seconds: patience, bad: traffic.canaryBad };
}
