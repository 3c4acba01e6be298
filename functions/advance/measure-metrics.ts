import { setTimeout as sleep } from 'node:timers/promises';
import type { Metric } from '../canary/document/metrics/metrics.ts';
import { foldMeasurements } from '../canary/metrics/fold.ts';
import type { Measurement, MetricsRecord } from '../canary/metrics/metric-state.ts';
import { failedMeasurement, measure } from '../canary/providers/measure.ts';
import { metricContext } from '../canary/providers/metric-context.ts';
import { MetricError, type ProviderTools } from '../canary/providers/provider.ts';
import type { MeasuredRelease, MeasureMetrics } from '../canary/steps/measure-metrics.ts';
import { dueMetrics, limitsOf } from '../canary/steps/metric-limits.ts';
import { NO_EGRESS, type RecordEgress } from '../cluster-record/egress.ts';
import { metricsMeasured } from '../events.ts';
import { putNewest } from '../http/bounded-map.ts';
import { METRIC_LOOK_MS, METRIC_READ_MS, METRIC_RECORD_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { NO_RECORD } from '../template-store/cache/cached-records.ts';
import type { TemplateCache } from '../template-store/cache/template-cache.ts';

/** What metrics are measured with. */
export interface MetricTools extends Omit<ProviderTools, 'egress'> {
  readonly recordFor: TemplateCache['recordFor'];
  readonly log: Log;
}

/** A measurement that has begun; `found` once it is over. */
interface Flight {
  readonly over: Promise<void>;
  found?: Measurement;
}

/** Measurements that are kept until their release is looked at again: ten metrics of each of 100 releases. */
const FLIGHTS_MAX = 1_000;
/** One that took longer was frozen with its function between two invocations: what it found is no finding. */
const FROZEN_MS = METRIC_RECORD_MS + METRIC_READ_MS + 2_000;
const UNREADABLE = new MetricError('the cluster record, which lists what may be asked, cannot be read');

/** Makes the measuring of releases' metrics: whom they may ask, the cluster record says at every measurement. */
export function createMeasureMetrics({ recordFor, log, ...tools }: MetricTools): MeasureMetrics {
  const flights = new Map<string, Flight>();

  return async (release, record) => {
    const { metrics } = release;
    const begun = dueMetrics(metrics, record, tools.now())
      .filter(({ name }) => !flights.has(idOf(release, record, name)))
      .map((metric) => begin(release, record, metric));
    if (begun.length > 0) await Promise.race([Promise.all(begun.map(({ over }) => over)), sleep(METRIC_LOOK_MS)]);
    const found = landed(release, record);
    if (found.size === 0) return record;
    const { namespace, name } = release.canary.metadata;
    log(metricsMeasured, { cluster: release.cluster, namespace, name, ...countsOf([...found.values()]) });
    return foldMeasurements(metrics.map(limitsOf), record, found);
  };

  function begin(release: MeasuredRelease, record: MetricsRecord, metric: Metric): Flight {
    const id = idOf(release, record, metric.name);
    const begunAt = tools.now();
    const over = take(release, record, metric).then((measurement) => {
      if (Math.abs(tools.now() - begunAt) < FROZEN_MS) flight.found = measurement;
      else flights.delete(id);
    });
    const flight: Flight = { over };
    putNewest(flights, id, flight, FLIGHTS_MAX);
    return flight;
  }

  /** Never rejects. */
  async function take(
    { cluster, canary }: MeasuredRelease,
    { release }: MetricsRecord,
    metric: Metric,
  ): Promise<Measurement> {
    const at = tools.now();
    try {
      const egress = await egressOf(recordFor, cluster);
      if (egress === undefined) return failedMeasurement(at, UNREADABLE);
      return await measure(metric, metricContext(cluster, canary, release, metric), { ...tools, egress });
    } catch (error) {
      return failedMeasurement(at, error);
    }
  }

  /** What was found for a release since it was last asked for. */
  function landed(release: MeasuredRelease, record: MetricsRecord): ReadonlyMap<string, Measurement> {
    const found = new Map<string, Measurement>();
    for (const { name } of release.metrics) {
      const id = idOf(release, record, name);
      const flight = flights.get(id);
      if (flight?.found === undefined) continue;
      flights.delete(id);
      found.set(name, flight.found);
    }
    return found;
  }
}

function idOf({ cluster, canary: { metadata } }: MeasuredRelease, { release }: MetricsRecord, metric: string): string {
  return JSON.stringify([cluster, metadata.namespace, metadata.name, release, metric]);
}

/** Whom a Kubernetes cluster's canaries may ask; undefined where its record cannot be read. */
export async function egressOf(
  recordFor: MetricTools['recordFor'],
  cluster: string,
): Promise<RecordEgress | undefined> {
  const record = await recordFor(cluster, METRIC_RECORD_MS);
  if (record === undefined) return undefined;
  return record === NO_RECORD ? NO_EGRESS : (record.egress ?? NO_EGRESS);
}

/** How many were measured, and how many of them are what. */
function countsOf(found: readonly Measurement[]) {
  const count = (phase: Measurement['phase']): number => found.filter((one) => one.phase === phase).length;
  return {
    ...{ metrics: found.length, failed: count('Failed') },
    ...{ inconclusive: count('Inconclusive'), errors: count('Error') },
  };
}
