import { TemplateStoreError } from '../errors.ts';
import { readInTime } from './read-in-time.ts';
import { createStaleWait, STALE_WAIT_MS } from './stale-wait.ts';
import { within } from './within.ts';

/** How a cached value is kept fresh. Times in milliseconds. */
export interface CachedValueOptions {
  /** Age from which a value is read again; jittered by up to a fifth, so that environments do not read in step. */
  readonly ttlMs: number;
  /** The longest that one read may take. */
  readonly readMs: number;
  /** Whether an aged value is served when a new one is not read at once (a Lambda), or the caller waits (local files). */
  readonly serveStale: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Called for every failed read. */
  readonly onFailure: (error: unknown) => void;
  /**
   * With `serveStale`: the longest that one caller waits for a fresh value in place of an aged one; absent:
   * `STALE_WAIT_MS`, however old it is.
   */
  readonly staleWaitMs?: number;
}

/** A value read from elsewhere, kept for a while. */
export interface CachedValue<T> {
  /**
   * The value; waits at most `waitMs` when none has been read yet. Throws TemplateStoreError when none could be had.
   * A value once read is served without limit while its source is down.
   */
  get(waitMs: number): Promise<T>;
  /**
   * The value, or undefined where none could be had: for what the caller can do without. A source that has failed is not
   * asked again for a second, and waited for no longer than for a fresh value in place of an aged one.
   */
  tryGet(waitMs: number): Promise<T | undefined>;
  /** The last value, of any age; never reads. */
  last(): T | undefined;
  /** The last value, where `get` would return it without a read. */
  fresh(): T | undefined;
  /** Stores a value that was read in another way. */
  put(value: T): void;
}

/** After a failed read the next one waits this long, so that a struggling source is not pressed. */
const RETRY_MS = 1_000;
const JITTER = 0.2;
/**
 * Lambda freezes the process after a response. A read that ends this much after its time was frozen too: its value is as old
 * as its beginning, and its failure does not mean that the source is down.
 */
const FROZEN_MS = 500;

/**
 * Caches the value that `read` returns: one read at a time, last good value kept.
 *
 * @param isMissing whether a value means that there is nothing. Such a value is read again after a second, and a caller with
 * time waits for a fresh one instead of taking an aged one, because what was missing may exist by now
 */
export function cacheValue<T>(
  read: (signal: AbortSignal) => Promise<T>,
  options: CachedValueOptions,
  isMissing: (value: T) => boolean = () => false,
): CachedValue<T> {
  let cached: { readonly value: T } | undefined;
  let freshFrom = Number.NEGATIVE_INFINITY;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let cause: unknown;
  let hasFailed = false;
  const wait = createStaleWait(options);

  return { get, tryGet, last: () => cached?.value, fresh: () => (isFresh() ? cached?.value : undefined), put: take };

  async function get(waitMs: number): Promise<T> {
    const fresh = isFresh();
    if (cached !== undefined && (fresh || (options.serveStale && !isMissing(cached.value)))) {
      if (!fresh) await wait.forNews((ms) => within(refresh(), ms), waitMs);
      return cached.value;
    }
    if (cached === undefined || !fresh) await within(refresh(), waitMs);
    if (cached === undefined) throw new TemplateStoreError('the template store cannot be read', { cause });
    return cached.value;
  }

  async function tryGet(waitMs: number): Promise<T | undefined> {
    if (cached !== undefined) return await get(waitMs);
    if (isFresh()) return undefined;
    await within(refresh(), hasFailed ? Math.min(waitMs, STALE_WAIT_MS) : waitMs);
    return current()?.value;
  }

  function current(): { readonly value: T } | undefined {
    return cached;
  }

  /** Whether the last read, or the pause after a failed one, is recent. A clock that jumps back must not keep a value for ever. */
  function isFresh(): boolean {
    const now = options.now();
    return now >= freshFrom && now < freshUntil;
  }

  /** @param from when its read began, which is its age */
  function take(value: T, from = options.now()): void {
    cached = { value };
    wait.readAt(from);
    keep(isMissing(value) ? Math.min(RETRY_MS, options.ttlMs) : options.ttlMs * (1 - JITTER * options.random()), from);
  }

  function refresh(): Promise<void> {
    reading ??= readAwake().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  /** Reads; once more where the process was frozen meanwhile, and no oftener, because a clock may jump at every read of it. */
  async function readAwake(): Promise<void> {
    const wasFrozen = await readOnce();
    if (wasFrozen) await readOnce();
  }

  /** @returns whether the process was frozen meanwhile */
  async function readOnce(): Promise<boolean> {
    const from = options.now();
    const wasFrozen = (): boolean => options.now() - from > options.readMs + FROZEN_MS;
    try {
      take(await readInTime(read, options.readMs), from);
      return wasFrozen();
    } catch (error) {
      if (wasFrozen()) return true;
      cause = error;
      hasFailed = true;
      keep(RETRY_MS);
      options.onFailure(error);
      return false;
    }
  }

  function keep(ms: number, from = options.now()): void {
    freshFrom = from;
    freshUntil = from + ms;
  }
}
