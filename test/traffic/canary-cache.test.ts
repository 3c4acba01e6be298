import { beforeEach, expect, test } from 'vitest';
import { HEAD_TTL_MS } from '../../functions/limits.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { type CanaryCache, createCanaryCache } from '../../functions/traffic/canary-cache.ts';
import { auditOf, canaryOf } from '../support/stored-canaries.ts';

let [now, heads, lists, isBroken, isSilent] = [0, 0, 0, false, false];
const failures: unknown[] = [];
let store: ReturnType<typeof createMemoryStore>;
let cache: CanaryCache;

beforeEach(() => {
  [now, heads, lists, isBroken, isSilent] = [1_000_000, 0, 0, false, false];
  failures.length = 0;
  store = createMemoryStore();
  const counting: typeof store = {
    ...store,
    readHead: async (...args) => {
      heads++;
      if (isSilent) await new Promise(() => {});
      if (isBroken) throw new Error('the store is broken');
      return await store.readHead(...args);
    },
    listCanaries: async (...args) => {
      lists++;
      return await store.listCanaries(...args);
    },
  };
  const onFailure = (_cluster: string, error: unknown): void => void failures.push(error);
  cache = createCanaryCache(counting, { now: () => now, onFailure, onUnsound: () => undefined });
});

test('the head is read once in its time, and again after it or when the clock jumped back', async () => {
  for (const [ms, reads] of [
    [0, 1],
    [0, 1],
    [HEAD_TTL_MS - 1, 1],
    [1, 2],
    [-1, 3],
  ] as const) {
    now += ms;
    await cache.stateFor('local');
    expect(heads).toBe(reads);
  }
  expect(cache.readsBegun()).toBe(3);
});

test('canaries are read when the head has moved, and only then: the state is the same object until then', async () => {
  const first = await cache.stateFor('local');
  now += HEAD_TTL_MS;
  expect(await cache.stateFor('local')).toBe(first);
  expect(lists).toBe(1);
  await store.create('local', canaryOf(), { audit: auditOf(canaryOf()) }, AbortSignal.timeout(5_000));
  now += HEAD_TTL_MS;
  const second = await cache.stateFor('local');
  expect([first.canaries.length, second.canaries.length]).toEqual([0, 1]);
  expect(cache.cached('local')).toBe(second);
  expect(cache.cached('other')).toBeUndefined();
});

test('a recent state is read before there is any, and after a moment only by a read that began later', async () => {
  expect(await cache.recentState('local', 0)).toBeDefined();
  expect(heads).toBe(1);
  expect(await cache.recentState('local')).toBeDefined();
  expect(heads).toBe(1);
  expect(await cache.recentState('local', cache.readsBegun())).toBeDefined();
  expect(heads).toBe(2);
  expect(await cache.recentState('local', 1)).toBeDefined();
  expect(heads).toBe(2);
  now += HEAD_TTL_MS;
  expect(await cache.recentState('local')).toBeDefined();
  expect(heads).toBe(3);
});

test('right after a failed read the store is not asked again, and what is held stays', async () => {
  const held = await cache.stateFor('local');
  isBroken = true;
  now += HEAD_TTL_MS;
  expect(await cache.recentState('local')).toBeUndefined();
  expect(await cache.recentState('local')).toBeUndefined();
  expect(await cache.stateFor('local')).toBe(held);
  expect([heads, failures.length]).toEqual([2, 1]);
  isBroken = false;
  now += HEAD_TTL_MS;
  expect(await cache.recentState('local')).toBe(held);
});

test('a store that does not answer: what is held is served before the read is given up, and nothing else is', async () => {
  const held = await cache.stateFor('local');
  isSilent = true;
  now += HEAD_TTL_MS;
  const [served, recent] = [cache.stateFor('local'), cache.recentState('local')];
  for (const [waiting, state] of [
    [served, held],
    [recent, undefined],
  ] as const) {
    expect(await waiting).toBe(state);
    // The read that it waited for is still going on.
    expect([heads, failures.length]).toEqual([2, 0]);
  }
  await expect(cache.stateFor('other')).rejects.toMatchObject({ cause: { name: 'TimeoutError' } });
  expect(failures.length).toBe(2);
});
