import { Sha256 } from '../../../functions/http/sha256.ts';
import type { HttpAsk } from './http.ts';

/** A service of AWS that wants signed requests, by the host of its URL. */
export interface AwsEndpoint {
  readonly service: 'execute-api' | 'lambda';
  readonly region: string;
}

const HOSTS = [
  ['execute-api', /^[a-z0-9]+(?:-[a-z0-9]+)?\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/],
  ['lambda', /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/],
] as const;

/** Which of AWS's endpoints a URL leads to; undefined for any other host. */
export function awsEndpoint({ hostname }: URL): AwsEndpoint | undefined {
  for (const [service, pattern] of HOSTS) {
    const region = pattern.exec(hostname)?.[1];
    if (region !== undefined) return { service, region };
  }
  return undefined;
}

/** Signs a request (Signature Version 4) with the credentials that the AWS CLI would find. */
export async function signed(ask: HttpAsk, { service, region }: AwsEndpoint): Promise<HttpAsk> {
  // Loaded only here: a local endpoint needs no AWS.
  const [{ SignatureV4 }, { defaultProvider }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const signer = new SignatureV4({ service, region, credentials: defaultProvider(), sha256: Sha256 });
  const { url, method, headers, body } = ask;
  const { headers: signedHeaders } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body === undefined ? {} : { body }),
  });
  return { ...ask, headers: signedHeaders };
}
