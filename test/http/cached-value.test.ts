import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TemplateStoreError } from '../../functions/errors.ts';
import { type CachedValue, type CachedValueOptions, cacheValue } from '../../functions/http/cached-value.ts';
import { STALE_WAIT_MS } from '../../functions/http/stale-wait.ts';

const TTL_MS = 30_000;
const WEEK_MS = 7 * 86_400_000;

let now = 0;
let reads = 0;
let failures: unknown[] = [];
/** What the next reads do; answers the count of reads by default. */
let source: (signal: AbortSignal) => Promise<number> = async () => reads;

beforeEach(() => {
  now = 1_000_000;
  reads = 0;
  failures = [];
  source = async () => reads;
});

function held(more: Partial<CachedValueOptions> = {}): CachedValue<number> {
  const read = (signal: AbortSignal): Promise<number> => {
    reads++;
    return source(signal);
  };
  // A read that outlives its test must not tell the next one's.
  const own = failures;
  return cacheValue(read, {
    ttlMs: TTL_MS,
    readMs: 1_000,
    serveStale: true,
    now: () => now,
    random: () => 0,
    onFailure: (error) => own.push(error),
    ...more,
  });
}

const fail = async (): Promise<never> => {
  throw new Error('down');
};
const never = (): Promise<never> => new Promise(() => {});
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a fresh value', () => {
  test.each<[string, number, number, number]>([
    ['without jitter is read anew after 30 s', 0, TTL_MS - 1, TTL_MS],
    ['with half of the jitter after 27 s', 0.5, 26_999, 27_000],
    ['with all of the jitter after 24 s', 1, 23_999, 24_000],
  ])('%s', async (_case, random, freshMs, agedMs) => {
    const value = held({ random: () => random, serveStale: false });
    expect(await value.get(100)).toBe(1);
    now += freshMs;
    expect(await value.get(100)).toBe(1);
    now += agedMs - freshMs;
    expect(await value.get(100)).toBe(2);
  });

  test('is there at once while it is fresh, and no longer', async () => {
    const value = held();
    expect(value.fresh()).toBeUndefined();
    await value.get(100);
    now += TTL_MS - 1;
    expect(value.fresh()).toBe(1);
    now += 1;
    expect(value.fresh()).toBeUndefined();
    expect([value.last(), reads]).toEqual([1, 1]);
  });
});

describe('an aged value', () => {
  // Lambda freezes the process with the answer: a read that was merely begun would never end.
  test('with serveStale is read anew by one read that all wait for, when the store is quick', async () => {
    const value = held();
    await value.get(100);
    now += TTL_MS;
    const answers = await Promise.all(Array.from({ length: 100 }, () => value.get(100)));
    expect([...new Set(answers)]).toEqual([2]);
    expect(reads).toBe(2);
  });

  test('without serveStale is waited for', async () => {
    const value = held({ serveStale: false });
    await value.get(100);
    now += TTL_MS;
    expect(await value.get(100)).toBe(2);
  });

  test('without serveStale is served all the same when the read takes longer than the caller waits', async () => {
    const value = held({ serveStale: false });
    await value.get(100);
    now += TTL_MS;
    source = never;
    expect(await value.get(20)).toBe(1);
  });
});

describe('an aged value in an environment that is called once in a while', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Its reads end by these timers alone: the time that a read may take is not theirs. */
  const patient = (): CachedValue<number> => held({ staleWaitMs: 1_000, readMs: WEEK_MS });
  const answerAfter = async (ms: number): Promise<number> => {
    const read = reads;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return read;
  };
  const hanging = async (): Promise<never> => {
    await answerAfter(1_000);
    throw new Error('down');
  };
  /** What is answered, and after how many milliseconds; time passes for the clock and the timers alike. */
  async function timed<T>(asked: Promise<T>, upToMs = 1_500): Promise<readonly [T | undefined, number]> {
    let answer: readonly [T, number] | undefined;
    const from = now;
    void asked.then((value) => (answer = [value, now - from]));
    for (let ms = 0; ms < upToMs && answer === undefined; ms += 5) await pass(5);
    return answer ?? [undefined, upToMs];
  }
  async function pass(ms: number): Promise<void> {
    now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }

  test.each<[ageMs: number, waitMs: number]>([
    [TTL_MS, 150],
    [1.1 * TTL_MS, 320],
    [1.25 * TTL_MS, 575],
    [1.5 * TTL_MS, 1_000],
    [WEEK_MS, 1_000],
  ])('of %i ms is waited for %i ms', async (ageMs, waitMs) => {
    const value = patient();
    await value.get(100);
    now += ageMs;
    source = never;
    expect(await timed(value.get(1_200))).toEqual([1, waitMs]);
  });

  test('is waited for briefly where it has no time to live', async () => {
    const value = held({ staleWaitMs: 1_000, readMs: WEEK_MS, ttlMs: 0 });
    await value.get(100);
    now += WEEK_MS;
    source = never;
    expect(await timed(value.get(1_200))).toEqual([1, STALE_WAIT_MS]);
  });

  test.each([0, 100, 400])('is waited for no longer than the caller’s %i ms', async (waitMs) => {
    const value = patient();
    await value.get(100);
    now += WEEK_MS;
    source = never;
    expect((await timed(value.get(waitMs)))[1]).toBeLessThanOrEqual(waitMs + 5);
  });

  test('gives way to what a slow store says', async () => {
    const value = patient();
    await value.get(100);
    now += 1.25 * TTL_MS;
    source = () => answerAfter(400);
    expect(await timed(value.get(1_200))).toEqual([2, 400]);
  });

  test('keeps one caller alone', async () => {
    const value = patient();
    await value.get(100);
    now += WEEK_MS;
    source = never;
    const waits = await Promise.all(Array.from({ length: 10 }, () => timed(value.get(1_200))));
    expect(waits.filter(([, ms]) => ms >= 900).length).toBe(1);
  });

  test('that was waited for in vain is waited for shortly, for one time to live', async () => {
    const value = patient();
    await value.get(100);
    now += WEEK_MS;
    source = never;
    expect(await timed(value.get(1_200))).toEqual([1, 1_000]);
    for (let i = 0; i < 5; i++) expect((await timed(value.get(1_200)))[1]).toBe(150);
    now += TTL_MS;
    expect((await timed(value.get(1_200)))[1]).toBeGreaterThan(150);
  });

  test('of a store that hangs costs 200 callers a second little: the 99th of 100 waits 300 ms at most', async () => {
    const value = patient();
    await value.get(100);
    now += WEEK_MS;
    source = hanging;
    const waits: number[] = [];
    for (let i = 0; i < 200 * 40; i++) {
      const from = now;
      void value.get(1_200).then(() => waits.push(now - from));
      await pass(5);
    }
    await pass(2_000);
    waits.sort((a, b) => a - b);
    expect([waits.length, waits[Math.floor(0.99 * waits.length)]]).toEqual([8_000, expect.any(Number)]);
    expect(waits[Math.floor(0.99 * waits.length)]).toBeLessThanOrEqual(300);
    // Once per time to live.
    expect(waits.filter((ms) => ms > 300)).toHaveLength(2);
  });
});

describe('a read that the process was frozen in', () => {
  const frozen = (): { answer: (value: number) => void; fail: () => void } => {
    let settle: { answer: (value: number) => void; fail: () => void } = { answer: () => {}, fail: () => {} };
    source = () =>
      new Promise((resolve, reject) => {
        settle = { answer: resolve, fail: () => reject(new Error('ECONNRESET')) };
      });
    return { answer: (value) => settle.answer(value), fail: () => settle.fail() };
  };

  test('and that failed of it is no failure: the value is read again at once', async () => {
    const value = held({ staleWaitMs: 1_000 });
    await value.get(100);
    now += TTL_MS;
    const read = frozen();
    expect(await value.get(10)).toBe(1);
    now += WEEK_MS;
    source = async () => 7;
    const next = value.get(1_000);
    read.fail();
    expect([await next, failures]).toEqual([7, []]);
  });

  test('and that is answered says what was then: the value is read again at once', async () => {
    const value = held({ staleWaitMs: 1_000 });
    await value.get(100);
    now += TTL_MS;
    const read = frozen();
    expect(await value.get(10)).toBe(1);
    now += WEEK_MS;
    source = async () => 7;
    const next = value.get(1_000);
    read.answer(5);
    expect(await next).toBe(7);
  });
});

test.each([true, false])('100 callers at once cause one read (serveStale %s)', async (serveStale) => {
  const value = held({ serveStale });
  const answers = await Promise.all(Array.from({ length: 100 }, () => value.get(100)));
  expect([answers.length, [...new Set(answers)], reads]).toEqual([100, [1], 1]);
});

test('a value that is put is fresh, and read anew in its time', async () => {
  const value = held({ serveStale: false });
  value.put(50);
  now += TTL_MS - 1;
  expect([await value.get(100), reads]).toEqual([50, 0]);
  now += 1;
  expect(await value.get(100)).toBe(1);
});

describe('a source that is down', () => {
  test.each([true, false])('keeps the last good value without limit (serveStale %s)', async (serveStale) => {
    const value = held({ serveStale });
    await value.get(100);
    source = fail;
    for (let day = 0; day < 30; day++) {
      now += 86_400_000;
      expect(await value.get(100)).toBe(1);
      await settled();
    }
    expect(failures).toHaveLength(30);
  });

  test('is asked again after a second, not at every call', async () => {
    const value = held();
    await value.get(100);
    source = fail;
    now += TTL_MS;
    for (let i = 0; i < 1_000; i++) {
      now += 10;
      await value.get(100);
      await settled();
    }
    expect(reads).toBeGreaterThanOrEqual(10);
    expect(reads).toBeLessThanOrEqual(12);
  });

  test('that comes back is served again', async () => {
    const value = held({ serveStale: false });
    await value.get(100);
    source = fail;
    now += TTL_MS;
    await value.get(100);
    source = async () => 99;
    now += 1_000;
    expect(await value.get(100)).toBe(99);
  });

  test('and never answered is a TemplateStoreError, and the failure is told', async () => {
    source = fail;
    const value = held();
    await expect(value.get(100)).rejects.toThrow(TemplateStoreError);
    expect(failures).toEqual([new Error('down')]);
  });

  test('and never answered is asked again by the next caller', async () => {
    source = fail;
    const value = held();
    await value.get(100).catch(() => undefined);
    source = async () => 5;
    expect(await value.get(100)).toBe(5);
  });
});

describe('a read that never settles', () => {
  test.each([0, 30, -5])('is waited for %i ms and no longer', async (waitMs) => {
    source = never;
    const started = performance.now();
    await expect(held().get(waitMs)).rejects.toThrow(TemplateStoreError);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('is told by its signal when its time is over', async () => {
    source = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await expect(held({ readMs: 20 }).get(2_000)).rejects.toThrow(TemplateStoreError);
    expect(failures).toEqual([expect.objectContaining({ name: 'TimeoutError' })]);
  });

  test('even deaf to its signal does not keep the next one from being tried', async () => {
    source = never;
    const value = held({ readMs: 20 });
    await value.get(60).catch(() => undefined);
    source = async () => 5;
    expect(await value.get(60)).toBe(5);
  });

  test('that answers after all serves the next caller', async () => {
    let answer: (value: number) => void = () => {};
    source = () => new Promise((resolve) => (answer = resolve));
    const value = held();
    await value.get(10).catch(() => undefined);
    answer(7);
    expect([await value.get(100), reads]).toEqual([7, 1]);
  });
});

describe('a clock that jumps', () => {
  test.each<[string, number]>([
    ['back by 7 days', -WEEK_MS],
    ['forward by 7 days', WEEK_MS],
    ['back by a millisecond', -1],
  ])('%s makes a value aged, never immortal', async (_case, ms) => {
    const value = held({ serveStale: false });
    await value.get(100);
    now += ms;
    expect(await value.get(100)).toBe(2);
    now += TTL_MS - 1;
    expect(await value.get(100)).toBe(2);
    now += 1;
    expect(await value.get(100)).toBe(3);
  });
});

describe('what can be done without', () => {
  test('is had when its source answers, and undefined while it does not', async () => {
    const value = held();
    expect(value.last()).toBeUndefined();
    source = fail;
    expect(await value.tryGet(100)).toBeUndefined();
    source = async () => reads;
    now += 1_000;
    expect(await value.tryGet(100)).toBe(2);
    expect([await value.get(100), value.last()]).toEqual([2, 2]);
  });

  test('is asked for at most once a second while its source fails', async () => {
    source = fail;
    const value = held();
    for (let i = 0; i < 100; i++) expect(await value.tryGet(100)).toBeUndefined();
    expect([reads, failures.length]).toEqual([1, 1]);
    now += 1_000;
    await value.tryGet(100);
    expect(reads).toBe(2);
  });

  test('is waited for no longer than news are where its source has failed', async () => {
    const value = held();
    source = fail;
    await value.tryGet(100);
    source = never;
    now += 1_000;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const waited = value.tryGet(60_000);
      await vi.advanceTimersByTimeAsync(STALE_WAIT_MS);
      expect(await Promise.race([waited, settled().then(() => 'waits')])).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  test('is kept when its source fails later on', async () => {
    const value = held();
    await value.tryGet(100);
    source = fail;
    now += WEEK_MS;
    expect(await value.tryGet(100)).toBe(1);
  });

  test('does not stop those who cannot do without from asking', async () => {
    source = fail;
    const value = held();
    await value.tryGet(100);
    source = async () => reads;
    expect(await value.get(100)).toBe(2);
  });
});

// The waits of a review that could have an aged value, on a clock of the test's own: a busy machine changes nothing.
describe('a source that hangs never holds up who could have an aged value', () => {
  const WAIT_MS_MAX = 1_200;
  const WAIT_AFTER_FAILURE_MS_MAX = 300;
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  async function isAnsweredWithin(value: CachedValue<number>, ms: number): Promise<boolean> {
    let isAnswered = false;
    void value.get(60_000).then(() => {
      isAnswered = true;
    });
    await vi.advanceTimersByTimeAsync(ms);
    return isAnswered;
  }

  test.each([TTL_MS, 10 * TTL_MS, WEEK_MS])('aged %i ms: beyond 1.2 s', async (age) => {
    const value = held({ readMs: 3_600_000 });
    await value.get(100);
    now += age;
    source = never;
    expect(await isAnsweredWithin(value, WAIT_MS_MAX)).toBe(true);
  });

  test.each([TTL_MS, WEEK_MS])('aged %i ms, after a failed read: beyond 0.3 s', async (age) => {
    const value = held({ readMs: 3_600_000 });
    await value.get(100);
    now += age;
    source = fail;
    await value.get(100);
    expect(failures).toHaveLength(1);
    source = never;
    // The next try after the rest.
    now += 1_001;
    expect(await isAnsweredWithin(value, WAIT_AFTER_FAILURE_MS_MAX)).toBe(true);
  });
});
