import { isRecord } from '../../json/faults.ts';
import {
  MEASUREMENTS_KEPT,
  MESSAGE_CHARACTERS_MAX,
  METRICS_MAX,
  type Measurement,
  type MetricState,
  type MetricsRecord,
  VALUE_CHARACTERS_MAX,
} from './metric-state.ts';

const MEASUREMENT_PHASES = ['Successful', 'Failed', 'Inconclusive', 'Error'];
const COUNTS = ['successful', 'failed', 'inconclusive', 'error', 'consecutiveError'];
const NAME_CHARACTERS_MAX = 63;
const RELEASE_CHARACTERS_MAX = 128;

/** The record in a stored value; undefined for anything else, which counts as none. */
export function readMetricsRecord(value: unknown): MetricsRecord | undefined {
  return isMetricsRecord(value) ? value : undefined;
}

function isMetricsRecord(value: unknown): value is MetricsRecord {
  if (!isRecord(value)) return false;
  const { release, startedAt, metrics } = value;
  if (!isText(release, RELEASE_CHARACTERS_MAX) || !isTime(startedAt) || !Array.isArray(metrics)) return false;
  return metrics.length <= METRICS_MAX && metrics.every(isState);
}

function isState(value: unknown): value is MetricState {
  if (!isRecord(value) || !isText(value['name'], NAME_CHARACTERS_MAX)) return false;
  const { phase, measurements, successfulAt } = value;
  const isPhase = phase === 'Running' || MEASUREMENT_PHASES.some((known) => known === phase);
  const isTimed = successfulAt === undefined || isTime(successfulAt);
  const areCounts = COUNTS.every((key) => isTime(value[key]));
  if (!isPhase || !isTimed || !areCounts || !Array.isArray(measurements)) return false;
  return measurements.length <= MEASUREMENTS_KEPT && measurements.every(isMeasurement);
}

function isMeasurement(entry: unknown): entry is Measurement {
  if (!isRecord(entry) || !isTime(entry['at']) || typeof entry['hasData'] !== 'boolean') return false;
  const { phase, value, message } = entry;
  const isPhase = MEASUREMENT_PHASES.some((known) => known === phase);
  const isValue = value === undefined || isText(value, VALUE_CHARACTERS_MAX);
  return isPhase && isValue && (message === undefined || isText(message, MESSAGE_CHARACTERS_MAX));
}

function isText(value: unknown, charactersMax: number): boolean {
  return typeof value === 'string' && value.length <= charactersMax;
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
