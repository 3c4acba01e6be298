import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from '../../canary/canary.ts';
import { checkTime } from '../../canary/store-time.ts';
import type { CanaryCall } from '../call.ts';
import { ApiError, subject } from '../response/api-error.ts';

/** Writes of one canary during one request; an abort among them is one of its last. */
const ENTRIES_SEEN = 50;
/** A write that lost a race waits at least this long, and up to twice: an abort tries again within 20 ms. */
const ASIDE_MS = 200;
/** Many writers would keep the head busy all the time, so each waits longer after every loss, up to this many times. */
const ASIDE_TIMES_MAX = 8;

/**
 * Waits before a lost write is decided again, so that an abort comes first. Throws CanaryStoreError when time is over.
 *
 * @param losses races that the request has lost, from 1
 */
export async function waitAside(
  { tools: { random, pause = wait }, signal }: CanaryCall,
  losses: number,
): Promise<void> {
  await pause(ASIDE_MS * Math.min(ASIDE_TIMES_MAX, 2 ** (losses - 1)) * (1 + random()), signal);
  checkTime(signal);
}

/**
 * Throws ApiError 409 where a canary has been aborted since a request read it first, even if it has been retried since:
 * what was decided before an abort must not undo it when a lost race makes the request read again. A request that saw
 * this very failure goes on.
 *
 * @param first as the request read it at first; undefined where none stood
 * @param firstHead the cluster's head then: an abort up to it was of a former canary of the name
 * @param current as it stands now
 */
export async function refuseAborted(
  { tools, key, signal }: CanaryCall,
  first: Canary | undefined,
  firstHead: number,
  current: Canary | undefined,
): Promise<void> {
  const { name } = key;
  const failure = failureOf(current);
  const isNew = failure !== undefined && failure !== failureOf(first);
  const seen = Number(first?.metadata.resourceVersion ?? firstHead);
  const entries = isNew ? [] : await tools.store.listAudit(key, ENTRIES_SEEN, signal);
  const isOver = entries.some(({ verb, resourceVersion }) => verb === 'abort' && Number(resourceVersion) > seen);
  if (!isNew && !isOver) return;
  const why = 'it was aborted while this request was on its way; nothing was changed: read it, then decide again';
  throw new ApiError('Conflict', `${subject(name)} cannot be changed like this: ${why}`, { name });
}

/** Which abort a failed canary failed by: the version of its write, which is awaited until something else moves routes. */
function failureOf(canary: Canary | undefined): string | undefined {
  if (canary?.status.phase !== 'Failed') return undefined;
  return canary.status.awaiting?.resourceVersion ?? canary.metadata.resourceVersion;
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
