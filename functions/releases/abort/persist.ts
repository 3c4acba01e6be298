import { setTimeout as wait } from 'node:timers/promises';
import { CanaryStoreError } from '../../errors.ts';
import { abortFailed } from '../../events.ts';
import type { ReleaseCall } from '../call.ts';

/** A throttled store is asked again within the call, because an abort that waits for a person is late. */
const TRIES_MAX = 6;
const FIRST_WAIT_MS = 100;

/** Does something with the store until it works or the call's time is over, waiting longer each time. */
export async function persist<T>({ tools, key, signal }: ReleaseCall, act: () => Promise<T>): Promise<T> {
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
