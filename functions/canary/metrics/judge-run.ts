import { OUTSIDE_GUARANTEE, sentenceOfFailure } from './judge.ts';
import { type MetricLimits, type MetricState, type MetricsRecord, stateOf } from './metric-state.ts';

/** What the metrics of an `analysis` step ask for; each with a sentence for people. */
export type RunJudgement =
  /** One has failed. */
  | { readonly decision: 'Abort'; readonly sentence: string }
  /** One has data that neither of its conditions fits: a person decides. */
  | { readonly decision: 'Pause'; readonly sentence: string }
  /** They are measured still. `isWithoutData`: a provider has none, which is a wait for a machine. */
  | { readonly decision: 'Hold'; readonly sentence: string; readonly isWithoutData: boolean }
  /** Each has been measured as often as it asks for. */
  | { readonly decision: 'Go'; readonly sentence: string };

/** Judges the run of an `analysis` step, in Argo's order. No data never ends it; a dry run has no part in it. */
export function judgeRun(metrics: readonly MetricLimits[], record: MetricsRecord): RunJudgement {
  const required = metrics.filter(({ dryRun }) => !dryRun);
  const states = required.map((limits) => ({ limits, state: stateOf(record, limits.name) }));
  const failed = states.find(({ state }) => state.phase === 'Failed');
  if (failed !== undefined) return { decision: 'Abort', sentence: sentenceOfFailure(failed.limits, failed.state) };
  const undecided = states.find(({ state }) => state.phase === 'Inconclusive' && hasData(state));
  if (undecided !== undefined) {
    const { name, inconclusive } = undecided.state;
    const times = `${inconclusive} ${inconclusive === 1 ? 'time' : 'times'}`;
    return { decision: 'Pause', sentence: `metric ${name} was inconclusive ${times}; ${OUTSIDE_GUARANTEE}` };
  }
  const open = states.filter(({ state }) => state.phase !== 'Successful');
  const [first] = open;
  if (first === undefined) return { decision: 'Go', sentence: `analysis passed: ${states.map(toldOf).join(', ')}` };
  const isWithoutData = open.some(({ state }) => state.measurements.length > 0 && !hasData(state));
  return { decision: 'Hold', sentence: `analysis: ${open.map(toldOf).join(', ')}`, isWithoutData };
}

/** A metric's name, and how many of its measurements are taken. */
function toldOf({ limits, state }: { readonly limits: MetricLimits; readonly state: MetricState }): string {
  const { successful, failed, inconclusive, measurements } = state;
  const message = hasData(state) ? undefined : measurements.at(-1)?.message;
  const why = message === undefined ? '' : ` (${message})`;
  return `${limits.name} ${successful + failed + inconclusive} of ${limits.count ?? 1}${why}`;
}

function hasData({ measurements }: MetricState): boolean {
  return measurements.at(-1)?.hasData === true;
}
