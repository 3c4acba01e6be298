import { constants, type Http2Session } from 'node:http2';
import { errorName } from '../../functions/errors.ts';
import { type HttpResult, textResult } from '../../functions/http/result.ts';
import { within } from '../../functions/http/within.ts';
import { DISCOVERY_TIMEOUT_MS } from '../../functions/limits.ts';
import { BodyRoom, OverloadError, withPollBody } from './poll-body.ts';
import { type PollRequest, pathOf, pollEvent } from './poll-event.ts';

/** What is used of a response, over HTTP/1.1 and HTTP/2 alike. */
export interface PollResponse {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body: string): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** What answers stand on. */
export interface AnswererParts {
  /** The discovery handler, as Lambda calls it. */
  readonly handler: (event: unknown) => Promise<HttpResult>;
  /** Of one request, reading and answering, in milliseconds: then it is cut off. */
  readonly requestMs: number;
  /** Told of a poll that takes too long, that there is no room for, or that the handler throws at, by the error's name. */
  readonly onFailure: (error: string) => void;
  /** For the bodies of all requests at a time, in bytes; `BODIES_BYTES_MAX` where absent. */
  readonly bodiesBytesMax?: number;
  /** Told of each answer before it is sent; undefined: it goes over HTTP/1.1. */
  readonly onAnswer: (session: Http2Session | undefined) => void;
}

/** Answers requests: polls by the handler, `/healthz` and `/ready` itself. */
export interface Answerer {
  answer(request: PollRequest, response: PollResponse): void;
  /** From now on `/ready` is 503, and answers over HTTP/1.1 close their connection. */
  leave(): void;
}

/** Makes the one of a server. */
export function createAnswerer(parts: AnswererParts): Answerer {
  const { handler, requestMs, onFailure, onAnswer } = parts;
  const room = new BodyRoom(parts.bodiesBytesMax);
  let isLeaving = false;

  async function answer(request: PollRequest, response: PollResponse): Promise<void> {
    const session = request.stream?.session;
    const path = pathOf(request);
    const probe = probed(request, path);
    if (probe !== undefined) request.resume();
    const result = probe ?? (await poll(request, path));
    const isLast = isLeaving && session === undefined;
    onAnswer(session);
    response.writeHead(result.statusCode, {
      ...result.headers,
      // A 304 has none: its length would be that of the answer that it stands for.
      ...(result.statusCode === 304 ? {} : { 'content-length': Buffer.byteLength(result.body) }),
      ...(isLast ? { connection: 'close' } : {}),
    });
    response.end(result.body);
  }

  async function poll(request: PollRequest, path: string): Promise<HttpResult> {
    // A poll without a token is refused before its body is looked at.
    const isRead = request.headers['authorization'] !== undefined;
    try {
      return await withPollBody(request, isRead, room, async (body) => await ask(pollEvent(request, path, body)));
    } catch (error) {
      if (!(error instanceof OverloadError)) throw error;
      onFailure(error.name);
      return textResult(503, 'outrigger: nothing can be said at the moment (too many polls at a time)');
    }
  }

  async function ask(event: unknown): Promise<HttpResult> {
    try {
      const result = await within(handler(event), DISCOVERY_TIMEOUT_MS);
      if (result !== undefined) return result;
      onFailure('TimeoutError');
    } catch (error) {
      onFailure(errorName(error));
    }
    return textResult(503, 'outrigger: nothing can be said at the moment (internal error)');
  }

  /** What load balancers ask. The state of the stores is not in it: what is held serves on without them. */
  function probed({ method }: PollRequest, path: string): HttpResult | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    if (path === '/healthz') return textResult(200, 'ok');
    if (path !== '/ready') return undefined;
    return isLeaving ? textResult(503, 'leaving') : textResult(200, 'ok');
  }

  return {
    answer: (request, response) => {
      const timer = setTimeout(() => cut(request), requestMs);
      response.once('close', () => clearTimeout(timer));
      // A caller that goes away is told to `withPollBody` as well; without a listener it would end the process.
      request.on('error', () => undefined);
      // Nothing is left to be answered: the caller went away, or went on and on.
      answer(request, response).catch(() => cut(request));
    },
    leave: () => {
      isLeaving = true;
    },
  };
}

/** Ends a request without an answer: the stream over HTTP/2, the connection over HTTP/1.1. */
function cut(request: PollRequest): void {
  if (request.stream === undefined) request.destroy();
  else request.stream.close(constants.NGHTTP2_CANCEL);
}
