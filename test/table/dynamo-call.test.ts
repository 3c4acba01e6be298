import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConfirmationStore } from '../../functions/canary/confirmation.ts';
import type { PaceStore } from '../../functions/canary/pace.ts';
import type { ProxyReportStore } from '../../functions/canary/proxy-reports.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { type DynamoFront, type DynamoTrouble, startDynamoFront } from '../support/dynamo-front.ts';
import { abortOf, auditOf, canaryOf, nextOf, reportOf } from '../support/stored-canaries.ts';

// What DynamoDB says at its worst, word for word on the wire; what it does at its best is test/real's.

let front: DynamoFront;
let store: CanaryStore & ProxyReportStore & ConfirmationStore & PaceStore;
beforeEach(async () => {
  front = await startDynamoFront();
  store = createDynamoStore(dynamoToolsFor(front.url));
});
afterEach(() => front.close());

const signal = (ms = 10_000): AbortSignal => AbortSignal.timeout(ms);
const error = (type: string, status = 400): DynamoTrouble => ({ kind: 'error', type, status });
const cancelled = (...reasons: string[]): DynamoTrouble => ({
  kind: 'error',
  type: 'TransactionCanceledException',
  reasons,
});
const DONE: DynamoTrouble = { kind: 'answer', body: '{}' };
const create = async (ms?: number): Promise<unknown> =>
  await store.create('c', canaryOf(), { audit: auditOf(canaryOf()) }, signal(ms));

describe('what passes by itself is tried again', () => {
  test.each<[string, DynamoTrouble]>([
    ['throttled', error('ThrottlingException')],
    ['over its throughput', error('ProvisionedThroughputExceededException')],
    ['over the account’s limit', error('RequestLimitExceeded')],
    ['failing', error('InternalServerError', 500)],
    ['unavailable', error('ServiceUnavailable', 503)],
    ['resetting connections', { kind: 'reset' }],
    ['talking garbage', { kind: 'answer', body: '<html>a proxy</html>' }],
    ['still at it', error('TransactionInProgressException')],
    ['throttled within a transaction', cancelled('ThrottlingError', 'None')],
    ['over its throughput within a transaction', cancelled('None', 'ProvisionedThroughputExceeded')],
  ])('a table that is %s, three times', async (_, trouble) => {
    front.troubles('TransactWriteItems', trouble, trouble, trouble, DONE);
    expect(await create()).toEqual({ outcome: 'written' });
    expect(front.calls).toHaveLength(4);
  });

  test('reads too', async () => {
    const throttled = error('ThrottlingException');
    front.troubles('GetItem', throttled, { kind: 'reset' }, { kind: 'answer', body: '{"Item":{"head":{"N":"7"}}}' });
    expect(await store.readHead('c', signal())).toBe(7);
  });

  test('a silent connection is given up after a second, not after the caller’s time', async () => {
    front.troubles('GetItem', { kind: 'hang' }, { kind: 'answer', body: '{"Item":{"head":{"N":"7"}}}' });
    expect(await store.readHead('c', signal())).toBe(7);
  });
});

describe('what lasts is an error at once', () => {
  test.each([
    'AccessDeniedException',
    'ResourceNotFoundException',
    'ValidationException',
    'ExpiredTokenException',
  ])('%s', async (type) => {
    front.trouble = error(type);
    await expect(create()).rejects.toThrow(new CanaryStoreError(`DynamoDB could not be used (${type})`));
    await expect(store.listCanaries('c', signal())).rejects.toThrow(CanaryStoreError);
    await expect(store.writeProxyReport('c', 'e', reportOf(1), signal())).rejects.toThrow(CanaryStoreError);
    expect(front.calls).toHaveLength(3);
  });

  test('a transaction that can never be', async () => {
    front.trouble = cancelled('None', 'ItemCollectionSizeLimitExceeded');
    await expect(create()).rejects.toThrow('DynamoDB refused a transaction (ItemCollectionSizeLimitExceeded)');
    expect(front.calls).toHaveLength(1);
  });
});

describe('the caller’s time ends the tries', () => {
  test.each<[string, DynamoTrouble]>([
    ['throttled', error('ThrottlingException')],
    ['silent', { kind: 'hang' }],
    ['gone', { kind: 'reset' }],
  ])('a table that is %s for good', async (_, trouble) => {
    front.trouble = trouble;
    await expect(create(200)).rejects.toThrow(CanaryStoreError);
    await expect(store.listCanaries('c', signal(100))).rejects.toThrow(CanaryStoreError);
    await expect(store.readProxyReports('c', signal(100))).rejects.toThrow(CanaryStoreError);
    const abort = store.abort(
      { cluster: 'c', namespace: 'n', name: 'n' },
      abortOf(1),
      auditOf(canaryOf()),
      signal(100),
    );
    await expect(abort).rejects.toThrow(CanaryStoreError);
  });
});

describe('conditions, by the index of their part', () => {
  const FAILED = 'ConditionalCheckFailed';
  const claimed = { kind: 'answer', body: '{"Item":{"head":{"N":"1"}}}' } as const;

  test.each<[string, DynamoTrouble, unknown]>([
    ['the canary', cancelled(FAILED, 'None', 'None', 'None'), { outcome: 'conflict', current: undefined }],
    ['the claim', cancelled('None', 'None', FAILED, 'None'), { outcome: 'claimed', by: 'another canary' }],
    ['both', cancelled(FAILED, 'None', FAILED, 'None'), { outcome: 'conflict', current: undefined }],
    ['the head', cancelled('None', 'None', 'None', FAILED), { outcome: 'behind' }],
    ['none, another transaction being in the way', cancelled('None', 'TransactionConflict'), { outcome: 'behind' }],
    ['with a conflict besides', cancelled(FAILED, 'None', 'None', 'TransactionConflict'), { outcome: 'conflict' }],
  ])('%s', async (_, trouble, outcome) => {
    front.troubles('TransactWriteItems', trouble);
    expect(await create()).toMatchObject(outcome as object);
    expect(front.calls).toEqual(['TransactWriteItems']);
  });

  test('after a lost answer the audit entry says whose write it is (90)', async () => {
    front.troubles('TransactWriteItems', { kind: 'reset' }, cancelled(FAILED, FAILED, 'None', 'None'));
    front.troubles('GetItem', claimed);
    expect(await create()).toEqual({ outcome: 'written' });
    front.troubles('TransactWriteItems', { kind: 'reset' }, cancelled(FAILED, 'None', 'None', 'None'));
    front.troubles('GetItem', DONE);
    expect(await create()).toEqual({ outcome: 'conflict', current: undefined });
  });
});

describe('a list is whole, or it is an error (91)', () => {
  const page = (items: readonly unknown[], more = {}): DynamoTrouble => ({
    kind: 'answer',
    body: JSON.stringify({ Items: items, ...more }),
  });
  beforeEach(() => front.troubles('GetItem', { kind: 'answer', body: '{"Item":{"head":{"N":"3"}}}' }));

  test('an answer that says nothing', async () => {
    front.troubles('Query', { kind: 'answer', body: '{}' });
    await expect(store.listCanaries('c', signal())).rejects.toThrow(CanaryStoreError);
  });

  test.each<[string, DynamoTrouble]>([
    ['an item that is empty', page([{}])],
    ['an item of another kind', page([{ PK: { S: 'C#c' }, SK: { S: 'canary#a#b' }, spec: { S: '{}' } }])],
    ['an item whose JSON is cut', page([{ SK: { S: 'canary#a#b' }, metadata: { S: '{"name":' }, spec: { S: '{' } }])],
    ['an item whose parts are null', page([{ metadata: { S: 'null' }, status: { S: 'null' }, spec: { S: 'null' } }])],
  ])('%s is there, and cannot be read', async (_, trouble) => {
    front.troubles('Query', trouble);
    const { canaries, unreadable } = await store.listCanaries('c', signal());
    expect([canaries.length, unreadable.length]).toEqual([0, 1]);
  });

  test('a second page that fails', async () => {
    front.troubles('Query', page([], { LastEvaluatedKey: { PK: { S: 'C#c' }, SK: { S: 'canary#a#b' } } }));
    front.trouble = error('AccessDeniedException');
    await expect(store.listCanaries('c', signal())).rejects.toThrow(CanaryStoreError);
  });

  test('pages without end', async () => {
    front.trouble = page([], { LastEvaluatedKey: { PK: { S: 'C#c' }, SK: { S: 'canary#a#b' } } });
    await expect(store.listCanaries('c', signal())).rejects.toThrow('more than 64 MB stand under canary#');
  });

  test('no canaries, said in so many words, is an empty list', async () => {
    front.troubles('Query', page([]));
    expect(await store.listCanaries('c', signal())).toEqual({ head: 3, canaries: [], unreadable: [] });
  });
});

test('every try of one write has one token, and another write another', async () => {
  const tokens: string[] = [];
  const tools = { ...dynamoToolsFor(front.url), newToken: () => `token-${tokens.length}` };
  tools.client.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if ('ClientRequestToken' in input) tokens.push(String(input.ClientRequestToken));
      return await next(args);
    },
    { step: 'initialize' },
  );
  const counting = createDynamoStore(tools);
  front.troubles('TransactWriteItems', { kind: 'reset' }, error('InternalServerError', 500), DONE, DONE);
  const write = async (name: string): Promise<unknown> =>
    await counting.create('c', canaryOf({ name }), { audit: auditOf(canaryOf({ name })) }, signal());
  await write('a');
  await write('b');
  expect(tokens).toEqual(['token-0', 'token-0', 'token-0', 'token-3']);
});

test('an update reads what stands there, and a stale one writes nothing', async () => {
  front.troubles('GetItem', { kind: 'answer', body: '{}' });
  const next = nextOf(canaryOf());
  const outcome = await store.update('c', '1', next, { audit: auditOf(next) }, signal());
  expect(outcome).toEqual({ outcome: 'conflict', current: undefined });
  expect(front.calls).toEqual(['GetItem']);
});

test('no read of the releases takes what a lagging replica has', async () => {
  const tools = dynamoToolsFor(front.url);
  const reads: unknown[] = [];
  tools.client.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if ('ConsistentRead' in input || 'Key' in input || 'KeyConditionExpression' in input) {
        reads.push('ConsistentRead' in input && input.ConsistentRead);
      }
      return await next(args);
    },
    { step: 'initialize' },
  );
  const reading = createDynamoStore(tools);
  front.trouble = { kind: 'answer', body: '{"Items":[]}' };
  const key = { cluster: 'c', namespace: 'shop', name: 'cart' };
  await reading.readHead('c', signal());
  await reading.getCanary(key, signal());
  await reading.listCanaries('c', signal());
  await reading.listAudit(key, 10, signal());
  await reading.findAnswer('c', { caller: 'ada', key: 'a1' }, signal());
  expect(reads.length).toBeGreaterThanOrEqual(6);
  expect(reads).toEqual(reads.map(() => true));
});

test('a call whose time was over before it began sends nothing, and its error tells that', async () => {
  await expect(store.readHead('c', AbortSignal.abort())).rejects.toThrow('the time for the store of canaries is over');
  expect(front.calls).toEqual([]);
});

test.each(['refreshMs', 'heardAt'])('a pace that has %s alone is none', async (name) => {
  front.troubles('GetItem', { kind: 'answer', body: JSON.stringify({ Item: { [name]: { N: '5000' } } }) });
  expect(await store.findPace('c', signal())).toBeUndefined();
});
