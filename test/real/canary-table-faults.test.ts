import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CanaryKey, CanaryStore, WriteExtras, WriteOutcome } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { newCluster } from '../contract/canary-harness.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { type DynamoFront, type DynamoTrouble, startDynamoFront } from '../support/dynamo-front.ts';
import { abortOf, answerOf, auditOf, canaryOf, nextOf } from '../support/stored-canaries.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './support/dynamodb-local.ts';
import { whyNotDynamoDbLocal } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

// Numbers in the titles are those of the fault catalogue.

const signal = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms);

await describeReal('a write whose answer is lost, on DynamoDB Local', whyNotDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  let front: DynamoFront;
  /** Behind the front, and beside it. */
  let store: CanaryStore;
  let calm: CanaryStore;
  let cluster: string;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
    calm = createDynamoStore(dynamoToolsFor(local.url, local.table));
  });
  afterAll(async () => await local?.stop());
  beforeEach(async () => {
    front = await startDynamoFront(local.url);
    store = createDynamoStore(dynamoToolsFor(front.url, local.table));
    cluster = newCluster();
    await calm.create(cluster, canaryOf(), extras(1), signal());
  });
  afterEach(() => front.close());

  const extras = (version: number): WriteExtras => ({ audit: auditOf(canaryOf({ version })) });
  const key = (): CanaryKey => ({ cluster, namespace: 'shop', name: 'cart' });
  const update = async (by = store, ms?: number): Promise<WriteOutcome> =>
    await by.update(cluster, '1', nextOf(canaryOf(), { stable: 80, canary: 20 }), extras(2), signal(ms));
  const abort = async (ms?: number): Promise<unknown> =>
    await store.abort(key(), abortOf(9), auditOf(canaryOf(), { verb: 'abort', second: 9 }), signal(ms));
  /** Version, head and number of audit entries. */
  const counts = async (): Promise<unknown[]> => [
    (await calm.getCanary(key(), signal()))?.metadata.resourceVersion,
    await calm.readHead(cluster, signal()),
    (await calm.listAudit(key(), 100, signal())).length,
  ];
  const lose = (how: 'reset' | 'hang' | 'error', meanwhile?: () => Promise<void>): void =>
    front.troubles('TransactWriteItems', { kind: 'lost', how, ...(meanwhile === undefined ? {} : { meanwhile }) });

  describe.each([
    ['by its token', false],
    ['by its audit entry, when the token is forgotten', true],
  ])('is known again %s', (_, isForgetful) => {
    beforeEach(() => {
      front.isForgetful = isForgetful;
    });

    test.each(['reset', 'hang', 'error'] as const)('an update steps once (90): %s', async (how) => {
      lose(how);
      expect(await update()).toEqual({ outcome: 'written' });
      expect(await counts()).toEqual(['2', 2, 2]);
    });

    test('and once after three lost answers', async () => {
      for (const how of ['reset', 'error', 'reset'] as const) lose(how);
      expect(await update()).toEqual({ outcome: 'written' });
      expect(await counts()).toEqual(['2', 2, 2]);
    });

    test('a creation', async () => {
      lose('reset');
      const canary = canaryOf({ name: 'other', version: 2 });
      expect(await store.create(cluster, canary, { audit: auditOf(canary) }, signal())).toEqual({ outcome: 'written' });
      expect(await calm.readHead(cluster, signal())).toBe(2);
    });

    test('an abort counts once', async () => {
      lose('reset');
      lose('error');
      expect(await abort()).toMatchObject({ metadata: { resourceVersion: '2' }, status: { phase: 'Failed' } });
      expect(await counts()).toEqual(['2', 2, 2]);
    });

    test('a removal', async () => {
      lose('reset');
      expect(await store.remove(key(), '1', signal())).toEqual({ outcome: 'written' });
      expect(await counts()).toEqual([undefined, 2, 1]);
    });

    test('an update that another one has followed since', async () => {
      lose('reset', async () => {
        const third = nextOf(nextOf(canaryOf()), { stable: 50, canary: 50 });
        await calm.update(cluster, '2', third, extras(3), signal());
      });
      expect(await update()).toEqual({ outcome: 'written' });
      expect(await counts()).toEqual(['3', 3, 3]);
      expect((await calm.getCanary(key(), signal()))?.status.weights).toEqual({ stable: 50, canary: 50 });
    });
  });

  test('somebody else’s write is not taken for ours', async () => {
    front.troubles('TransactWriteItems', { kind: 'reset' });
    const rival = nextOf(canaryOf(), { stable: 0, canary: 100 });
    const read = front.calls.length;
    const writing = update();
    await expect.poll(() => front.calls.slice(read)).toContain('TransactWriteItems');
    await calm.update(cluster, '1', rival, { audit: auditOf(rival, { who: 'rival' }) }, signal());
    // The rival may come before the second try or after it; one of the two is written, never both.
    const outcome = await writing;
    const stands = await calm.getCanary(key(), signal());
    expect(outcome.outcome === 'written').toBe(stands?.status.weights.canary === 20);
    expect(await counts()).toEqual(['2', 2, 2]);
  });

  test('a caller who is gone by then leaves all of it, or nothing, and the next one goes on from there (99)', async () => {
    lose('hang');
    const idempotency = { key: { caller: 'ci', key: 'step-2' }, answer: answerOf(100, 'the answer') };
    const next = nextOf(canaryOf());
    const lost = store.update(cluster, '1', next, { ...extras(2), idempotency }, signal(400));
    await expect(lost).rejects.toThrow(CanaryStoreError);
    expect(await counts()).toEqual(['2', 2, 2]);
    expect(await calm.findAnswer(cluster, idempotency.key, signal())).toMatchObject({ body: 'the answer' });
    expect(await calm.listCanaries(cluster, signal())).toEqual({ head: 2, canaries: [next], unreadable: [] });

    front.trouble = { kind: 'hang' };
    await expect(abort(300)).rejects.toThrow(CanaryStoreError);
    expect(await counts()).toEqual(['2', 2, 2]);
  });

  test.each<[string, DynamoTrouble]>([
    ['throttled', { kind: 'error', type: 'ThrottlingException' }],
    ['failing', { kind: 'error', type: 'InternalServerError', status: 500 }],
    ['resetting connections', { kind: 'reset' }],
    ['in conflict', { kind: 'error', type: 'TransactionCanceledException', reasons: ['TransactionConflict'] }],
  ])('a table that is %s five times: an abort lands in one write (95)', async (_, trouble) => {
    front.troubles('TransactWriteItems', trouble, trouble, trouble, trouble, trouble);
    expect(await abort()).toMatchObject({ metadata: { resourceVersion: '2' } });
    expect(await counts()).toEqual(['2', 2, 2]);
  });

  test('a table that is down for good: errors, and what stood there stands there (91)', async () => {
    front.trouble = { kind: 'error', type: 'InternalServerError', status: 500 };
    await expect(store.listCanaries(cluster, signal(200))).rejects.toThrow(CanaryStoreError);
    await expect(update(store, 200)).rejects.toThrow(CanaryStoreError);
    front.trouble = undefined;
    expect(await store.listCanaries(cluster, signal())).toEqual({ head: 1, canaries: [canaryOf()], unreadable: [] });
  });

  test('a table that is not there is said so at once', async () => {
    const nowhere = createDynamoStore(dynamoToolsFor(local.url, 'missing'));
    await expect(nowhere.listCanaries(cluster, signal())).rejects.toThrow(/ResourceNotFoundException/);
    await expect(nowhere.create(cluster, canaryOf(), extras(1), signal())).rejects.toThrow(/ResourceNotFoundException/);
  });
});
