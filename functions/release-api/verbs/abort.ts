import { setTimeout as wait } from 'node:timers/promises';
import { aborted } from '../../canary/aborted.ts';
import type { Canary } from '../../canary/canary.ts';
import { settled } from '../../canary/settled.ts';
import { iso } from '../../canary/stage-targets.ts';
import type { AuditEntry } from '../../canary/store.ts';
import { abortOf } from '../../canary/transitions/change-weights.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { CanaryStoreError } from '../../errors.ts';
import { abortFailed } from '../../events.ts';
import type { HttpResult } from '../../http/result.ts';
import { type CanaryCall, logChange } from '../call.ts';
import { readText } from '../request/body.ts';
import { readDryRun } from '../request/query.ts';
import { answer } from '../response/response.ts';
import { checkPreconditions, readPreconditions, required } from './preconditions.ts';
import { readReason } from './weight-requests.ts';

/** A throttled store is asked again within the request, because an abort that waits for a person is late. */
const TRIES_MAX = 6;
const FIRST_WAIT_MS = 100;

/**
 * `POST …/abort`: all requests to stable, from every phase, whatever others write at the same time. It needs no
 * `If-Match`; a repeated one finds its work done and changes nothing.
 */
export async function postAbort(call: CanaryCall): Promise<HttpResult> {
  const { tools, key, moment, signal } = call;
  const reason = readReason(call, readText(call.request));
  const preconditions = readPreconditions(call.request);
  const isDryRun = readDryRun(call.request);
  const found = await persist(call, () => tools.store.getCanary(key, signal));
  // One whose deletion is over is there until others, who have the time and the right, take it away.
  const stored = required(found, key.name);
  checkPreconditions(preconditions, key.name, stored);
  // A deleted one has no routes already.
  const isDone = stored.status.phase === 'Failed' || stored.status.phase === 'Terminating';
  const abort = abortOf(settled(stored, moment.now), moment, reason);
  if (isDone) return show(stored);
  if (isDryRun) {
    const head = await persist(call, () => tools.store.readHead(call.cluster, signal));
    return show(aborted(stored, abort, versionAfter(head, stored)));
  }
  const audit: AuditEntry = {
    time: iso(moment.now),
    who: call.caller,
    verb: 'abort',
    from: stored.status.weights,
    fromIsLastRead: true,
    to: abort.weights,
    ...(reason === undefined ? {} : { reason }),
    resourceVersion: stored.metadata.resourceVersion,
  };
  const written = await persist(call, () => tools.store.abort(key, abort, audit, signal));
  const after = required(written, key.name);
  logChange(call, audit, after);
  return show(after);
}

function show(canary: Canary): HttpResult {
  return answer(200, canary, canary.metadata.resourceVersion);
}

/** Does something with the store until it works or the request's time is over, waiting longer each time. */
async function persist<T>({ tools, key, signal }: CanaryCall, act: () => Promise<T>): Promise<T> {
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

/** Waits; false where the time of the request ended meanwhile. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return await wait(ms, true, { signal }).catch(() => false);
}
