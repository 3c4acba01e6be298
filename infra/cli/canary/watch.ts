import { setTimeout as wait } from 'node:timers/promises';
import type { Canary } from '../../../functions/canary/canary.ts';
import type { ReleaseApi } from './connection.ts';
import { LostError, UnreachableError } from './http.ts';
import { readScope, type Scope, type Seen } from './scope.ts';
import { ServerError } from './server-error.ts';

/** How often a watch asks; an unchanged answer has no body. */
const WATCH_MS = 1_000;
/** A restart or a deploy takes seconds; an endpoint that is away for longer hardly comes back during a watch. */
const AWAY_MS_MAX = 5 * 60_000;
const TOO_MANY_REQUESTS = 429;

/** What a watch prints of a canary; `isGone` for the last time. */
export type PrintCanary = (canary: Canary, isGone: boolean) => string;

/**
 * Asks until the process is ended, and prints each canary that is another than before, or no longer there. While the endpoint
 * does not respond it goes on asking, as kubectl watches again; throws the last error after `awayMs`.
 */
export async function watchScope(
  api: ReleaseApi,
  scope: Scope,
  seen: Seen,
  print: PrintCanary,
  awayMs = AWAY_MS_MAX,
): Promise<never> {
  let before = new Map(seen.canaries.map((canary) => [keyOf(canary), canary]));
  let [{ etag }, heard, isAway] = [seen, Date.now(), false];
  for (;;) {
    await wait(WATCH_MS);
    try {
      const now = await readOrGone(api, scope, etag);
      [heard, isAway] = [Date.now(), false];
      if (now === undefined) continue;
      process.stdout.write(changes(before, now, print));
      // What a partial answer lacks is as it was, for all that is known.
      before = new Map([...(now.isPartial ? before : []), ...now.canaries.map((one) => [keyOf(one), one] as const)]);
      etag = now.etag;
    } catch (error) {
      if (!passes(error) || Date.now() - heard > awayMs) throw error;
      if (!isAway) process.stderr.write(`Warning: ${error.message}; the watch goes on asking\n`);
      isAway = true;
    }
  }
}

/** What stands there now; undefined where it is as before. */
async function readOrGone(api: ReleaseApi, scope: Scope, etag: string | undefined): Promise<Seen | undefined> {
  try {
    return await readScope(api, scope, etag);
  } catch (error) {
    const isGone = scope.name !== undefined && error instanceof ServerError && error.reason === 'NotFound';
    if (isGone) return { canaries: [], etag: undefined, isPartial: false };
    throw error;
  }
}

function changes(before: ReadonlyMap<string, Canary>, { canaries, isPartial }: Seen, print: PrintCanary): string {
  const there = new Set(canaries.map(keyOf));
  const gone = isPartial ? [] : [...before].filter(([key]) => !there.has(key)).map(([, canary]) => canary);
  const changed = canaries.filter((canary) => {
    const known = before.get(keyOf(canary));
    return known === undefined || stateOf(known) !== stateOf(canary);
  });
  return [...gone.map((canary) => print(canary, true)), ...changed.map((canary) => print(canary, false))].join('');
}

/** Whether another try may succeed; what is wrong with the request stays wrong. */
export function passes(error: unknown): error is Error {
  if (error instanceof ServerError) return error.status >= 500 || error.status === TOO_MANY_REQUESTS;
  return error instanceof UnreachableError || error instanceof LostError;
}

function keyOf({ metadata }: Canary): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function stateOf({ metadata, status }: Canary): string {
  return `${metadata.uid} ${metadata.resourceVersion} ${status.phase}`;
}
