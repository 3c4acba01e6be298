/** The namespace of all metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'Outrigger';

interface MetricDirective {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

/** The text before and after a line's timestamp. */
type Around = readonly [before: string, after: string];

/**
 * The fields of one metric directive of CloudWatch's embedded metric format, made text once.
 *
 * @param metrics their units by name; the first one counts the line itself
 */
function directive(dimensions: MetricDirective['Dimensions'], metrics: Readonly<Record<string, string>>): Around {
  const made: MetricDirective = {
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensions,
    Metrics: Object.entries(metrics).map(([Name, Unit]) => ({ Name, Unit })),
  };
  const [count] = Object.keys(metrics);
  return [`,${JSON.stringify(count)}:1,"_aws":{"Timestamp":`, `,"CloudWatchMetrics":${JSON.stringify([made])}}`];
}

/**
 * Which log lines are metrics as well, by their message. Dimensions are few and closed (verdict, reason, status, result,
 * the Kubernetes cluster): each combination is billed as a metric of its own, so no name of a Pod or namespace is one.
 */
const DIRECTIVES: ReadonlyMap<string, Around> = new Map([
  ['review', directive([['cluster', 'verdict'], ['reason']], { reviews: 'Count', ms: 'Milliseconds' })],
  ['shadow compared', directive([['cluster', 'result']], { shadows: 'Count' })],
  ['request refused', directive([['status'], []], { refusals: 'Count' })],
  ['request failed', directive([['error'], []], { failures: 'Count' })],
  ['store unreadable', directive([[]], { storeFailures: 'Count' })],
  ['release request', directive([['status'], []], { releaseRequests: 'Count', ms: 'Milliseconds' })],
  ['release changed', directive([['cluster', 'verb']], { releaseChanges: 'Count' })],
  ['abort failed', directive([[]], { abortFailures: 'Count' })],
  ['tombstones cleared', directive([['cluster']], { clearings: 'Count', tombstones: 'Count' })],
  ['clearing failed', directive([[]], { clearFailures: 'Count' })],
  [
    'drift reported',
    directive([['cluster']], {
      driftReports: 'Count',
      podsMissing: 'Count',
      podsOutdated: 'Count',
      podsExtra: 'Count',
      podsRefused: 'Count',
    }),
  ],
  ['drift checked', directive([['cluster']], { driftChecks: 'Count', reportAge: 'Seconds' })],
  ['drift unreadable', directive([['cluster'], []], { driftFailures: 'Count' })],
  ['template refused', directive([['name'], []], { refusedTemplates: 'Count' })],
]);

/**
 * The fields that make a log line a metric (embedded metric format, docs.aws.amazon.com AmazonCloudWatch
 * CloudWatch_Embedded_Metric_Format_Specification), as JSON text with a comma before each: CloudWatch Logs extracts it,
 * and nothing is called.
 *
 * @param timestamp milliseconds since the epoch
 */
export function metricFields(message: string, timestamp: number): string {
  const found = DIRECTIVES.get(message);
  return found === undefined ? '' : found[0] + timestamp + found[1];
}
