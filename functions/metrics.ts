/** The namespace of all metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'Outrigger';

interface MetricDirective {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

/** One metric directive of CloudWatch's embedded metric format. */
function directive(
  dimensions: MetricDirective['Dimensions'],
  metrics: Readonly<Record<string, string>>,
): MetricDirective {
  return {
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensions,
    Metrics: Object.entries(metrics).map(([Name, Unit]) => ({ Name, Unit })),
  };
}

/**
 * Which log lines are metrics as well, by their message. Dimensions are few and closed (verdict, reason, status, the
 * Kubernetes cluster): each combination is billed as a metric of its own, so no name of a Pod or namespace is one.
 */
const DIRECTIVES: ReadonlyMap<string, MetricDirective> = new Map([
  ['review', directive([['cluster', 'verdict'], ['reason']], { reviews: 'Count', ms: 'Milliseconds' })],
  ['request refused', directive([['status'], []], { refusals: 'Count' })],
  ['request failed', directive([['error'], []], { failures: 'Count' })],
  ['store unreadable', directive([[]], { storeFailures: 'Count' })],
  ['release request', directive([['status'], []], { releaseRequests: 'Count', ms: 'Milliseconds' })],
  ['release changed', directive([['cluster', 'verb']], { releaseChanges: 'Count' })],
  ['abort failed', directive([[]], { abortFailures: 'Count' })],
  ['template refused', directive([['name'], []], { refusedTemplates: 'Count' })],
]);

/**
 * The fields that make a log line a metric (embedded metric format, docs.aws.amazon.com AmazonCloudWatch
 * CloudWatch_Embedded_Metric_Format_Specification): CloudWatch Logs extracts it, and nothing is called.
 *
 * @param timestamp milliseconds since the epoch
 */
export function metricFields(message: string, timestamp: number): Readonly<Record<string, unknown>> {
  const found = DIRECTIVES.get(message);
  if (found === undefined) return {};
  const [count] = found.Metrics;
  return {
    ...(count === undefined ? {} : { [count.Name]: 1 }),
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [found] },
  };
}
