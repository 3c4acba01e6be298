import type { Answer } from '../../http/http-client.ts';
import { isRecord } from '../../json/faults.ts';
import { parseJson } from '../../json/parse-json.ts';
import { redacted } from '../../kube-api/redacted.ts';
import { METRIC_READ_MS } from '../../limits.ts';
import type { PrometheusProvider } from '../document/metrics/http-providers.ts';
import type { Value } from '../metrics/condition/values.ts';
import { fillTemplate } from '../metrics/query-template.ts';
import { awsCall } from './aws-call.ts';
import { type MetricContext, MetricError, type ProviderTools, type ReadMetric } from './provider.ts';
import { readingOf } from './reading.ts';
import { requestHeaders, statusFault } from './request-headers.ts';

const PATH = '/api/v1/query';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** Prometheus gives a query up by itself: one that we no longer wait for must not go on. */
const QUERY_TIMEOUT = `${METRIC_READ_MS / 1_000}s`;
const MESSAGE_CHARACTERS_MAX = 120;

/** A response and who sent it. */
interface Asked {
  readonly answer: Answer;
  readonly host: string;
  readonly secretRef?: string;
  readonly withoutSecret: (text: string) => string;
}

/**
 * Asks Prometheus for the value of a query now. As in Argo, `result` is a number for a scalar, and a list of numbers for a
 * vector (no element: no data) and for a range, whose values stand one behind the other.
 */
export const readPrometheus: ReadMetric<PrometheusProvider> = async (provider, context, tools, signal) => {
  const query = fillTemplate(provider.query, context.values);
  const body = new URLSearchParams({ query, timeout: QUERY_TIMEOUT }).toString();
  const asked =
    provider.workspace === undefined
      ? await askAddress(provider, body, context, tools, signal)
      : await askWorkspace(provider.workspace, provider, body, tools, signal);
  const value = valueIn(asked);
  return readingOf(value);
};

async function askAddress(
  { address = '', headers: own = {}, secretRef }: PrometheusProvider,
  body: string,
  context: MetricContext,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<Asked> {
  const url = new URL(`${address.replace(/\/$/, '')}${PATH}`);
  const wanted = { headers: own, ...(secretRef === undefined ? {} : { secretRef }) };
  const { headers, withoutSecret } = await requestHeaders(wanted, context, tools, signal);
  const ask = { method: 'POST', headers: { ...headers, ...FORM }, body, signal };
  const answer = await tools.send(url, ask, tools.egress);
  return { answer, host: url.host, withoutSecret, ...(secretRef === undefined ? {} : { secretRef }) };
}

async function askWorkspace(
  workspace: string,
  { headers = {} }: PrometheusProvider,
  body: string,
  { egress, aws }: ProviderTools,
  signal: AbortSignal,
): Promise<Asked> {
  if (!egress.workspaces.includes(workspace)) {
    throw new MetricError(`workspace ${workspace} is not listed: add it to egress.workspaces of the cluster record`);
  }
  const [region = '', id = ''] = workspace.split('/');
  const path = `/workspaces/${id}${PATH}`;
  const call = { service: 'aps', host: 'aps-workspaces', region, path, headers: { ...headers, ...FORM }, body };
  return { answer: await awsCall(call, aws, signal), host: workspace, withoutSecret: (text) => text };
}

function valueIn({ answer: { status, text }, host, secretRef, withoutSecret }: Asked): Value {
  const document = documentIn(text);
  // Its own refusals are 400, 422 and 503, with a sentence.
  const { status: outcome, error } = isRecord(document) ? document : {};
  if (outcome === 'error' && typeof error === 'string' && status !== 401 && status !== 403) {
    throw new MetricError(`${host} refuses the query: ${redacted(withoutSecret(error), MESSAGE_CHARACTERS_MAX)}`);
  }
  const fault = statusFault(status, host, secretRef);
  if (fault !== undefined) throw fault;
  const data: unknown = isRecord(document) && outcome === 'success' ? document['data'] : undefined;
  const value = isRecord(data) ? valueOfType(data['resultType'], data['result']) : undefined;
  if (value === undefined) throw new MetricError(`${host} responds as no Prometheus does, or with what is no number`);
  return value;
}

function valueOfType(type: unknown, result: unknown): Value {
  if (type === 'scalar') return sampleIn(result);
  if (!Array.isArray(result)) return undefined;
  const series: readonly unknown[] = result;
  if (type === 'vector') return allOf(series.map((one) => (isRecord(one) ? sampleIn(one['value']) : undefined)));
  if (type !== 'matrix') return undefined;
  return allOf(
    series.flatMap((one): (number | undefined)[] => {
      const values: unknown = isRecord(one) ? one['values'] : undefined;
      return Array.isArray(values) ? values.map(sampleIn) : [undefined];
    }),
  );
}

function allOf(samples: readonly (number | undefined)[]): readonly number[] | undefined {
  const numbers = samples.filter((sample) => sample !== undefined);
  return numbers.length === samples.length ? numbers : undefined;
}

/** The number in `[1700000000.1, "0.5"]`; undefined for anything else, a native histogram among it. */
function sampleIn(sample: unknown): number | undefined {
  const text: unknown = Array.isArray(sample) && sample.length === 2 ? sample[1] : undefined;
  if (typeof text !== 'string' || text === '') return undefined;
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

function documentIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
