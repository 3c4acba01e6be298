import { type Ask, exchange } from '../../http/http-client.ts';
import { tried, type Wait } from '../../http/retry.ts';
import { dnsSuffix } from '../../kube-api/aws-endpoints.ts';

/** The response to CloudFormation. */
export interface ResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  /** For people; stands in the events of the stack. */
  readonly Reason: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** What `!GetAtt` finds. */
  readonly Data?: Readonly<Record<string, string>>;
}

/** Where responses may go, and how. */
export interface ResponseOptions {
  readonly region: string;
  /** AWS_ENDPOINT_URL is read from it: an emulator answers for all of AWS, CloudFormation's bucket included. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Another authority than the system's, in PEM. */
  readonly ca?: string;
  readonly wait?: Wait;
}

/** S3 answers in tenths of a second. */
const CALL_MS = 4_000;
/** S3 answers nothing, or an error in XML. */
const RESPONSE_BYTES_MAX = 64 * 1024;
/**
 * Whether a response may be put there: S3 of the partition, by https, or the emulator that AWS_ENDPOINT_URL names. A caller
 * that may invoke the function could forge the event, to learn the response, or to have us call into a network.
 */
export function mayRespond(url: string, { region, environment }: ResponseOptions): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, host, username, port } = new URL(url);
  const emulator = environment['AWS_ENDPOINT_URL'] ?? '';
  if (URL.canParse(emulator) && new URL(emulator).host === host) return true;
  const suffix = `.${dnsSuffix(region)}`;
  if (protocol !== 'https:' || username !== '' || port !== '' || !hostname.endsWith(suffix)) return false;
  // `bucket.s3.region`, `bucket.s3-region`, `bucket.s3.dualstack.region`, `bucket.s3`; the bucket may have dots, too.
  const labels = hostname.slice(0, -suffix.length).split('.');
  const [last = '', before, third] = labels.toReversed();
  if (last === 's3' || last.startsWith('s3-')) return true;
  return before === 's3' || (before === 'dualstack' && third === 's3');
}

/** Puts the response there, trying again what may pass; undefined, or why it did not arrive. */
export async function putResponse(
  url: string,
  response: ResourceResponse,
  { ca, wait }: ResponseOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const outcome = await tried(
    () => {
      const ask: Ask = {
        method: 'PUT',
        // The URL is signed for a request without one.
        headers: { 'content-type': '' },
        body: JSON.stringify(response),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
        bytesMax: RESPONSE_BYTES_MAX,
        ...(ca === undefined ? {} : { tls: { ca } }),
      };
      return exchange(new URL(url), ask);
    },
    signal,
    wait,
  );
  if ('error' in outcome) return outcome.error.code;
  const { status } = outcome.answer;
  return status >= 200 && status < 300 ? undefined : `status ${status}`;
}
