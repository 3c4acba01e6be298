import { describe, expect, test } from 'vitest';
import {
  historyWaitFor,
  leavesRoomForRetry,
  leavesRoomForShadow,
  waitFor,
} from '../../functions/admission/deadline.ts';
import {
  DEADLINE_MARGIN_MS,
  MUTATE_TIMEOUT_MS,
  RETRY_AFTER_SECONDS,
  RETRY_ROOM_MS,
  SHADOW_ROOM_MS,
  STORE_WAIT_MS,
} from '../../functions/limits.ts';

test.each<[timeout: string | undefined, wait: number]>([
  [undefined, 10_000],
  ['', 10_000],
  ['3', 10_000],
  ['3h', 10_000],
  ['3s ', 10_000],
  ['1234567ms', 10_000],
  ['3s', 3_000 - DEADLINE_MARGIN_MS],
  ['900ms', 900 - DEADLINE_MARGIN_MS],
  ['1m', 10_000],
  ['1ms', 0],
])('of a timeout of %j a request that may wait 10 s waits %i ms', (timeout, wait) => {
  expect(waitFor(timeout, 10_000)).toBe(wait);
});

describe('room is there to the millisecond, and not beyond', () => {
  const retry = 10_000 - (RETRY_AFTER_SECONDS * 1_000 + RETRY_ROOM_MS);
  const shadow = SHADOW_ROOM_MS + DEADLINE_MARGIN_MS;
  test('for another try', () => {
    expect([leavesRoomForRetry('10s', retry), leavesRoomForRetry('10s', retry + 1)]).toEqual([true, false]);
    expect(leavesRoomForRetry(undefined, 0)).toBe(false);
  });

  test.each<[timeout: string | undefined, last: number]>([
    ['2s', 2_000 - shadow],
    [undefined, MUTATE_TIMEOUT_MS - shadow],
    ['10m', MUTATE_TIMEOUT_MS - shadow],
  ])('for the next channel, with a timeout of %s until %i ms', (timeout, last) => {
    expect([leavesRoomForShadow(timeout, last), leavesRoomForShadow(timeout, last + 1)]).toEqual([true, false]);
  });

  test('for the history, no longer than any read of the store', () => {
    const left = 2_000 - DEADLINE_MARGIN_MS;
    expect(historyWaitFor('2s', left - 1)).toBe(1);
    expect([historyWaitFor('2s', left), historyWaitFor('2s', 5_000)]).toEqual([0, 0]);
    expect(historyWaitFor(undefined, 0)).toBe(STORE_WAIT_MS);
  });
});
