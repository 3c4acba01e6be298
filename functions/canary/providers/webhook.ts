import { parseJson } from '../../json/parse-json.ts';
import type { WebhookProvider } from '../document/metrics/http-providers.ts';
import { parseJsonPath, valueAt } from '../metrics/json-path.ts';
import { fillTemplate } from '../metrics/query-template.ts';
import { type MetricContext, MetricError, type ReadMetric } from './provider.ts';
import { readingOf } from './reading.ts';
import { requestHeaders, statusFault } from './request-headers.ts';

/** Posts Flagger's payload to a URL; `result` is the response's JSON, or what is at `jsonPath` in it. */
export const readWebhook: ReadMetric<WebhookProvider> = async (provider, context, tools, signal) => {
  const { url: text, jsonPath = '$', secretRef, headers: own = {} } = provider;
  const url = new URL(text);
  const wanted = { headers: own, ...(secretRef === undefined ? {} : { secretRef }) };
  const { headers } = await requestHeaders(wanted, context, tools, signal);
  const ask = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(payloadOf(provider, context)),
    signal,
  };
  const answer = await tools.send(url, ask, tools.egress);
  const fault = statusFault(answer.status, url.host, secretRef);
  if (fault !== undefined) throw fault;
  return readingOf(valueAt(documentIn(answer.text, url.host), parseJsonPath(jsonPath) ?? []));
};

/** As Flagger's webhooks get it (pkg/apis/flagger/v1beta1, CanaryWebhookPayload). */
function payloadOf({ metadata = {} }: WebhookProvider, { values, phase, release }: MetricContext): object {
  const filled = Object.entries(metadata).map(([key, text]) => [key, fillTemplate(text, values)]);
  return {
    name: values.canary,
    namespace: values.namespace,
    phase,
    checksum: release,
    metadata: Object.fromEntries(filled),
  };
}

function documentIn(text: string, host: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new MetricError(`${host} responds with what is no JSON`);
  }
}
