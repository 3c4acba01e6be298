import type { Canary, Release, Step, Strategy } from '../canary.ts';
import { weightOf } from '../document/strategy/steps.ts';
import { isSeldomAsked } from '../release-pace.ts';
import { iso } from '../stage-targets.ts';
import { BASELINE, ended, runningRelease } from '../steps/release.ts';
import { servedTarget } from '../targets.ts';
import { DEFAULT_PLAN } from '../verdict/policy.ts';
import type { Moment } from './moment.ts';
import { taking } from './place-release.ts';
import {
  allStable,
  awaiting,
  nextVersion,
  refuse,
  refuseTerminating,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/** Steps of a strategy that has none: begun at the first that the traffic can judge. */
const DEFAULT_STEPS: readonly Step[] = DEFAULT_PLAN.map((share) => ({ setWeight: Math.round(100 * share) }));

/**
 * The release by the canary's strategy, begun: the canary leaves rest at 100/0, and stable is measured through its track
 * first. It advances from there by itself.
 */
export function startRelease(canary: Canary, moment: Moment): Transition {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  const { spec, status } = canary;
  if (spec.strategy === undefined) {
    return refuse({ reason: 'NoStrategy', sentence: 'it has no spec.strategy; its weights are set by hand' });
  }
  if (runningRelease(canary) !== undefined) {
    return refuse({ reason: 'AlreadyReleasing', sentence: 'a release goes on already; undo or abort it first' });
  }
  if (status.phase === 'Failed') {
    return refuse({ reason: 'Aborted', sentence: 'it was aborted; retry begins a new release' });
  }
  if (status.weights.canary > 0) {
    const sentence = `the canary has a weight of ${status.weights.canary} that was set by hand; set it to 0 first`;
    return refuse({ reason: 'HasShare', sentence });
  }
  if (servedTarget(canary, moment.now) === undefined) {
    const until = Date.parse(status.targets.at(-1)?.routesFrom ?? status.lastTransitionTime);
    const sentence = 'the proxies are still learning it, and a share would be lost';
    return refuse({ reason: 'NotReady', sentence, until });
  }
  return { allowed: true, canary: begin(canary, spec.strategy, 'Start', moment) };
}

/**
 * The canary at 100/0 with a new release, whose verdict knows nothing of those before. What is frozen with it holds until its end.
 *
 * @param trigger a start is the first attempt, and so is another Pod template at rest; what takes the place of a release counts on
 * @param firstStepIndex the step behind the baseline, counted from 0; absent: the first
 */
export function begin(
  canary: Canary,
  strategy: Strategy,
  trigger: Release['trigger'],
  moment: Moment,
  firstStepIndex?: number,
): Canary {
  const time = iso(moment.now);
  const { totalWeight } = canary.spec;
  const isFirst = trigger === 'Start' || (trigger === 'Workload' && runningRelease(canary) === undefined);
  const release: Release = {
    attempt: isFirst ? 1 : (canary.status.release?.attempt ?? 0) + 1,
    trigger,
    startedAt: time,
    state: 'Baseline',
    currentStepIndex: BASELINE,
    steps: stepsOf(strategy, totalWeight),
    startByTraffic: strategy.steps === undefined && firstStepIndex === undefined,
    ...(firstStepIndex === undefined ? {} : { firstStepIndex }),
    analysis: strategy.analysis,
    progressDeadline: strategy.progressDeadline,
    ...(strategy.rollback?.mode === 'Stepwise' ? { rollback: { mode: 'Stepwise' } } : {}),
    ...(strategy.hooks === undefined ? {} : { hooks: strategy.hooks }),
    ...(strategy.workloads === undefined ? {} : { workloads: strategy.workloads }),
    taken: [],
    stepStartedAt: time,
  };
  return written(canary, { phase: 'Progressing', ...taking(canary, release, 0, moment) }, moment);
}

/**
 * The canary with another spec while a release goes on: back at 100/0, with a new release by the strategy of the new spec, which
 * the counts of the former one tell nothing of. Without a strategy it comes to rest.
 *
 * @param canary with the new spec and its targets
 * @param release the one that goes on
 */
export function supersede(canary: Canary, release: Release, moment: Moment): Canary {
  const { strategy } = canary.spec;
  if (strategy !== undefined) return begin(canary, strategy, 'Spec', moment);
  const status = {
    phase: restingPhase(canary, moment.now),
    weights: allStable(canary.spec),
    awaiting: awaiting(nextVersion(canary), canary.status.targets, moment, isSeldomAsked(canary, moment.now)),
    release: ended(release, 'Superseded'),
  };
  return written(canary, status, moment);
}

/** The steps of a release by a strategy: its own or the default ones, with the last weight, 100 %, where they end before it. */
export function stepsOf({ steps = DEFAULT_STEPS }: Strategy, totalWeight: number): readonly Step[] {
  const isWhole = steps.some((step) => 'setWeight' in step && weightOf(step.setWeight, totalWeight) === totalWeight);
  return isWhole ? steps : [...steps, { setWeight: 100 }];
}
