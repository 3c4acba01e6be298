import { isUtf8 } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import type { HttpResult } from '../../../functions/http/result.ts';
import { ApiError } from '../../../functions/release-api/response/api-error.ts';
import { apiErrorOf, statusOf } from '../../../functions/release-api/response/response.ts';
import { pathWithCluster } from '../../local/kubectl/cluster-path.ts';
import { sendWatch, untilClosed } from '../../local/kubectl/send-watch.ts';
import { isWatchOf, openWatch, type WatchStream } from '../../local/kubectl/watch-stream.ts';
import { splitOnce } from '../../local/server/http-event.ts';
import { describeError } from '../errors.ts';
import { pickedHeaders } from '../send-on.ts';
import { refusalOf } from './refuse-request.ts';

/** One request that is let in: its path is one of the release API's. */
export interface ForwardedAsk {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the proxy is served. */
export interface ProxyOptions {
  /** Sends a request on, signed. Rejects where no response comes. */
  readonly forward: (ask: ForwardedAsk) => Promise<HttpResult>;
  /** What callers have to show; undefined for nothing. */
  readonly token: string | undefined;
  /** Absent: HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** A watch asks this often for what is new, in milliseconds. */
  readonly watchEveryMs: number;
}

/** The release API takes 64 KB. */
const BODY_BYTES_MAX = 128 * 1_024;
/** What of a request is sent on. Not who calls: that is decided by the signature. */
const HEADERS = ['accept', 'content-type', 'if-match', 'if-none-match', 'idempotency-key'];
/** And what of a response. */
const SHOWN_HEADERS = ['cache-control', 'content-type', 'etag', 'expires', 'retry-after', 'warning'];

/** A server on loopback that lets in who shows the token, and sends on what is for the release API. */
export function createProxy({ tls, ...options }: ProxyOptions): http.Server | https.Server {
  const listener: http.RequestListener = (request, response) => {
    serve(request, untilClosed(response), options)
      .then(async (answer) => ('lines' in answer ? await sendWatch(response, answer) : send(response, answer)))
      .catch(() => response.destroy());
  };
  return tls === undefined
    ? http.createServer(listener)
    : https.createServer({ ...tls, ALPNProtocols: ['http/1.1'] }, listener);
}

async function serve(
  request: http.IncomingMessage,
  signal: AbortSignal,
  { forward, token, watchEveryMs }: Omit<ProxyOptions, 'tls'>,
): Promise<HttpResult | WatchStream> {
  const [asked, search] = splitOnce(request.url ?? '', '?');
  const path = pathWithCluster(asked);
  const refusal = refusalOf(request, path, token);
  if (refusal !== undefined) return statusOf(refusal);
  const query = new URLSearchParams(search);
  const headers = pickedHeaders(HEADERS, request.headers);
  const { method = 'GET' } = request;
  try {
    const body = await readBody(request);
    const send = async (now: URLSearchParams): Promise<HttpResult> => {
      const result = await forward({ method, path, query: now, headers, body });
      return { ...result, headers: pickedHeaders(SHOWN_HEADERS, result.headers) };
    };
    if (method !== 'GET' || !isWatchOf(path, query)) return await send(query);
    return await openWatch(query, send, { everyMs: watchEveryMs, signal });
  } catch (error) {
    if (error instanceof ApiError) return statusOf(apiErrorOf(error));
    return statusOf(new ApiError('ServiceUnavailable', describeError(error)));
  }
}

/** The body; throws ApiError 413 where it is too large, and 400 where it is no UTF-8, which would be changed on its way. */
async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      throw new ApiError('RequestEntityTooLarge', `the body has more than ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isUtf8(body)) throw new ApiError('BadRequest', 'the body is not valid UTF-8');
  return body.toString('utf8');
}

function send(response: http.ServerResponse, { statusCode, headers, body }: HttpResult): void {
  response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
