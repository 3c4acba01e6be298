import { expect, test } from 'vitest';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';

const signal = new AbortController().signal;

test('every put is the next version and moves the channel', async () => {
  const store = createMemoryStore();
  store.put('a', { v: 1 }, 'stable');
  store.put('a', { v: 2 }, 'canary');
  store.putUnreadable('a', 'broken', 'canary');
  expect(await store.listTemplates('stable', signal)).toEqual([{ name: 'a', version: '1', document: { v: 1 } }]);
  expect(await store.listTemplates('canary', signal)).toEqual([{ name: 'a', version: '3', unreadable: 'broken' }]);
});

test('a removed template is gone from every channel, and its versions are not used again', async () => {
  const store = createMemoryStore();
  store.put('a', {}, 'stable');
  store.put('a', {}, 'canary');
  store.remove('a');
  expect(await store.listTemplates('stable', signal)).toEqual([]);
  store.put('a', {}, 'stable');
  expect(await store.listTemplates('stable', signal)).toEqual([{ name: 'a', version: '3', document: {} }]);
});

test('an unknown channel and an unknown cluster are empty, not an error', async () => {
  const store = createMemoryStore();
  expect(await store.listTemplates('constructor', signal)).toEqual([]);
  expect(await store.getClusterRecord('constructor', signal)).toBeUndefined();
});

test('an aborted signal rejects both calls', async () => {
  const store = createMemoryStore();
  await expect(store.listTemplates('stable', AbortSignal.abort())).rejects.toThrow('aborted');
  await expect(store.getClusterRecord('local', AbortSignal.abort())).rejects.toThrow('aborted');
});
