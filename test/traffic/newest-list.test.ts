import { beforeEach, expect, test } from 'vitest';
import type { CanaryList, CanaryStore } from '../../functions/canary/store.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { newestList } from '../../functions/traffic/newest-list.ts';
import { abortOf, auditOf, canaryOf } from '../support/stored-canaries.ts';

const CLUSTER = 'local';
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

let store: CanaryStore;
let lists = 0;

beforeEach(async () => {
  const memory = createMemoryStore();
  lists = 0;
  store = {
    ...memory,
    listCanaries: async (...args) => {
      lists++;
      return await memory.listCanaries(...args);
    },
  };
  for (const name of ['a', 'b', 'c']) await create(name);
});

async function create(name: string): Promise<void> {
  const canary = canaryOf({ name, version: (await store.readHead(CLUSTER, signal())) + 1 });
  expect(await store.create(CLUSTER, canary, { audit: auditOf(canary) }, signal())).toEqual({ outcome: 'written' });
}
const keyOf = (name: string) => ({ cluster: CLUSTER, namespace: 'shop', name });
const newest = async (known?: CanaryList): Promise<CanaryList> =>
  await newestList(store, CLUSTER, known, await store.readHead(CLUSTER, signal()), signal());
const whole = async (): Promise<CanaryList> => await createList();
const createList = async (): Promise<CanaryList> => {
  const before = lists;
  const list = await store.listCanaries(CLUSTER, signal());
  lists = before;
  return list;
};
const sorted = ({ head, canaries, unreadable }: CanaryList): unknown => ({
  head,
  canaries: canaries.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
  unreadable,
});

test('only what was written since is read, and it comes to what a list would be', async () => {
  const first = await newest();
  expect(lists).toBe(1);
  const stored = await store.getCanary(keyOf('b'), signal());
  const next = atVersion(stored ?? canaryOf(), 4);
  await store.update(CLUSTER, '2', next, { audit: auditOf(next) }, signal());
  await store.abort(keyOf('a'), abortOf(9), auditOf(canaryOf()), signal());
  await create('d');
  await store.remove(keyOf('c'), '3', signal());
  const second = await newest(first);
  expect(sorted(second)).toEqual(sorted(await whole()));
  expect(second.head).toBe(7);
  expect(lists).toBe(1);
});

test('what functions of a former version wrote left no word: the list is read', async () => {
  const first = await newest();
  const moves = store.listMoves;
  await create('d');
  // As a store of b39b9d9 leaves it: the head has moved, and nothing says whose write it was.
  store = {
    ...store,
    listMoves: async (cluster, { after, upTo }, within) => await moves(cluster, { after, upTo: upTo + 1 }, within),
  };
  expect(sorted(await newest(first))).toEqual(sorted(await whole()));
  expect(lists).toBe(2);
});

test('a head that went back, as after a restored backup, is a list too', async () => {
  const first = await newest();
  expect((await newest({ ...first, head: 99 })).head).toBe(3);
  expect(lists).toBe(2);
});
