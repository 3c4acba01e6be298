import type http from 'node:http';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import type { FoundApi } from '../canary/find-api.ts';
import type { HttpAnswer } from '../canary/http.ts';
import { pickedHeaders, sendOn } from '../send-on.ts';

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
  const { authorization } = upstream;
  const answer = await sendOn(await upstream.find(), {
    method: request.method ?? 'GET',
    path: asked.pathname,
    search: asked.search,
    headers: { ...pickedHeaders(ASKED, request.headers), ...(authorization === undefined ? {} : { authorization }) },
    body,
  });
  return { ...answer, headers: pickedHeaders(ANSWERED, answer.headers) };
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
