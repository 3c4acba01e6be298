import http from 'node:http';
import https from 'node:https';
import { isLoopbackHost } from '../../local/server/loopback.ts';
import { codeOf, UsageError } from '../errors.ts';

/** One request as it goes over the wire. */
export interface HttpAsk {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** An authority to trust, in PEM. */
  readonly ca?: string;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
}

/** What came back; header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** API Gateway answers within 30 s. */
const TIMEOUT_MS = 35_000;
/** A Lambda answers at most 6 MB. */
const RESPONSE_BYTES_MAX = 8 * 1024 * 1024;

/** The request has perhaps been served, but nothing was heard of it. */
export class LostError extends Error {
  override readonly name = 'LostError' as const;
}

/** No server listens there, at least not now. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError' as const;
}

/** Sends a request. Throws UnreachableError where no server listens, LostError where the response got lost. */
export async function send({ method, url, headers, body, ca, signal: until }: HttpAsk): Promise<HttpAnswer> {
  refusePlain(url, headers);
  const { request } = url.protocol === 'https:' ? https : http;
  try {
    return await new Promise((resolve, reject) => {
      const inTime = AbortSignal.timeout(TIMEOUT_MS);
      const signal = until === undefined ? inTime : AbortSignal.any([inTime, until]);
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const options = { method, headers: { ...headers, ...length }, signal, ...(ca === undefined ? {} : { ca }) };
      const asked = request(url, options, (response) => {
        readAnswer(response).then(resolve, reject);
      });
      asked.once('error', reject);
      asked.end(body);
    });
  } catch (error) {
    const code = String(codeOf(error));
    if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code)) {
      throw new UnreachableError(
        `cannot connect to ${url.origin} (${code}): start the endpoint with npm start, or name another with --url`,
      );
    }
    if (/CERT|SELF_SIGNED|ALTNAME/.test(code)) throw new UsageError(`${url.origin} is not trusted (${code})`);
    throw new LostError(`no answer came from ${url.origin}${code === 'undefined' ? '' : ` (${code})`}`, {
      cause: error,
    });
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > RESPONSE_BYTES_MAX) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, [value].flat().join(', '));
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(headers), text };
}

/** A token in clear on a network is anybody's. */
function refusePlain(url: URL, headers: Readonly<Record<string, string>>): void {
  if (url.protocol === 'https:' || headers['authorization'] === undefined || isLoopbackHost(url.host)) return;
  throw new UsageError(`a token is not sent to ${url.origin} in clear; use https`);
}
