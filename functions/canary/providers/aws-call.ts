import { SignatureV4 } from '@smithy/signature-v4';
import { type Answer, exchange } from '../../http/http-client.ts';
import { Sha256 } from '../../http/sha256.ts';
import { isRecord } from '../../json/faults.ts';
import { parseJson } from '../../json/parse-json.ts';
import { dnsSuffix } from '../../kube-api/aws-endpoints.ts';
import { redacted } from '../../kube-api/redacted.ts';
import { type AwsIdentity, MetricError, type ProviderTools } from './provider.ts';

/** One POST to a service of AWS, whose host is ours to choose: nothing of a canary is in it but the region. */
export interface AwsCall {
  /** As signatures name it, and endpoints of their own: `monitoring`, `aps`. */
  readonly service: string;
  /** The first label of its host. */
  readonly host: string;
  readonly region: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BYTES_MAX = 1_024 * 1_024;
const MESSAGE_CHARACTERS_MAX = 120;

/** Signs and sends it. Rejects with NoAnswerError, and with MetricError where there is no identity to sign with. */
export async function awsCall(
  { service, host, region, path, headers, body }: AwsCall,
  aws: AwsIdentity | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  if (aws === undefined) throw new MetricError('there are no AWS credentials here to sign with');
  const { environment, credentials } = aws;
  const own = environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? environment['AWS_ENDPOINT_URL'] ?? '';
  const base = own === '' ? `https://${host}.${region}.${dnsSuffix(region)}` : own.replace(/\/$/, '');
  const url = new URL(`${base}${path}`);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { ...headers, host: url.host },
    body,
  });
  return await exchange(url, { method: 'POST', headers: signed.headers, body, signal, bytesMax: BYTES_MAX });
}

/** The region that CloudWatch is asked in: the function's own, or one that the record lists. Throws MetricError for others. */
export function cloudWatchRegion(region: string | undefined, { egress, aws }: ProviderTools): string {
  const own = aws?.region ?? '';
  if (region === undefined || region === own || egress.regions.includes(region)) return region ?? own;
  throw new MetricError(`region ${region} is not listed: add it to egress.regions of the cluster record`);
}

/** Calls CloudWatch by its JSON protocol. Rejects as `awsCall` does, and with MetricError where CloudWatch refuses. */
export async function cloudWatchCall(
  action: 'GetMetricData' | 'DescribeAlarms',
  { region, input, aws }: { readonly region: string; readonly input: object; readonly aws: AwsIdentity | undefined },
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const call = {
    service: 'monitoring',
    host: 'monitoring',
    region,
    path: '/',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${action}`,
    },
    body: JSON.stringify(input),
  };
  const { status, text } = await awsCall(call, aws, signal);
  const document = documentIn(text);
  if (status === 200 && document !== undefined) return document;
  const message = document?.['message'] ?? document?.['Message'];
  const why = typeof message === 'string' ? `: ${redacted(message, MESSAGE_CHARACTERS_MAX)}` : '';
  if (status === 403) throw new MetricError(`CloudWatch refuses; the role of advance needs cloudwatch:${action}${why}`);
  throw new MetricError(`CloudWatch responds with status ${status} to ${action}${why}`);
}

function documentIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const document = parseJson(text);
    return isRecord(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
