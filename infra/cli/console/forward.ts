import type http from 'node:http';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import type { FoundApi } from '../canary/find-api.ts';
import { type HttpAnswer, send } from '../canary/http.ts';
import { awsEndpoint, signed } from '../canary/sign.ts';

/** A request's body for the release API is a canary at most. */
const BODY_BYTES_MAX = 1024 * 1024;
/** What of a request goes on, and what of an answer comes back: no credential, Host or Origin of a browser. */
const ASKED = ['accept', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'];
const ANSWERED = ['allow', 'content-type', 'etag', 'retry-after', 'warning'];

/** How the release API is reached. */
export interface Upstream {
  /** Where it is now: a local endpoint that starts again may have another port. */
  readonly find: () => Promise<FoundApi>;
  /** `Bearer …`, where a token file was named. */
  readonly authorization?: string;
}

/**
 * Sends a request of the page to the release API, signed with the caller's AWS identity where that is AWS's. Undefined where the
 * path is none of the release API's, or the body is too large. Throws UnreachableError, LostError, UsageError.
 */
export async function forward(upstream: Upstream, request: http.IncomingMessage): Promise<HttpAnswer | undefined> {
  // Dot segments are gone by then, however they were written.
  const asked = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (!asked.pathname.startsWith(`${RELEASE_API_PATH}/`)) return undefined;
  const body = await readBody(request);
  if (body === undefined) return undefined;
  const { base, ca } = await upstream.find();
  const root = base.pathname.replace(/\/+$/, '');
  const url = new URL(base.origin);
  url.pathname = `${root.endsWith(RELEASE_API_PATH) ? root.slice(0, -RELEASE_API_PATH.length) : root}${asked.pathname}`;
  url.search = asked.search;
  const kept = ASKED.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const { authorization } = upstream;
  const ask = {
    method: request.method ?? 'GET',
    url,
    headers: { ...Object.fromEntries(kept), ...(authorization === undefined ? {} : { authorization }) },
    ...(body === '' ? {} : { body }),
    ...(ca === undefined ? {} : { ca }),
  };
  const aws = awsEndpoint(url);
  const answer = await send(aws === undefined ? ask : await signed(ask, aws));
  const headers = Object.entries(answer.headers).filter(([name]) => ANSWERED.includes(name));
  return { ...answer, headers: Object.fromEntries(headers) };
}

/** The body as text; undefined where it is too large. */
async function readBody(request: http.IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
