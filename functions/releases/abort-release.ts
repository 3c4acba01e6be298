import { setTimeout as wait } from 'node:timers/promises';
import { aborted } from '../canary/aborted.ts';
import type { Canary } from '../canary/canary.ts';
import { settled } from '../canary/settled.ts';
import { iso } from '../canary/stage-targets.ts';
import { auditedRelease } from '../canary/steps/audited-release.ts';
import type { AuditEntry, CanaryAbort } from '../canary/store.ts';
import { abortOf } from '../canary/transitions/change-weights.ts';
import { versionAfter } from '../canary/version-line.ts';
import { CanaryStoreError } from '../errors.ts';
import { abortFailed } from '../events.ts';
import { logChange, type ReleaseCall } from './call.ts';
import { type Outcome, refused } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import { unexpected } from './write/expectation.ts';
import type { Terms } from './write/write.ts';

/** A throttled store is asked again within the call, because an abort that waits for a person is late. */
const TRIES_MAX = 6;
const FIRST_WAIT_MS = 100;

/**
 * All requests to stable, from every phase, whatever others write at the same time. A repeated call finds its work done and
 * changes nothing. Throws CanaryStoreError, after a log line of its own.
 *
 * @param reason for the audit and the canary's conditions
 */
export async function abortRelease(
  call: ReleaseCall,
  reason: string | undefined,
  { expected, isDryRun = false }: Omit<Terms, 'repeatable'> = {},
): Promise<Outcome> {
  const { tools, key, moment, signal } = call;
  // One whose deletion is over is there until others, who have the time and the right, take it away.
  const stored = await persist(call, () => tools.store.getCanary(key, signal));
  if (stored === undefined) return refused(NOT_FOUND);
  const refusal = unexpected(expected, stored);
  if (refusal !== undefined) return refused(refusal);
  const { phase } = stored.status;
  // A deleted one has no routes already.
  if (phase === 'Failed' || phase === 'Terminating') return { outcome: 'unchanged', canary: stored, isNew: false };
  const abort = abortOf(settled(stored, moment.now), moment, reason);
  if (isDryRun) {
    const head = await persist(call, () => tools.store.readHead(key.cluster, signal));
    return { outcome: 'tried', canary: aborted(stored, abort, versionAfter(head, stored)), isNew: false };
  }
  const audit = auditOf(call, abort, stored, reason);
  const after = await persist(call, () => tools.store.abort(key, abort, audit, signal));
  if (after === undefined) return refused(NOT_FOUND);
  logChange(call, audit, after);
  return { outcome: 'written', canary: after, isNew: false };
}

function auditOf(
  { caller, moment }: ReleaseCall,
  abort: CanaryAbort,
  stored: Canary,
  reason: string | undefined,
): AuditEntry {
  return {
    time: iso(moment.now),
    who: caller,
    verb: 'abort',
    from: stored.status.weights,
    fromIsLastRead: true,
    to: abort.weights,
    ...(reason === undefined ? {} : { reason }),
    ...auditedRelease(stored, { status: { ...stored.status, phase: abort.phase } }),
    resourceVersion: stored.metadata.resourceVersion,
  };
}

/** Does something with the store until it works or the call's time is over, waiting longer each time. */
async function persist<T>({ tools, key, signal }: ReleaseCall, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof CanaryStoreError) || error.field !== undefined) throw error;
      const pause = FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + tools.random());
      const isOver = tries === TRIES_MAX || signal.aborted || !(await paused(pause, signal));
      if (!isOver) continue;
      // A line of its own, for an alarm: requests still go to a canary that a caller wanted to stop.
      tools.log(abortFailed, { ...key });
      throw error;
    }
  }
}

/** Waits; false where the time of the call ended meanwhile. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return await wait(ms, true, { signal }).catch(() => false);
}
