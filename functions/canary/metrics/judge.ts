import { type MetricLimits, type MetricState, type MetricsRecord, stateOf } from './metric-state.ts';

/** What the metrics of a canary do to its release. */
export type MetricsJudgement =
  /** A metric has failed. */
  | { readonly decision: 'Abort'; readonly sentence: string }
  /** No larger share now. `isWithoutData`: a provider has none, which is a wait for a machine. */
  | { readonly decision: 'Hold'; readonly sentence: string; readonly isWithoutData: boolean }
  /** They are no reason to wait. */
  | { readonly decision: 'Go' };

/** Said of every abort by a metric: what the verdict promises of false alarms does not count these. */
export const OUTSIDE_GUARANTEE = "metrics are outside the verdict's guarantee";

/**
 * Judges what was measured. A step is left only when every metric that is not a dry run has had a successful measurement
 * that began in it, or has been measured as often as its `count` asks for. So no data never promotes.
 *
 * @param stepSince when the step began, in milliseconds since the epoch
 */
export function judgeMetrics(
  metrics: readonly MetricLimits[],
  record: MetricsRecord,
  stepSince: number,
): MetricsJudgement {
  const required = metrics.filter(({ dryRun }) => !dryRun);
  const states = required.map((limits) => ({ limits, state: stateOf(record, limits.name) }));
  const failed = states.find(({ state }) => state.phase === 'Failed');
  if (failed !== undefined) return { decision: 'Abort', sentence: sentenceOfFailure(failed.limits, failed.state) };
  const holding = states.filter(({ state }) => isHolding(state, stepSince));
  const [first] = holding.toSorted((a, b) => rank(a.state) - rank(b.state));
  if (first === undefined) return { decision: 'Go' };
  const isWithoutData = holding.some(({ state: { measurements } }) => measurements.at(-1)?.hasData === false);
  return { decision: 'Hold', sentence: sentenceOfHold(first.state), isWithoutData };
}

/** What dry runs would have done, for people: one sentence for each that has failed. */
export function dryRunFailures(metrics: readonly MetricLimits[], record: MetricsRecord): readonly string[] {
  return metrics
    .filter(({ dryRun }) => dryRun)
    .map((limits) => ({ limits, state: stateOf(record, limits.name) }))
    .filter(({ state }) => state.phase === 'Failed')
    .map(({ limits, state }) => `${failureOf(limits, state)}; it is a dry run, so nothing follows`);
}

function isHolding({ phase, successfulAt }: MetricState, stepSince: number): boolean {
  if (phase === 'Successful') return false;
  return phase !== 'Running' || successfulAt === undefined || successfulAt < stepSince;
}

/** What holds for a reason comes before what is still to be measured. */
function rank({ phase }: MetricState): number {
  return phase === 'Running' ? 1 : 0;
}

/** Why a metric aborts a release, for people. */
export function sentenceOfFailure(limits: MetricLimits, state: MetricState): string {
  return `${failureOf(limits, state)}; ${OUTSIDE_GUARANTEE}`;
}

function failureOf({ failureLimit }: MetricLimits, { name, failed, measurements }: MetricState): string {
  const value = measurements.findLast(({ phase }) => phase === 'Failed')?.value;
  const shown = value === undefined ? '' : `, last at ${value}`;
  return `metric ${name} failed ${failed} ${failed === 1 ? 'time' : 'times'}${shown}: failureLimit is ${failureLimit}`;
}

function sentenceOfHold({ name, phase, inconclusive, consecutiveError, measurements }: MetricState): string {
  const message = measurements.at(-1)?.message;
  const why = message === undefined ? '' : ` (${message})`;
  if (phase === 'Error') return `held: metric ${name} could not be measured ${consecutiveError} times in a row${why}`;
  if (phase === 'Inconclusive') {
    return `held: metric ${name} is inconclusive, ${inconclusive} ${inconclusive === 1 ? 'time' : 'times'}${why}`;
  }
  return `held: metric ${name} has no successful measurement in this step yet${why}`;
}
