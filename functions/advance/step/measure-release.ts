import type { Canary, Release } from '../../canary/canary.ts';
import type { Metric } from '../../canary/document/metrics/metrics.ts';
import { dryRunFailures, judgeMetrics } from '../../canary/metrics/judge.ts';
import { judgeRun } from '../../canary/metrics/judge-run.ts';
import { type MetricsRecord, openMetrics } from '../../canary/metrics/metric-state.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import { limitsOf } from '../../canary/steps/metric-limits.ts';
import { lastTaken, releaseId } from '../../canary/steps/release.ts';
import type { ReleaseRecord } from '../../canary/steps/release-record.ts';
import { type Situation, standingOf } from '../../canary/steps/situation.ts';
import type { ReleaseCall } from '../../releases/call.ts';

/** What was measured: of the release, and of the `analysis` step that it is at. */
export type Measured = Pick<ReleaseRecord, 'metrics' | 'run'>;

/**
 * Measures what is due of a release's metrics, from the moment on when proxies were found to give the canary its first share,
 * and of the `analysis` step that it is at.
 *
 * @param kept what was measured before, of whichever release
 * @returns undefined of what there is nothing to measure of
 */
export async function measureRelease(
  call: ReleaseCall,
  measure: MeasureMetrics,
  canary: Canary,
  release: Release,
  kept: Measured,
): Promise<Measured> {
  const [metrics, run] = await Promise.all([
    measureAlways(call, measure, canary, release, kept.metrics),
    measureRun(call, measure, canary, release, kept.run),
  ]);
  return { metrics, run };
}

/** What the metrics of a release are judged to be, in the step that goes on, and what its dry runs would have done. */
export function judgedMetrics(
  release: Release,
  { metrics, run }: Measured,
): Pick<Situation, 'metrics' | 'dryRuns' | 'analysis'> {
  const limits = release.analysis.metrics.map(limitsOf);
  const found = metrics ?? openMetrics(releaseId(release), 0);
  const { confirmedAt } = lastTaken(release);
  const since = confirmedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(confirmedAt);
  return {
    metrics: judgeMetrics(limits, found, since),
    dryRuns: dryRunFailures(limits, found),
    analysis: run === undefined ? undefined : judgeRun(runMetrics(release).map(limitsOf), run),
  };
}

async function measureAlways(
  { key: { cluster }, moment: { now } }: ReleaseCall,
  measure: MeasureMetrics,
  canary: Canary,
  release: Release,
  kept: MetricsRecord | undefined,
): Promise<MetricsRecord | undefined> {
  const { analysis, taken } = release;
  const id = releaseId(release);
  const record = kept?.release === id ? kept : openMetrics(id, now);
  const isBegun = taken.some(({ weight, confirmedAt }) => weight > 0 && confirmedAt !== undefined);
  if (!isBegun || analysis.metrics.length === 0) return undefined;
  return await measure({ cluster, canary, metrics: analysis.metrics }, record);
}

/** From the moment on when the proxies run the weight of the step. A pause by hand keeps what was measured. */
async function measureRun(
  { key: { cluster }, moment: { now } }: ReleaseCall,
  measure: MeasureMetrics,
  canary: Canary,
  release: Release,
  kept: MetricsRecord | undefined,
): Promise<MetricsRecord | undefined> {
  const metrics = runMetrics(release);
  if (metrics.length === 0) return undefined;
  const id = `${releaseId(release)}/${release.currentStepIndex}/${Date.parse(release.stepStartedAt)}`;
  const known = kept?.release === id ? kept : undefined;
  if (standingOf(release) !== 'Analysis' || lastTaken(release).confirmedAt === undefined) return known;
  return await measure({ cluster, canary, metrics }, known ?? openMetrics(id, now));
}

/** The metrics of the `analysis` step that a release is at, each with the count that ends it; none at any other. */
function runMetrics({ steps, currentStepIndex }: Release): readonly Metric[] {
  const step = steps[currentStepIndex];
  if (step === undefined || !('analysis' in step)) return [];
  return step.analysis.metrics.map((metric) => ({ ...metric, count: metric.count ?? 1 }));
}
