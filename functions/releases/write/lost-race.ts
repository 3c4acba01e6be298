import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from '../../canary/canary.ts';
import { checkTime } from '../../canary/store-time.ts';
import type { ReleaseCall } from '../call.ts';
import type { ReleaseRefusal } from '../refusal.ts';

/** Writes of one canary during one request; an abort among them is one of its last. */
const ENTRIES_SEEN = 50;
/** A write that lost a race waits at least this long, and up to twice: an abort tries again within 20 ms. */
const ASIDE_MS = 200;
/** Many writers would keep the head busy all the time, so each waits longer after every loss, up to this many times. */
const ASIDE_TIMES_MAX = 8;

/** What a call read first, which its later tries are held against. */
export interface FirstRead {
  /** Undefined where none stood. */
  readonly canary: Canary | undefined;
  /** The cluster's head then: an abort up to it was of a former canary of the name. */
  readonly head: number;
}

/**
 * Waits before a lost write is decided again, so that an abort comes first. Throws CanaryStoreError when time is over.
 *
 * @param losses races that the request has lost, from 1
 */
export async function waitAside(
  { tools: { random, pause = wait }, signal }: ReleaseCall,
  losses: number,
): Promise<void> {
  await pause(ASIDE_MS * Math.min(ASIDE_TIMES_MAX, 2 ** (losses - 1)) * (1 + random()), signal);
  checkTime(signal);
}

/**
 * The refusal where a canary has been aborted since a request read it first, even if it has been retried since:
 * what was decided before an abort must not undo it when a lost race makes the request read again. A request that saw
 * this very failure goes on. Throws CanaryStoreError.
 *
 * @param first undefined at the first try
 * @param current as it stands now
 */
export async function abortedMeanwhile(
  { tools, key, signal }: ReleaseCall,
  first: FirstRead | undefined,
  current: Canary | undefined,
): Promise<ReleaseRefusal | undefined> {
  if (first === undefined) return undefined;
  const failure = failureOf(current);
  const isNew = failure !== undefined && failure !== failureOf(first.canary);
  const seen = Number(first.canary?.metadata.resourceVersion ?? first.head);
  const entries = isNew ? [] : await tools.store.listAudit(key, ENTRIES_SEEN, signal);
  const isOver = entries.some(({ verb, resourceVersion }) => verb === 'abort' && Number(resourceVersion) > seen);
  if (!isNew && !isOver) return undefined;
  const why = 'it was aborted while this request was on its way; nothing was changed: read it, then decide again';
  return { reason: 'AbortedMeanwhile', sentence: why };
}

/** Which abort a failed canary failed by: the version of its write, which is awaited until something else moves routes. */
function failureOf(canary: Canary | undefined): string | undefined {
  if (canary?.status.phase !== 'Failed') return undefined;
  return canary.status.awaiting?.resourceVersion ?? canary.metadata.resourceVersion;
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
