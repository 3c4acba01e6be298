import { durationMs } from '../../template/parameter/types.ts';
import type { Metric } from '../document/metrics/metrics.ts';
import { nextMeasurementAt } from '../metrics/fold.ts';
import type { MetricLimits, MetricsRecord } from '../metrics/metric-state.ts';

/** What the fold and the judge need of a metric. */
export function limitsOf(metric: Metric): MetricLimits {
  const { name, interval, initialDelay, count, failureLimit, inconclusiveLimit, consecutiveErrorLimit, dryRun } =
    metric;
  return {
    ...{ name, failureLimit, inconclusiveLimit, consecutiveErrorLimit, dryRun },
    intervalMs: durationMs(interval),
    initialDelayMs: durationMs(initialDelay),
    ...(count === undefined ? {} : { count }),
  };
}

/** The metrics that are to be measured now. @param now milliseconds since the epoch */
export function dueMetrics(metrics: readonly Metric[], record: MetricsRecord, now: number): readonly Metric[] {
  return metrics.filter((metric) => {
    const at = nextMeasurementAt(limitsOf(metric), record);
    return at !== undefined && at <= now;
  });
}
