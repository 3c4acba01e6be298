import { SignatureV4 } from '@smithy/signature-v4';
import { EKS_CLUSTER_NAME } from '../cluster-name.ts';
import { type Answer, exchange } from '../http/http-client.ts';
import { tried, type Wait } from '../http/retry.ts';
import { Sha256 } from '../http/sha256.ts';
import { isRecord } from '../json/faults.ts';
import { type CredentialSource, dnsSuffix } from './aws-endpoints.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { EksError } from './eks-error.ts';
import { createEksToken } from './eks-token.ts';
import { redacted } from './redacted.ts';

/** The EKS cluster, and the caller's identity. */
export interface EksClusterOptions {
  readonly name: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_EKS (emulators, private endpoints) are read from it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly wait?: Wait;
  /** Hears what a person should know besides. */
  readonly say?: (line: string) => void;
}

/** A description has some 3 KB. */
const RESPONSE_BYTES_MAX = 256 * 1024;
/** EKS answers in tenths of a second. */
const CALL_MS = 5_000;
/** A cluster that is being changed serves all the same. */
const SERVING = new Set(['ACTIVE', 'UPDATING']);
/** It will not serve (again): what was registered in it goes with it. */
const GOING = new Set(['DELETING', 'FAILED']);
const MESSAGE_CHARACTERS_MAX = 300;

/**
 * Asks EKS (DescribeCluster) how to reach a cluster, with tokens made by createEksToken. Rejects with EksError.
 */
export async function openEksCluster(options: EksClusterOptions, signal: AbortSignal): Promise<ClusterAccess> {
  const { name, region, credentials, now = Date.now, wait, say } = options;
  if (!EKS_CLUSTER_NAME.test(name))
    throw new EksError('Gone', 'the name of an EKS cluster is letters, digits, - and _, at most 100');
  const url = endpointOf(options);
  const outcome = await tried(() => describe(url, options, signal), signal, wait);
  if ('error' in outcome) {
    const message = `EKS cannot be reached at ${url.host} (${outcome.error.code})`;
    throw new EksError('Unreachable', message, { cause: outcome.error });
  }
  const { server, ca, authenticationMode } = clusterIn(outcome.answer, name);
  if (authenticationMode === 'CONFIG_MAP') {
    say?.(
      `EKS cluster ${name} has authentication mode CONFIG_MAP, so access entries have no effect in it: set ` +
        'API_AND_CONFIG_MAP, or map the IAM role in the ConfigMap aws-auth',
    );
  }
  return { server, ca, token: createEksToken({ cluster: name, region, credentials, now }) };
}

function endpointOf({ name, region, environment = process.env }: EksClusterOptions): URL {
  const own = environment['AWS_ENDPOINT_URL_EKS'] ?? environment['AWS_ENDPOINT_URL'] ?? '';
  const base = own === '' ? `https://eks.${region}.${dnsSuffix(region)}` : own.replace(/\/$/, '');
  return new URL(`${base}/clusters/${name}`);
}

async function describe(url: URL, { region, credentials }: EksClusterOptions, signal: AbortSignal): Promise<Answer> {
  const signer = new SignatureV4({ service: 'eks', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, accept: 'application/json' },
  });
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  return await exchange(url, { method: 'GET', headers, signal: bounded, bytesMax: RESPONSE_BYTES_MAX });
}

/** Server, authority and mode in EKS's answer. */
function clusterIn(answer: Answer, name: string): { server: string; ca: string; authenticationMode: unknown } {
  const document = documentIn(answer);
  if (answer.status !== 200) throw refusalOf(answer, document, name);
  const cluster = isRecord(document['cluster']) ? document['cluster'] : {};
  const { status, endpoint, certificateAuthority, accessConfig } = cluster;
  if (!SERVING.has(String(status))) {
    const code = GOING.has(String(status)) ? 'Gone' : 'NotReady';
    throw new EksError(code, `EKS cluster ${name} is ${redacted(String(status), 20)}, not ACTIVE`);
  }
  const data: unknown = isRecord(certificateAuthority) ? certificateAuthority['data'] : undefined;
  if (typeof endpoint !== 'string' || !endpoint.startsWith('https://') || typeof data !== 'string') {
    throw new EksError('NotReady', `EKS names no endpoint and authority for cluster ${name}`);
  }
  const authenticationMode = isRecord(accessConfig) ? accessConfig['authenticationMode'] : undefined;
  return { server: endpoint.replace(/\/$/, ''), ca: Buffer.from(data, 'base64').toString('utf8'), authenticationMode };
}

function refusalOf({ status, headers }: Answer, document: Readonly<Record<string, unknown>>, name: string): EksError {
  // The type is in a header, or in the body as `__type`, perhaps with a namespace before and a link behind.
  const type = String(headers['x-amzn-errortype'] ?? document['__type'] ?? '');
  const message = redacted(String(document['message'] ?? document['Message'] ?? ''), MESSAGE_CHARACTERS_MAX);
  if (type.includes('ResourceNotFoundException')) return new EksError('Gone', `there is no EKS cluster ${name}`);
  if (status === 403) {
    return new EksError('Refused', `EKS refuses (${message}); the role needs eks:DescribeCluster on cluster ${name}`);
  }
  return new EksError('Unreachable', `EKS answered ${status}${message === '' ? '' : `: ${message}`}`);
}

function documentIn({ text }: Answer): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : {};
  } catch {
    return {};
  }
}
