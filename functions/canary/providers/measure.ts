import { EgressError } from '../../http/egress/egress-policy.ts';
import { NoAnswerError } from '../../http/http-client.ts';
import { printable } from '../../json/faults.ts';
import { METRIC_READ_MS } from '../../limits.ts';
import type { Metric } from '../document/metrics/metrics.ts';
import { type Condition, parseCondition } from '../metrics/condition/parse.ts';
import { MESSAGE_CHARACTERS_MAX, type Measurement, VALUE_CHARACTERS_MAX } from '../metrics/metric-state.ts';
import { assess } from '../metrics/phase-of.ts';
import { readAlarm } from './alarm.ts';
import { readCloudWatch } from './cloudwatch.ts';
import { readPrometheus } from './prometheus.ts';
import { type MetricContext, MetricError, type ProviderTools, type Reading } from './provider.ts';
import { readWebhook } from './webhook.ts';

/** The condition of an alarm that has none. */
const ALARM_IS_OK = "result == 'OK'";

/** Takes one measurement, within `METRIC_READ_MS`. Never rejects: what goes wrong is its `Error` and a sentence. */
export async function measure(
  metric: Metric,
  context: MetricContext,
  tools: ProviderTools,
  signal: AbortSignal = AbortSignal.timeout(METRIC_READ_MS),
): Promise<Measurement> {
  const at = tools.now();
  try {
    const { value, hasData, shown } = await read(metric, context, tools, signal);
    const { phase, message } = assess(value, conditionsOf(metric));
    const isConclusive = phase === 'Successful' || phase === 'Failed';
    return {
      at,
      phase,
      // A condition may well be about there being none.
      hasData: hasData || isConclusive,
      value: shown.slice(0, VALUE_CHARACTERS_MAX),
      ...(message === undefined ? {} : { message }),
    };
  } catch (error) {
    return failedMeasurement(at, error);
  }
}

/** A measurement that could not be taken. @param at milliseconds since the epoch */
export function failedMeasurement(at: number, error: unknown): Measurement {
  const message = printable(sentenceOf(error)).slice(0, MESSAGE_CHARACTERS_MAX);
  return { at, phase: 'Error', hasData: false, message };
}

async function read(
  { provider: { prometheus, cloudwatch, alarm, webhook } }: Metric,
  context: MetricContext,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<Reading> {
  if (prometheus !== undefined) return await readPrometheus(prometheus, context, tools, signal);
  if (cloudwatch !== undefined) return await readCloudWatch(cloudwatch, context, tools, signal);
  if (alarm !== undefined) return await readAlarm(alarm, context, tools, signal);
  if (webhook !== undefined) return await readWebhook(webhook, context, tools, signal);
  throw new MetricError('the metric has no provider that this version knows');
}

function conditionsOf({ successCondition, failureCondition, provider }: Metric): {
  readonly success?: Condition;
  readonly failure?: Condition;
} {
  const isBare = successCondition === undefined && failureCondition === undefined;
  const success = isBare && provider.alarm !== undefined ? ALARM_IS_OK : successCondition;
  return {
    ...(success === undefined ? {} : { success: parseCondition(success) }),
    ...(failureCondition === undefined ? {} : { failure: parseCondition(failureCondition) }),
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof MetricError || error instanceof EgressError) return error.message;
  if (error instanceof NoAnswerError) return withoutAnswer(error.code);
  return `it cannot be measured (${error instanceof Error ? error.name : 'unknown error'})`;
}

function withoutAnswer(code: string): string {
  if (code === 'ABORT_ERR') return 'the provider does not respond in time';
  if (code === 'TOO_LARGE') return 'the provider responds with more than 1 MB';
  if (code === 'ENOTFOUND') return "the provider's host does not exist (ENOTFOUND)";
  return `the provider cannot be reached (${code})`;
}
