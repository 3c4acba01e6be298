import type { Canary, Release } from '../../canary/canary.ts';
import { dryRunFailures, judgeMetrics, type MetricsJudgement } from '../../canary/metrics/judge.ts';
import { type MetricsRecord, openMetrics } from '../../canary/metrics/metric-state.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import { limitsOf } from '../../canary/steps/metric-limits.ts';
import { lastTaken, releaseId } from '../../canary/steps/release.ts';
import type { ReleaseCall } from '../../releases/call.ts';

/**
 * Measures what is due of a release's metrics, from the moment on when proxies were found to give the canary its first share.
 *
 * @param kept what was measured before, of whichever release
 * @returns undefined while there is nothing to measure
 */
export async function measureRelease(
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

/** What the metrics of a release are judged to be, in the step that goes on, and what its dry runs would have done. */
export function judgedMetrics(
  release: Release,
  record: MetricsRecord | undefined,
): { readonly metrics: MetricsJudgement; readonly dryRuns: readonly string[] } {
  const limits = release.analysis.metrics.map(limitsOf);
  const found = record ?? openMetrics(releaseId(release), 0);
  const { confirmedAt } = lastTaken(release);
  const since = confirmedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(confirmedAt);
  return { metrics: judgeMetrics(limits, found, since), dryRuns: dryRunFailures(limits, found) };
}
