import type { ValuesOf } from '../events/event.ts';
import { releaseRequested } from '../events.ts';
import type { HttpResult } from '../http/result.ts';
import type { ReleaseTools } from './call.ts';
import { apiErrorOf, statusOf } from './response/response.ts';

/** What a request named, for its log line: filled in on its way, as far as it comes. */
export type Said = {
  -readonly [K in 'method' | 'who' | 'document' | 'cluster' | 'namespace' | 'name' | 'part']?: Line[K];
};

type Line = ValuesOf<typeof releaseRequested>;

/**
 * Makes a Lambda handler of the release API from what a request does.
 *
 * @returns a handler that never rejects: errors are Kubernetes `Status` objects; one log line for each request but 429, with
 * what was named and done, never a body, a header or a path
 */
export function responding(
  tools: Pick<ReleaseTools, 'log' | 'clock'>,
  handle: (event: unknown, said: Said) => Promise<HttpResult>,
): (event: unknown) => Promise<HttpResult> {
  return async (event) => {
    const started = tools.clock();
    const said: Said = {};
    const finish = (result: HttpResult, more: Pick<Line, 'reason' | 'why' | 'error'> = {}): HttpResult => {
      const ms = Math.round((tools.clock() - started) * 1_000) / 1_000;
      // A watch asks every other second, and what is not new is worth no line.
      if (result.statusCode === 429) return result;
      const level = result.statusCode >= 500 ? 'error' : result.statusCode >= 400 ? 'warn' : 'info';
      tools.log(releaseRequested, { ...said, status: String(result.statusCode), ...more, ms }, level);
      return result;
    };
    try {
      return finish(await handle(event, said));
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      const cause = error.cause instanceof Error ? { error: error.cause.name } : {};
      // A fault of the document repeats its words, and a freeze has those of who froze: they stay between callers and us.
      const why = ['Invalid', 'Frozen'].includes(error.reason) ? {} : { why: error.message };
      return finish(statusOf(error), { reason: error.reason, ...why, ...cause });
    }
  };
}
