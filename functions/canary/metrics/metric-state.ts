/** What one measurement comes to, in Argo Rollouts' words. */
export type MeasurementPhase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** How one metric is measured and what it may do, beside its provider and its conditions. */
export interface MetricLimits {
  /** Unique in its canary. */
  readonly name: string;
  /** From the beginning of one measurement to that of the next, in milliseconds. */
  readonly intervalMs: number;
  /** Before the first measurement, in milliseconds. */
  readonly initialDelayMs: number;
  /** Measurements in all, those with errors apart; absent: as long as the release goes on. */
  readonly count?: number;
  /** One more failed measurement than that aborts the release. */
  readonly failureLimit: number;
  /** One more inconclusive measurement than that holds it. */
  readonly inconclusiveLimit: number;
  /** One more error in a row than that holds it. */
  readonly consecutiveErrorLimit: number;
  /** It only reports. */
  readonly dryRun: boolean;
}

/** One measurement as it is kept and shown. */
export interface Measurement {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly phase: MeasurementPhase;
  /** Whether the provider had a value, whatever came of it. */
  readonly hasData: boolean;
  /** The value for people, at most `VALUE_CHARACTERS_MAX`. */
  readonly value?: string;
  /** Why it is inconclusive or an error: a sentence of ours, at most `MESSAGE_CHARACTERS_MAX`. */
  readonly message?: string;
}

/** A metric's phase: `Failed` aborts for good, `Inconclusive` and `Error` hold until a measurement is conclusive. */
export type MetricPhase = 'Running' | MeasurementPhase;

/** What is known of one metric in one release. */
export interface MetricState {
  readonly name: string;
  readonly phase: MetricPhase;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
  readonly consecutiveError: number;
  /** When the newest successful measurement began, in milliseconds since the epoch. */
  readonly successfulAt?: number;
  /** The newest `MEASUREMENTS_KEPT`, the oldest first. */
  readonly measurements: readonly Measurement[];
}

/** The metrics of one release, as they are stored. */
export interface MetricsRecord {
  /** Which release it is of: a record of another one counts for nothing. */
  readonly release: string;
  /** When measuring began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly metrics: readonly MetricState[];
}

/** Metrics of one canary: each is a call to another service, made while others wait. */
export const METRICS_MAX = 10;
/** The characters of a condition; Argo's own examples have at most 60. */
export const CONDITION_CHARACTERS_MAX = 1_024;
/** Measurements that stay to be looked at; the counts are of all. */
export const MEASUREMENTS_KEPT = 5;
/** Of a kept value. */
export const VALUE_CHARACTERS_MAX = 64;
/** Of a kept message: a sentence or two. */
export const MESSAGE_CHARACTERS_MAX = 240;

/** The record of a release whose metrics were never measured. */
export function openMetrics(release: string, startedAt: number): MetricsRecord {
  return { release, startedAt, metrics: [] };
}

/** What is known of a metric; of one that was never measured, nothing. */
export function stateOf({ metrics }: MetricsRecord, name: string): MetricState {
  return (
    metrics.find((metric) => metric.name === name) ?? {
      name,
      phase: 'Running',
      successful: 0,
      failed: 0,
      inconclusive: 0,
      error: 0,
      consecutiveError: 0,
      measurements: [],
    }
  );
}
