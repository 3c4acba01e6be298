import type { ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { EventBody } from './poll-body.ts';

/** What is used of a request, over HTTP/1.1 (`IncomingMessage`) and HTTP/2 (`Http2ServerRequest`) alike. */
export interface PollRequest extends Readable {
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  /** Over HTTP/2 alone. */
  readonly stream?: ServerHttp2Stream;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The path of a request, decoded as API Gateway decodes it; one that is malformed stays as it is. */
export function pathOf({ url = '/' }: PollRequest): string {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * The event for a request, with as much of payload format 2.0 as the handler reads (functions/http/event.ts). Made for
 * every poll, so it copies nothing.
 *
 * @param path of `pathOf`
 */
export function pollEvent(request: PollRequest, path: string, body: EventBody): unknown {
  const { url = '/', method = 'GET', headers } = request;
  const at = url.indexOf('?');
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: at === -1 ? '' : url.slice(at + 1),
    headers,
    requestContext: { http: { method }, stage: '$default' },
    ...body,
  };
}
