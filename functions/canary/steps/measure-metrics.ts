import type { Canary } from '../canary.ts';
import type { Metric } from '../document/metrics/metrics.ts';
import type { MetricsRecord } from '../metrics/metric-state.ts';

/** A release whose metrics are measured. */
export interface MeasuredRelease {
  readonly cluster: string;
  readonly canary: Canary;
  /** Those that the release began with. */
  readonly metrics: readonly Metric[];
}

/**
 * Begins to measure the metrics that are due, and adds to the record what has been found since the last call. It hardly
 * waits: what takes longer is added by a later call. Never rejects: what cannot be measured is an error of its metric.
 *
 * @returns the same record where nothing has been found
 */
export type MeasureMetrics = (release: MeasuredRelease, record: MetricsRecord) => Promise<MetricsRecord>;
