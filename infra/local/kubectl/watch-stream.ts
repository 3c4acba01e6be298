import { setTimeout as wait } from 'node:timers/promises';
import type { HttpResult } from '../../../functions/http/result.ts';
import { isRecord } from '../../../functions/json/faults.ts';

/** One request for what is new, by its query. */
export type AskWatch = (query: URLSearchParams) => Promise<HttpResult>;
type Answer = Pick<HttpResult, 'statusCode' | 'body'>;

/** A watch that lasts. */
export interface WatchStream {
  /** Lines of events, each with its newline; nothing new yields nothing. */
  readonly lines: AsyncIterable<string>;
}

/** How a watch lasts; times in milliseconds. */
export interface WatchOptions {
  /** From one request to the next. */
  readonly everyMs: number;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** As long as kube-apiserver's shortest watch without `timeoutSeconds`. */
const SECONDS_DEFAULT = 30 * 60;
const SECONDS_MAX = 24 * 60 * 60;
/** Requests that fail one after the other before the watch ends; the client begins another one. */
const FAILURES_MAX = 10;

/** Whether a request is for a watch of canaries. @param path decoded */
export function isWatchOf(path: string, query: URLSearchParams): boolean {
  return path.endsWith('/canaries') && ['true', '1'].includes(query.get('watch') ?? '');
}

/**
 * Makes a lasting watch of the release API's, which tells what is new and ends: it is asked again and again from where it
 * ended. The stream is there before the first response, since a client that ends its watch before its headers reports a
 * failure; so what refuses the watch (400, 403, 410, …) is its last event, `ERROR`. Only the refusal of a list within the watch
 * (422) is a response, by which clients know to list first.
 */
export async function openWatch(
  query: URLSearchParams,
  ask: AskWatch,
  options: WatchOptions,
): Promise<WatchStream | HttpResult> {
  if (query.get('sendInitialEvents') === 'true') return await ask(query);
  return { lines: linesOf(query, ask, options) };
}

async function* linesOf(query: URLSearchParams, ask: AskWatch, options: WatchOptions): AsyncGenerator<string> {
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
  const asked = new URLSearchParams(query);
  asked.set('allowWatchBookmarks', 'true');
  // Behind the proxy may be npm start, whose own watch lasts.
  asked.set('timeoutSeconds', '1');
  const seconds = Math.min(Number(query.get('timeoutSeconds')) || SECONDS_DEFAULT, SECONDS_MAX);
  for await (const { statusCode, body } of answersTo(asked, seconds, ask, options)) {
    if (statusCode !== 200) {
      yield `${JSON.stringify({ type: 'ERROR', object: JSON.parse(body) })}\n`;
      return;
    }
    for (const line of body.split('\n').filter((text) => text !== '')) {
      const version = bookmarkIn(line);
      if (version !== undefined) asked.set('resourceVersion', version);
      if (version === undefined || wantsBookmarks) yield `${line}\n`;
    }
  }
}

/** What is new, as often as it is asked for, and an answer that ends the watch (4xx); nothing where nothing is new. */
async function* answersTo(
  asked: URLSearchParams,
  seconds: number,
  ask: AskWatch,
  { everyMs, signal }: WatchOptions,
): AsyncGenerator<Answer> {
  const until = performance.now() + seconds * 1_000;
  let failures = 0;
  while (failures <= FAILURES_MAX && !signal.aborted) {
    const answer: Answer | undefined = await ask(asked).catch(() => undefined);
    const status = answer?.statusCode ?? 0;
    failures = status === 200 || status === 429 ? 0 : failures + 1;
    if (answer !== undefined && status < 500 && status !== 429) yield answer;
    if (performance.now() + everyMs > until) return;
    await wait(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** The version of a bookmark; undefined for any other line. */
function bookmarkIn(line: string): string | undefined {
  if (!line.startsWith('{"type":"BOOKMARK"')) return undefined;
  const event: unknown = JSON.parse(line);
  const object = isRecord(event) ? event['object'] : undefined;
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
