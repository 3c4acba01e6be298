import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
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

/** Node's SHA-256 in the shape that the signer takes. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : bytesOf(secret);
    this.#hash = this.#start();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
