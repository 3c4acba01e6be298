import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkTime, pauseAfter } from '../../functions/canary/store-time.ts';
import { CanaryStoreError } from '../../functions/errors.ts';

const never = new AbortController().signal;

/** What ends first, of pauses and of the milliseconds beside them: timers of one loop end in order, however busy it is. */
async function orderOf(pauses: Readonly<Record<string, () => Promise<unknown>>>, ...marks: readonly number[]) {
  const order: string[] = [];
  const all = marks.map((ms) => [String(ms), () => sleep(ms)] as const);
  const noted = async ([name, wait]: readonly [string, () => Promise<unknown>]): Promise<void> => {
    await wait();
    order.push(name);
  };
  await Promise.all([...all, ...Object.entries(pauses)].map(noted));
  return order;
}

test('pauses double with every try, and are a random part of that', async () => {
  const pauses = {
    first: () => pauseAfter(1, () => 1, never),
    second: () => pauseAfter(2, () => 1, never),
    third: () => pauseAfter(3, () => 1, never),
    half: () => pauseAfter(3, () => 0.1, never),
  };
  expect(await orderOf(pauses, 4, 14, 30, 60, 110)).toEqual([
    '4',
    'half',
    '14',
    'first',
    '30',
    'second',
    '60',
    'third',
    '110',
  ]);
});

test('no pause is longer than the bound: 400 ms, or what the caller gives', async () => {
  const pauses = { default: () => pauseAfter(90, () => 0.1, never), given: () => pauseAfter(90, () => 1, never, 15) };
  expect(await orderOf(pauses, 8, 30, 60)).toEqual(['8', 'given', '30', 'default', '60']);
});

test('another try is allowed while the caller has time, and the end of it ends the pause', async () => {
  expect(await pauseAfter(1, () => 0, never)).toBe(true);
  const caller = new AbortController();
  const pause = pauseAfter(90, () => 1, caller.signal, 60_000);
  caller.abort();
  expect(await pause).toBe(false);
});

test('a call whose time is over is an error with its reason', () => {
  expect(() => checkTime(never)).not.toThrow();
  const over = new CanaryStoreError('the time for the store of canaries is over');
  expect(() => checkTime(AbortSignal.abort('late'))).toThrow(over);
});
