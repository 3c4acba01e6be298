/** The namespace of all metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'Outrigger';

/** What CloudWatch counts of a log line. */
export interface Metric<F extends string = string> {
  /** The metric that is 1 in each line. */
  readonly count: string;
  /** Fields that are metrics themselves, with their unit. */
  readonly values?: Readonly<Partial<Record<F, 'Count' | 'Milliseconds' | 'Seconds' | 'Percent' | 'None'>>>;
  /**
   * Fields that are its dimensions, `[]` for the sum of all. They are few and closed (verdict, reason, status, result,
   * the Kubernetes cluster): each combination is billed as a separate metric, so no name of a Pod or namespace is one. Of a release
   * alone, namespace and name are: they are as many as releases that move.
   */
  readonly by: readonly (readonly F[])[];
  /** Whether `infra/deploy/alarms.yml` has an alarm on the count. */
  readonly alarm?: true;
}

/** The text before and after a line's timestamp. */
export type MetricText = readonly [before: string, after: string];

/** The fields of one metric directive of CloudWatch's embedded metric format, made text once. */
export function metricText({ count, values = {}, by }: Metric): MetricText {
  const directive = {
    Namespace: METRICS_NAMESPACE,
    Dimensions: by,
    Metrics: Object.entries({ [count]: 'Count', ...values }).map(([Name, Unit]) => ({ Name, Unit })),
  };
  return [`,${JSON.stringify(count)}:1,"_aws":{"Timestamp":`, `,"CloudWatchMetrics":${JSON.stringify([directive])}}`];
}

/**
 * The fields that make a log line a metric (embedded metric format, docs.aws.amazon.com AmazonCloudWatch
 * CloudWatch_Embedded_Metric_Format_Specification), as JSON text with a comma before each: CloudWatch Logs extracts it,
 * and nothing is called.
 *
 * @param text of the line's event; undefined where it is no metric
 * @param timestamp milliseconds since the epoch
 */
export function metricFields(text: MetricText | undefined, timestamp: number): string {
  return text === undefined ? '' : text[0] + timestamp + text[1];
}
