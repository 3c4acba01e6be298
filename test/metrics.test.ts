import { describe, expect, test } from 'vitest';
import { createLog } from '../functions/log.ts';
import { METRICS_NAMESPACE, metricFields } from '../functions/metrics.ts';

const NOW = Date.UTC(2026, 10, 22);

/** A line as CloudWatch Logs gets it. */
function line(message: string, fields: Record<string, string | number>): Record<string, unknown> {
  const lines: string[] = [];
  createLog(
    (l) => lines.push(l),
    () => NOW,
    metricFields,
  )('info', message, fields);
  return JSON.parse(lines[0] ?? '{}');
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

describe('metrics in the embedded metric format', () => {
  test.each<[string, Record<string, string | number>, string]>([
    ['review', { cluster: 'prod', verdict: 'inject', reason: 'Injected', ms: 0.4 }, 'reviews'],
    ['shadow compared', { cluster: 'prod', result: 'differs' }, 'shadows'],
    ['request refused', { status: 403 }, 'refusals'],
    ['request failed', { error: 'TemplateStoreError' }, 'failures'],
    ['store unreadable', { name: 'stable' }, 'storeFailures'],
    ['tombstones cleared', { cluster: 'prod', tombstones: 2 }, 'clearings'],
    ['clearing failed', { cluster: 'prod', error: 'CanaryStoreError' }, 'clearFailures'],
    [
      'drift reported',
      { cluster: 'prod', podsMissing: 1, podsOutdated: 2, podsExtra: 0, podsRefused: 0, ms: 40 },
      'driftReports',
    ],
    ['drift checked', { cluster: 'prod', reportAge: 61 }, 'driftChecks'],
    ['drift unreadable', { cluster: 'prod', error: 'ClusterApiError', status: 403 }, 'driftFailures'],
    ['template refused', { name: 'envoy' }, 'refusedTemplates'],
  ])('%s: every dimension and metric that the directive names stands in the line', (message, fields, count) => {
    const made = line(message, fields);
    const { Timestamp, CloudWatchMetrics } = JSON.parse(JSON.stringify(made['_aws']));
    expect(Timestamp).toBe(NOW);
    expect(made[count]).toBe(1);
    for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics as Directive[]) {
      expect(Namespace).toBe(METRICS_NAMESPACE);
      for (const dimension of Dimensions.flat()) expect(made).toHaveProperty([dimension]);
      for (const metric of Metrics) expect(typeof made[metric.Name]).toBe('number');
    }
  });

  test('no dimension is a name of a Pod or a namespace: each value would be billed as a metric', () => {
    const { CloudWatchMetrics } = JSON.parse(JSON.stringify(line('review', {})['_aws']));
    const names = (CloudWatchMetrics as Directive[]).flatMap((d) => d.Dimensions.flat());
    expect(names.toSorted()).toEqual(['cluster', 'reason', 'verdict']);
  });

  test('other lines are no metrics', () => {
    expect(line('hello', {})).toEqual({ time: '2026-11-22T00:00:00.000Z', level: 'info', message: 'hello' });
  });
});
