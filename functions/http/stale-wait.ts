/** The longest that a request waits for a fresh value where the cached one has just aged. */
export const STALE_WAIT_MS = 150;

/** How long callers wait for a fresh value before they take the aged one. */
export interface StaleWait {
  /** Notes when the cached value was read. */
  readAt(ms: number): void;
  /** Waits for a refresh, as long as the age of the value is worth and the caller has time. */
  forNews(refreshWithin: (ms: number) => Promise<unknown>, waitMs: number): Promise<void>;
}

/**
 * Lambda freezes the process after the response, and a read that has only begun makes no progress. In an environment that is
 * called often the next call resumes it; one that is called once in a while would serve its old value for ever. So the older
 * the value, the longer one caller waits for a fresh one. The other callers, and all of them after a vain wait, wait briefly.
 *
 * @param options all in milliseconds: `staleWaitMs` is the longest wait; absent: `STALE_WAIT_MS`, however old the value is
 */
export function createStaleWait(options: {
  readonly ttlMs: number;
  readonly staleWaitMs?: number;
  readonly now: () => number;
}): StaleWait {
  const { ttlMs, staleWaitMs = STALE_WAIT_MS, now } = options;
  let readAt = Number.NEGATIVE_INFINITY;
  /** Until when every caller waits briefly, because one waited long in vain. */
  let shortUntil = Number.NEGATIVE_INFINITY;
  let isWaitedFor = false;

  return {
    readAt(ms) {
      readAt = ms;
    },
    async forNews(refreshWithin, waitMs) {
      const longMs = isWaitedFor ? STALE_WAIT_MS : patience();
      if (longMs <= STALE_WAIT_MS) {
        await refreshWithin(Math.min(waitMs, STALE_WAIT_MS));
        return;
      }
      isWaitedFor = true;
      await refreshWithin(Math.min(waitMs, longMs)).finally(() => {
        isWaitedFor = false;
      });
      if (readAt + ttlMs <= now()) shortUntil = now() + ttlMs;
    },
  };

  /** From `STALE_WAIT_MS`, for a value that has just aged, to `staleWaitMs` when half its time to live has passed again. */
  function patience(): number {
    if (ttlMs <= 0) return STALE_WAIT_MS;
    const at = now();
    // A clock that jumps back must not lengthen a wait.
    if (at < shortUntil && at >= shortUntil - ttlMs) return STALE_WAIT_MS;
    const share = Math.min(1, Math.max(0, (at - readAt - ttlMs) / (ttlMs / 2)));
    return STALE_WAIT_MS + share * Math.max(0, staleWaitMs - STALE_WAIT_MS);
  }
}
