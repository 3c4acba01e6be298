import { object, words } from '../../../json/schema/build.ts';
import { ANALYSIS } from './analysis.ts';
import { time } from './fields.ts';
import { HOOKS } from './hooks.ts';
import { STEPS } from './steps.ts';
import { WORKLOADS } from './workloads.ts';

/** `rollback` of a strategy. */
const ROLLBACK = object(
  {
    /** `Immediate`: in one write. `Stepwise`: along the weights of its steps, so that stable can be scaled out meanwhile; not in a group. An abort by a person is always in one write. Default without it: `Immediate`. */
    mode: words(['Immediate', 'Stepwise'], {}),
  },
  { optional: true },
);

/** `spec.strategy`: how a release advances by itself. What it does not know is refused: it would do nothing. */
export const STRATEGY = object(
  {
    /** Weights that rise, pauses and analyses. Behind the last one the canary gets everything. Default: 1, 5, 20 and 50 %, begun at the first that the traffic can judge. At most 32. */
    steps: STEPS,
    /** How what the callers' proxies count is judged. */
    analysis: ANALYSIS,
    /** How long the release waits for proxies that confirm a step, and for Pods, before it is aborted. Waits for people and for traffic do not count. */
    progressDeadline: time({ min: '1m', max: '24h' }, { fallback: '10m' }),
    /** How a canary is taken back by the release itself (docs/releases.md#the-way-back). */
    rollback: ROLLBACK,
    /** What runs the Pods of the two tracks, in the canary's namespace: a larger share waits until the canary's are ready. */
    workloads: WORKLOADS,
    /** URLs that let a release go on, or take it back. At most 8. */
    hooks: HOOKS,
  },
  { optional: true },
);
