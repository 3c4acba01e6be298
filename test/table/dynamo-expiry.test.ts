import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { type DynamoMemory, startDynamoMemory } from '../support/dynamo-memory.ts';
import { auditOf, canaryOf, reportOf } from '../support/stored-canaries.ts';

const NOW = Date.parse('2026-11-22T12:00:00.001Z');
const [MINUTE, HOUR, YEAR] = [60, 3_600, 365 * 86_400];
let memory: DynamoMemory;
let store: ReturnType<typeof createDynamoStore>;
beforeEach(async () => {
  memory = await startDynamoMemory();
  store = createDynamoStore({ ...dynamoToolsFor(memory.url), now: () => NOW });
});
afterEach(() => memory.close());

/** Of each item that ends the beginning of its key, and in how many seconds it ends. */
function ends(): readonly (readonly [kind: string, seconds: number])[] {
  return memory.items().flatMap(({ SK, expires }) => {
    const kind = SK?.S?.split('#')[0] ?? '';
    return expires === undefined ? [] : [[kind, Number(expires.N) - Math.floor(NOW / 1_000)] as const];
  });
}
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

test('DynamoDB takes away what has its time, in seconds, never early', async () => {
  const canary = canaryOf();
  const key = { cluster: 'c', namespace: 'shop', name: 'cart' };
  await store.create('c', canary, { audit: auditOf(canary) }, signal());
  const confirmation = { resourceVersion: '1', asOf: new Date(NOW).toISOString(), seen: 1, converged: 1 };
  await store.keepConfirmation(key, confirmation, signal());
  await store.writeProxyReport('c', 'e', { ...reportOf(1), writtenAt: NOW }, signal());
  expect(ends().toSorted()).toEqual([
    ['confirmed', YEAR + 1],
    ['fleet', HOUR + 1],
    ['moved', 10 * MINUTE + 1],
  ]);
});
