import type { Canary } from '../canary.ts';
import type { Metric } from '../document/metrics/metrics.ts';
import type { MetricContext } from './provider.ts';

/** Which release a metric is measured of, as its queries and payloads have it. @param release which release it is */
export function metricContext(cluster: string, canary: Canary, release: string, { interval }: Metric): MetricContext {
  const { metadata, spec, status } = canary;
  const percent = (100 * status.weights.canary) / spec.totalWeight;
  return {
    cluster,
    values: {
      namespace: metadata.namespace,
      service: spec.service.name,
      canary: metadata.name,
      interval,
      weight: String(Number(percent.toFixed(2))),
    },
    phase: status.phase,
    release,
  };
}
