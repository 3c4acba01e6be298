import { TemplateStoreError } from '../errors.ts';
import { readInTime } from './read-in-time.ts';
import { createStaleWait, STALE_WAIT_MS } from './stale-wait.ts';
import { within } from './within.ts';

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
  /**
   * With `serveStale`: the longest that one caller waits for a fresh value in the place of one that has grown old; absent:
   * `STALE_WAIT_MS`, however old it is.
   */
  readonly staleWaitMs?: number;
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
  /** What is held at this moment, where `get` would ask nothing of the source. */
  fresh(): T | undefined;
  /** Takes over a value that was read in another way. */
  put(value: T): void;
}

/** After a failed read the next one waits this long, so that a struggling source is not pressed. */
const RETRY_MS = 1_000;
const JITTER = 0.2;
/**
 * A read that ends so much later than its time was frozen with the process, as Lambda freezes it with an answer: what it
 * says is of then, and a failure is nobody's.
 */
const FROZEN_MS = 500;

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
  const wait = createStaleWait(options);

  return { get, peek, last: () => held?.value, fresh: () => (isFresh() ? held?.value : undefined), put: take };

  async function get(waitMs: number): Promise<T> {
    const fresh = isFresh();
    if (held !== undefined && (fresh || (options.serveStale && !isMissing(held.value)))) {
      if (!fresh) await wait.forNews((ms) => within(refresh(), ms), waitMs);
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

  /** @param from when its reading began: so old it is */
  function take(value: T, from = options.now()): void {
    held = { value };
    wait.readAt(from);
    keep(isMissing(value) ? Math.min(RETRY_MS, options.ttlMs) : options.ttlMs * (1 - JITTER * options.random()), from);
  }

  function refresh(): Promise<void> {
    reading ??= readAwake().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  /** Reads; where the process was frozen meanwhile, once more, and no oftener: a clock may leap at every look. */
  async function readAwake(): Promise<void> {
    const wasFrozen = await readOnce();
    if (wasFrozen) await readOnce();
  }

  /** @returns whether it was frozen */
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
