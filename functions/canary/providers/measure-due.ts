import { durationMs } from '../../template/parameter/types.ts';
import type { Metric } from '../document/metrics/metrics.ts';
import { foldMeasurements, nextMeasurementAt } from '../metrics/fold.ts';
import type { Measurement, MetricLimits, MetricsRecord } from '../metrics/metric-state.ts';
import { measure } from './measure.ts';
import type { MetricContext, ProviderTools } from './provider.ts';

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

/**
 * Measures the metrics that are due, all at once, and adds what was found to the record. Never rejects, and takes at most
 * `MEASURE_MS`.
 *
 * @param contextOf the values of a metric's queries
 * @returns the same record where none is due
 */
export async function measureDue(
  metrics: readonly Metric[],
  record: MetricsRecord,
  contextOf: (metric: Metric) => MetricContext,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<MetricsRecord> {
  const now = tools.now();
  const due = metrics.filter((metric) => {
    const at = nextMeasurementAt(limitsOf(metric), record);
    return at !== undefined && at <= now;
  });
  if (due.length === 0) return record;
  const measured = await Promise.all(
    due.map(
      async (metric): Promise<[string, Measurement]> => [
        metric.name,
        await measure(metric, contextOf(metric), tools, signal),
      ],
    ),
  );
  return foldMeasurements(metrics.map(limitsOf), record, new Map(measured));
}
