import {
  MEASUREMENTS_KEPT,
  MESSAGE_CHARACTERS_MAX,
  type Measurement,
  type MetricLimits,
  type MetricPhase,
  type MetricState,
  type MetricsRecord,
  stateOf,
  VALUE_CHARACTERS_MAX,
} from './metric-state.ts';

/** Argo Rollouts measures this soon again after an error (DefaultErrorRetryInterval). */
const ERROR_RETRY_MS = 10_000;

/** When a metric is measured next, in milliseconds since the epoch; undefined where it has failed or is measured enough. */
export function nextMeasurementAt(limits: MetricLimits, record: MetricsRecord): number | undefined {
  const { phase, measurements } = stateOf(record, limits.name);
  if (phase === 'Failed' || phase === 'Successful') return undefined;
  const last = measurements.at(-1);
  if (last === undefined) return record.startedAt + limits.initialDelayMs;
  return last.at + (last.phase === 'Error' ? Math.min(ERROR_RETRY_MS, limits.intervalMs) : limits.intervalMs);
}

/**
 * Adds measurements, by the names of their metrics. One that is not newer than what is there changes nothing, so that two
 * who measure at once, or one who does so twice, count it once. A metric that has failed stays so.
 */
export function foldMeasurements(
  metrics: readonly MetricLimits[],
  record: MetricsRecord,
  measured: ReadonlyMap<string, Measurement>,
): MetricsRecord {
  const states = metrics.map((limits) => {
    const state = stateOf(record, limits.name);
    const measurement = measured.get(limits.name);
    return measurement === undefined ? state : fold(limits, state, measurement);
  });
  return { ...record, metrics: states.filter(({ measurements }) => measurements.length > 0) };
}

function fold(limits: MetricLimits, state: MetricState, measurement: Measurement): MetricState {
  const { at, phase } = measurement;
  const last = state.measurements.at(-1);
  if (state.phase === 'Failed' || (last !== undefined && at <= last.at)) return state;
  const { successfulAt, ...counts } = counted(state, measurement);
  const successAt = phase === 'Successful' ? at : successfulAt;
  const next = {
    ...counts,
    ...(successAt === undefined ? {} : { successfulAt: successAt }),
    measurements: [...state.measurements, bounded(measurement)].slice(-MEASUREMENTS_KEPT),
  };
  return { ...next, phase: phaseOf(limits, next) };
}

function counted(state: MetricState, { phase }: Measurement): MetricState {
  const isConclusive = phase === 'Successful' || phase === 'Failed';
  // In Argo an analysis ends inconclusive, and waits for a person. Here it goes on, and counts again from the next result on.
  const inconclusive = isConclusive && state.phase === 'Inconclusive' ? 0 : state.inconclusive;
  return {
    ...state,
    successful: state.successful + Number(phase === 'Successful'),
    failed: state.failed + Number(phase === 'Failed'),
    inconclusive: inconclusive + Number(phase === 'Inconclusive'),
    error: state.error + Number(phase === 'Error'),
    consecutiveError: phase === 'Error' ? state.consecutiveError + 1 : 0,
  };
}

/** In Argo's order, but that a failure is not covered by what comes after it. */
function phaseOf(limits: MetricLimits, state: MetricState): MetricPhase {
  const { successful, failed, inconclusive, consecutiveError } = state;
  if (failed > limits.failureLimit) return 'Failed';
  if (consecutiveError > limits.consecutiveErrorLimit) return 'Error';
  if (inconclusive > limits.inconclusiveLimit) return 'Inconclusive';
  const taken = successful + failed + inconclusive;
  return limits.count !== undefined && taken >= limits.count ? 'Successful' : 'Running';
}

function bounded({ value, message, ...rest }: Measurement): Measurement {
  return {
    ...rest,
    ...(value === undefined ? {} : { value: value.slice(0, VALUE_CHARACTERS_MAX) }),
    ...(message === undefined ? {} : { message: message.slice(0, MESSAGE_CHARACTERS_MAX) }),
  };
}
