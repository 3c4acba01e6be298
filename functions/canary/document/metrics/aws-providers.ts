import { isRecord } from '../../../json/faults.ts';
import { flag, integer, list, object, text } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { HEADER_TEXT } from '../../match-texts.ts';
import { time } from '../strategy/fields.ts';

/** Queries and expressions of one metric; GetMetricData takes 500. */
const DATA_QUERIES_MAX = 10;
/** Dimensions of one metric (CloudWatch's own bound). */
const DIMENSIONS_MAX = 30;
/** Of one value, in seconds: CloudWatch's finest, and a day. */
const PERIOD = { min: 1, max: 86_400 };
const REGION = /^[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}$/;
const VISIBLE = { pattern: HEADER_TEXT, message: 'must be 1 to 256 visible characters' } as const;
const REGION_TEXT = text({ pattern: REGION, message: 'must be an AWS region such as eu-central-1', optional: true });

const DATA_QUERY = object(
  {
    /** What expressions call it: a lower-case letter first. */
    id: text({ pattern: /^[a-z]\w{0,254}$/, message: 'must be a lower-case letter, then letters, digits and _' }),
    /** Metric math of other ids. */
    expression: text({ maxLength: 1_024, optional: true }),
    /** In place of it, a metric. */
    metricStat: object(
      {
        /** Which one. */
        metric: object(
          {
            /** Its namespace, which is in `egress.cloudwatch` of the cluster record. */
            namespace: text({
              pattern: /^[A-Za-z0-9._/#:-]{1,255}$/,
              message: 'must be a namespace of CloudWatch metrics',
            }),
            /** Its name. */
            metricName: text({ ...VISIBLE }),
            /** Its dimensions. At most 30. */
            dimensions: list(
              object(
                {
                  /** The dimension. */
                  name: text({ ...VISIBLE }),
                  /** Its value, with the variables of a query. */
                  value: text({
                    pattern: HEADER_TEXT,
                    message: 'must be 1 to 256 visible characters',
                  }),
                },
                {},
              ),
              {
                min: 0,
                max: DIMENSIONS_MAX,
                message: `must be a list of at most ${DIMENSIONS_MAX} {name, value}`,
                optional: true,
              },
            ),
          },
          {},
        ),
        /** Of one value, in seconds. */
        period: integer(PERIOD),
        /** `Sum`, `Average`, `p99` and so on. */
        stat: text({
          pattern: /^[A-Za-z0-9.():%, ]{1,64}$/,
          message: 'must be a statistic such as Sum, Average or p99',
        }),
        /** The unit, where values of several are stored. */
        unit: text({ pattern: /^[A-Za-z/]{1,32}$/, message: "must be one of CloudWatch's units", optional: true }),
      },
      { optional: true },
    ),
    /** A label of the values. */
    label: text({ maxLength: 255, message: 'must have at most 255 characters', optional: true }),
    /** Of an expression, in seconds. */
    period: integer({ ...PERIOD, optional: true }),
    /** Whether its values are part of the result. Default: true. */
    returnData: flag({ optional: true }),
  },
  { rule: isOneQuery },
);

/** `provider.cloudwatch`: GetMetricData, in the words of Argo's `cloudWatch`. */
export const CLOUDWATCH = object(
  {
    /** The region; that of the function where it is absent. Another one is in `egress.regions` of the cluster record. */
    region: REGION_TEXT,
    /** How far back values are read. */
    interval: time({ min: '1m', max: '24h' }, { fallback: '5m' }),
    /** What is read: `result[0].Values[0]` is the newest value of the first. 1 to 10. */
    metricDataQueries: list(DATA_QUERY, {
      min: 1,
      max: DATA_QUERIES_MAX,
      message: `must be a list of 1 to ${DATA_QUERIES_MAX} queries`,
    }),
  },
  { optional: true },
);

/** `provider.alarm`: the state of a CloudWatch alarm. */
export const ALARM = object(
  {
    /** Its name, which `egress.alarms` of the cluster record allows. */
    name: text({ pattern: /^[ -~]{1,255}$/, message: 'must be the name of a CloudWatch alarm' }),
    /** The region; that of the function where it is absent. Another one is in `egress.regions` of the cluster record. */
    region: REGION_TEXT,
  },
  { optional: true },
);

/** What CloudWatch is asked for. */
export type CloudWatchProvider = Infer<typeof CLOUDWATCH>;
/** Which alarm. */
export type AlarmProvider = Infer<typeof ALARM>;

function isOneQuery(value: unknown, { check, path }: Place): unknown {
  const { expression, metricStat, period } = isRecord(value) ? value : {};
  if ((expression === undefined) === (metricStat === undefined))
    check.fault(path, 'must have expression or metricStat');
  if (metricStat !== undefined && period !== undefined) check.fault(`${path}.period`, 'stands in metricStat');
  return value;
}
