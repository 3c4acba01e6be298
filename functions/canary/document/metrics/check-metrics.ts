import type { Check } from '../../../json/check.ts';
import { urlFault } from '../../../json/url-fault.ts';
import { parseCondition } from '../../metrics/condition/parse.ts';
import { ConditionSyntaxError } from '../../metrics/condition/syntax.ts';
import { parseJsonPath } from '../../metrics/json-path.ts';
import { templateFault } from '../../metrics/query-template.ts';
import type { CloudWatchProvider } from './aws-providers.ts';
import type { PrometheusProvider, WebhookProvider } from './http-providers.ts';
import type { Metric } from './metrics.ts';

/** Says what is wrong with a text at a path; nothing of an absent one. */
type Say = (path: string, text: string | undefined, faultOf: (text: string) => string | undefined) => void;

/**
 * Checks the texts of metrics that are written in languages of their own: conditions, queries, URLs and paths. Apart from the
 * schema, because only who writes a canary needs to know those languages.
 *
 * @param path of the list
 */
export function checkMetrics(metrics: readonly Metric[], check: Check, path: string): void {
  for (const [i, { provider, successCondition, failureCondition }] of metrics.entries()) {
    const say: Say = (inner, text, faultOf) => {
      const fault = text === undefined ? undefined : faultOf(text);
      if (fault !== undefined) check.fault(`${path}[${i}].${inner}`, fault);
    };
    const { prometheus, cloudwatch, webhook } = provider;
    if (prometheus !== undefined) checkPrometheus(prometheus, say);
    if (cloudwatch !== undefined) checkCloudWatch(cloudwatch, say);
    if (webhook !== undefined) checkWebhook(webhook, say);
    say('successCondition', successCondition, conditionFault);
    say('failureCondition', failureCondition, conditionFault);
  }
}

function checkPrometheus({ address, query }: PrometheusProvider, say: Say): void {
  say('provider.prometheus.address', address, (text) => urlFault(text) ?? searchFault(text));
  say('provider.prometheus.query', query, templateFault);
}

function checkCloudWatch({ metricDataQueries }: CloudWatchProvider, say: Say): void {
  for (const [i, { expression, metricStat }] of metricDataQueries.entries()) {
    const at = `provider.cloudwatch.metricDataQueries[${i}]`;
    say(`${at}.expression`, expression, templateFault);
    for (const [j, { value }] of (metricStat?.metric.dimensions ?? []).entries()) {
      say(`${at}.metricStat.metric.dimensions[${j}].value`, value, templateFault);
    }
  }
}

function checkWebhook({ url, jsonPath, metadata = {} }: WebhookProvider, say: Say): void {
  say('provider.webhook.url', url, urlFault);
  say('provider.webhook.jsonPath', jsonPath, pathFault);
  for (const [key, text] of Object.entries(metadata)) {
    say(`provider.webhook.metadata[${JSON.stringify(key)}]`, text, templateFault);
  }
}

function searchFault(text: string): string | undefined {
  return !text.includes('?') ? undefined : 'must be without a query: /api/v1/query is put behind it';
}

function pathFault(text: string): string | undefined {
  if (parseJsonPath(text) !== undefined) return undefined;
  return "must be a path such as {$.data.value} or {$.list[0]['a name']}, without wild cards";
}

function conditionFault(text: string): string | undefined {
  try {
    parseCondition(text);
    return undefined;
  } catch (error) {
    if (error instanceof ConditionSyntaxError) return `at character ${error.at + 1}: ${error.message}`;
    throw error;
  }
}
