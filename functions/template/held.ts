import { TemplateStoreError } from '../errors.ts';

/** How a held value is kept fresh. Times in milliseconds. */
export interface HoldOptions {
  /** Age from which a value is read anew; jittered by up to a fifth, so that environments do not read in step. */
  readonly ttlMs: number;
  /** The longest that one read may take. */
  readonly readMs: number;
  /** Whether an aged value is served when a new one is not read at once (a Lambda), or the caller waits (local files). */
  readonly serveStale: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Told of every failed read. */
  readonly onFailure: (error: unknown) => void;
}

/** A value read from elsewhere, kept for a while. */
export interface Held<T> {
  /**
   * The value; waits at most `waitMs` when none is held yet. Throws TemplateStoreError when none could be had.
   * A value once read is served without limit while its source is down.
   */
  get(waitMs: number): Promise<T>;
  /**
   * The value, or undefined where none could be had: for what can be done without. A source that has failed is not
   * asked again for a second, and waited for no longer than for a fresh value in the place of an aged one.
   */
  peek(waitMs: number): Promise<T | undefined>;
  /** What is held at this moment, however old. */
  last(): T | undefined;
  /** Takes over a value that was read in another way. */
  put(value: T): void;
}

/** After a failed read the next one waits this long, so that a struggling source is not pressed. */
const RETRY_MS = 1_000;
const JITTER = 0.2;
/** The longest that a request waits for a fresh value when it could have an aged one; once per time to live. */
const STALE_WAIT_MS = 150;

/**
 * Holds a value that `read` brings: one read at a time, last good value kept.
 *
 * @param isMissing whether a value says that there is nothing: it is asked for again after a second, and an aged one does
 * not stand in for a fresh one that the caller has time for, because what was missing may have been made meanwhile
 */
export function hold<T>(
  read: (signal: AbortSignal) => Promise<T>,
  options: HoldOptions,
  isMissing: (value: T) => boolean = () => false,
): Held<T> {
  let held: { readonly value: T } | undefined;
  let freshFrom = 0;
  let freshUntil = 0;
  let reading: Promise<void> | undefined;
  let cause: unknown;
  let hasFailed = false;

  return { get, peek, last: () => held?.value, put: take };

  async function get(waitMs: number): Promise<T> {
    const fresh = isFresh();
    if (held !== undefined && (fresh || (options.serveStale && !isMissing(held.value)))) {
      // Lambda freezes the process with the answer, and a read that was merely begun would die of its timeout.
      if (!fresh) await within(refresh(), Math.min(waitMs, STALE_WAIT_MS));
      return held.value;
    }
    if (held === undefined || !fresh) await within(refresh(), waitMs);
    if (held === undefined) throw new TemplateStoreError('the template store cannot be read', { cause });
    return held.value;
  }

  async function peek(waitMs: number): Promise<T | undefined> {
    if (held !== undefined) return await get(waitMs);
    if (isFresh()) return undefined;
    await within(refresh(), hasFailed ? Math.min(waitMs, STALE_WAIT_MS) : waitMs);
    return current()?.value;
  }

  function current(): { readonly value: T } | undefined {
    return held;
  }

  /** Whether the last read, or the rest after a failed one, is recent; a clock that jumped back makes nothing immortal. */
  function isFresh(): boolean {
    const now = options.now();
    return now >= freshFrom && now < freshUntil;
  }

  function take(value: T): void {
    held = { value };
    keep(isMissing(value) ? Math.min(RETRY_MS, options.ttlMs) : options.ttlMs * (1 - JITTER * options.random()));
  }

  function refresh(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readOnce(): Promise<void> {
    try {
      take(await readInTime(read, options.readMs));
    } catch (error) {
      cause = error;
      hasFailed = true;
      keep(RETRY_MS);
      options.onFailure(error);
    }
  }

  function keep(ms: number): void {
    freshFrom = options.now();
    freshUntil = freshFrom + ms;
  }
}

/** A read that is deaf to its signal is given up all the same: the next one must be able to start. */
export async function readInTime<T>(read: (signal: AbortSignal) => Promise<T>, readMs: number): Promise<T> {
  const signal = AbortSignal.timeout(readMs);
  let giveUp: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp);
  });
  return await Promise.race([read(signal), aborted]).finally(() => signal.removeEventListener('abort', giveUp));
}

/** Waits for a promise, but no longer than `ms`; the promise goes on. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
  });
  return await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
