import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FreezePlace } from '../../functions/canary/freeze/freeze.ts';
import type { FreezeStore } from '../../functions/canary/freeze/freeze-store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { freezeStoreContract } from '../contract/freeze-store.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { type DynamoMemory, startDynamoMemory } from '../support/dynamo-memory.ts';
import { freezeOf } from '../support/freezes.ts';

// What stands in a store outlives the version that wrote it: these are the bytes, by which any change shows.

const SHOP: FreezePlace = { scope: 'Namespace', cluster: 'a#b', namespace: 'shop' };
const CLUSTER: FreezePlace = { scope: 'Cluster', cluster: 'a#b' };
const FLEET: FreezePlace = { scope: 'Fleet' };
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

const opened: DynamoMemory[] = [];
afterAll(() => {
  for (const memory of opened) memory.close();
});
freezeStoreContract('DynamoDB in memory', async () => {
  const memory = await startDynamoMemory();
  opened.push(memory);
  return { store: createDynamoStore(dynamoToolsFor(memory.url)) };
});

describe('in DynamoDB', () => {
  let memory: DynamoMemory;
  let store: FreezeStore;
  beforeEach(async () => {
    memory = await startDynamoMemory();
    store = createDynamoStore(dynamoToolsFor(memory.url));
    for (const place of [SHOP, CLUSTER, FLEET]) await store.putFreeze(place, freezeOf(place), undefined, signal());
  });
  afterEach(() => memory.close());

  // `Z#…` is a partition that no function but `canaries` may write to (infra/deploy/roles.yml).
  test('each is an item beside those of its Kubernetes cluster', () => {
    const item = (partition: string, sort: string, place: FreezePlace): object => ({
      PK: { S: partition },
      SK: { S: sort },
      freeze: { S: JSON.stringify(freezeOf(place)) },
      version: { N: '1' },
    });
    expect(memory.items()).toEqual([
      item('Z#a%23b', 'freeze#shop#stop', SHOP),
      item('Z#a%23b', 'freeze##stop', CLUSTER),
      item('Z#', 'freeze##stop', FLEET),
    ]);
  });

  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['another kind', JSON.stringify({ ...freezeOf(SHOP), kind: 'Canary' })],
    ['without a reason', JSON.stringify({ ...freezeOf(SHOP), spec: {} })],
    [
      'with a window that this version does not know',
      JSON.stringify(
        freezeOf(SHOP, 'stop', {
          windows: [{ start: '2026-01-01T00:00', duration: '1h', timeZone: 'UTC', recurrence: 'FREQ=HOURLY' }],
        }),
      ),
    ],
  ])('one that cannot be read fails every read, and can be deleted: %s', async (_, text) => {
    memory.change('Z#a%23b', 'freeze#shop#stop', (item) => ({ ...item, freeze: { S: text } }));
    const why = /^the stored freeze at freeze#shop#stop cannot be read \(.+\): delete it/;
    await expect(store.readFreezes('a#b', signal())).rejects.toThrow(why);
    await expect(store.listFreezes(SHOP, signal())).rejects.toThrow(CanaryStoreError);
    await expect(store.getFreeze(SHOP, 'stop', signal())).rejects.toThrow(why);
    expect(await store.listFreezes(CLUSTER, signal())).toHaveLength(1);
    expect(await store.deleteFreeze(SHOP, 'stop', signal())).toBe(true);
    expect(await store.readFreezes('a#b', signal())).toHaveLength(2);
  });
});
