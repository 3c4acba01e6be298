import { isRecord } from '../../json/faults.ts';
import { durationMs } from '../../template/parameter/types.ts';
import type { CloudWatchProvider } from '../document/metrics/aws-providers.ts';
import { fillTemplate, type TemplateValues } from '../metrics/query-template.ts';
import { cloudWatchCall, cloudWatchRegion } from './aws-call.ts';
import { MetricError, type ProviderTools, type ReadMetric } from './provider.ts';
import { shownOf } from './reading.ts';

type DataQuery = CloudWatchProvider['metricDataQueries'][number];

/** Functions of metric math that choose metrics by themselves, and the query language that does (CloudWatch User Guide). */
const CHOOSING =
  /\b(?:SEARCH|METRICS|SELECT|EXPLAIN_QUERY|SERVICE_QUOTA|INSIGHT_RULE_METRIC|LAMBDA|DB_PERF_INSIGHTS)\b/i;
/** Of all queries together; a day by the second has more. */
const DATAPOINTS_MAX = 10_000;
/** Words of a result that the service could not read. */
const FAILED = new Set(['InternalError', 'Forbidden']);

/**
 * Reads CloudWatch metrics. As in Argo, `result` is the list of results, in the order of the queries that return data:
 * `result[0].Values[0]` is the newest value.
 */
export const readCloudWatch: ReadMetric<CloudWatchProvider> = async (provider, context, tools, signal) => {
  const { interval, metricDataQueries } = provider;
  const region = cloudWatchRegion(provider.region, tools);
  for (const query of metricDataQueries) checkQuery(query, context.values, tools);
  const end = tools.now();
  const input = {
    StartTime: Math.floor((end - durationMs(interval)) / 1_000),
    EndTime: Math.ceil(end / 1_000),
    ScanBy: 'TimestampDescending',
    MaxDatapoints: DATAPOINTS_MAX,
    MetricDataQueries: metricDataQueries.map((query) => wireQuery(query, context.values)),
  };
  const response = await cloudWatchCall('GetMetricData', { region, input, aws: tools.aws }, signal);
  const results = resultsIn(response['MetricDataResults'], response['NextToken'] !== undefined);
  const values = results.map(({ Values }) => Values);
  return { value: results, hasData: values.some(({ length }) => length > 0), shown: shownOf(values) };
};

function checkQuery(
  { metricStat, expression = '' }: DataQuery,
  values: TemplateValues,
  { egress: { cloudwatch } }: ProviderTools,
): void {
  if (cloudwatch.includes('*')) return;
  const namespace = metricStat?.metric.namespace;
  if (namespace !== undefined && !cloudwatch.includes(namespace)) {
    throw new MetricError(`namespace ${namespace} is not listed: add it to egress.cloudwatch of the cluster record`);
  }
  // As it is sent: a Service may be called select.
  if (CHOOSING.test(fillTemplate(expression, values))) {
    throw new MetricError(
      'an expression chooses metrics by itself, which needs "*" in egress.cloudwatch of the cluster record',
    );
  }
}

/** A query as GetMetricData takes it; absent fields are left out of JSON. */
function wireQuery(
  { id, label, expression, period, returnData, metricStat }: DataQuery,
  values: TemplateValues,
): object {
  const stat =
    metricStat === undefined
      ? undefined
      : {
          Metric: {
            Namespace: metricStat.metric.namespace,
            MetricName: metricStat.metric.metricName,
            Dimensions: metricStat.metric.dimensions?.map(({ name, value }) => ({
              Name: name,
              Value: fillTemplate(value, values),
            })),
          },
          Period: metricStat.period,
          Stat: metricStat.stat,
          Unit: metricStat.unit,
        };
  return {
    Id: id,
    Label: label,
    Expression: expression === undefined ? undefined : fillTemplate(expression, values),
    Period: period,
    ReturnData: returnData ?? true,
    MetricStat: stat,
  };
}

interface DataResult {
  readonly Id: string;
  readonly Label: unknown;
  readonly StatusCode: unknown;
  readonly Values: readonly number[];
  readonly Timestamps: readonly unknown[];
}

function resultsIn(results: unknown, isCut: boolean): readonly DataResult[] {
  if (!Array.isArray(results)) throw new MetricError('CloudWatch responds without results');
  const read = results.map(resultIn);
  // A page of some values looks like all of them.
  if (isCut) throw new MetricError(`CloudWatch has more than ${DATAPOINTS_MAX} values: choose a longer period`);
  return read;
}

function resultIn(result: unknown): DataResult {
  const { Id, Label, StatusCode, Values, Timestamps } = isRecord(result) ? result : {};
  if (FAILED.has(String(StatusCode)))
    throw new MetricError(`CloudWatch could not read ${String(Id)} (${String(StatusCode)})`);
  const values: readonly unknown[] = Array.isArray(Values) ? Values : [];
  return {
    Id: String(Id),
    Label,
    StatusCode,
    Values: values.filter((value) => typeof value === 'number'),
    Timestamps: Array.isArray(Timestamps) ? Timestamps : [],
  };
}
