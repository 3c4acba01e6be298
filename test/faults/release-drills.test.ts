import { describe, expect, test } from 'vitest';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import { TOKEN } from '../support/mutate-entry-point.ts';
import {
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  releaseEvent,
  type Told,
} from '../support/release-entry-point.ts';
import { auditOf, canaryOf as storedCanary } from '../support/stored-canaries.ts';
import { at } from '../support/values.ts';

const CART = `${CANARIES}/cart`;
const down = async (): Promise<never> => {
  throw new CanaryStoreError('throttled');
};

/** An entry point whose cart is known to the proxies; `over` lays faults over the store. */
async function opened(over: (store: CanaryStore) => Partial<CanaryStore> = () => ({})): Promise<ReleaseEntryPoint> {
  const memory = createMemoryStore(() => CREATED_AT);
  const entryPoint = openReleaseEntryPoint({ store: { ...memory, ...over(memory) } });
  expect((await entryPoint.ask('PUT', CART, { body: manifestOf() })).status).toBe(201);
  entryPoint.at(70);
  return entryPoint;
}

async function put(
  entryPoint: ReleaseEntryPoint,
  backends: unknown,
  headers: Record<string, string> = {},
): Promise<Told> {
  return await entryPoint.ask('PUT', `${CART}/weights`, {
    body: { backends },
    headers: { 'if-match': '*', ...headers },
  });
}
const weights = (stable: unknown, canary: unknown): unknown => [
  { name: 'stable', weight: stable },
  { name: 'canary', weight: canary },
];
const now = async (entryPoint: ReleaseEntryPoint): Promise<unknown> =>
  at((await entryPoint.ask('GET', CART)).body, 'status', 'weights');

describe('fault 88: weights that are none are refused, and the last ones stay', () => {
  test.each<[string, unknown]>([
    ['negative', weights(110, -10)],
    ['above the total', weights(0, 101)],
    ['NaN, which JSON writes as null', weights(null, 100)],
    ['a text', weights('50%', '50%')],
    ['of another sum', weights(50, 20)],
    ['all zero', weights(0, 0)],
    [
      'of an unknown track',
      [
        { name: 'stable', weight: 50 },
        { name: 'beta', weight: 50 },
      ],
    ],
    [
      'of one track twice',
      [
        { name: 'canary', weight: 50 },
        { name: 'canary', weight: 50 },
      ],
    ],
  ])('%s', async (_case, backends) => {
    const entryPoint = await opened();
    await put(entryPoint, weights(90, 10));
    expect((await put(entryPoint, backends)).status).toBe(422);
    expect(await now(entryPoint)).toEqual({ stable: 90, canary: 10 });
  });
});

describe('fault 89: concurrent shifts', () => {
  test('of one version: exactly one wins, the others hear 412', async () => {
    const entryPoint = await opened();
    const shares = Array.from({ length: 20 }, (_, i) => i + 1);
    const told = await Promise.all(
      shares.map((share) => put(entryPoint, weights(100 - share, share), { 'if-match': '"1"' })),
    );
    const won = told.filter(({ status }) => status === 200);
    expect([won.length, told.filter(({ status }) => status === 412).length]).toEqual([1, 19]);
    expect(at(won[0]?.body, 'metadata', 'resourceVersion')).toBe('2');
    expect(at((await entryPoint.ask('GET', CART)).body, 'metadata', 'resourceVersion')).toBe('2');
  });

  test('and an abort among them: it wins whatever the others do', async () => {
    const entryPoint = await opened();
    const acts = Array.from({ length: 10 }, (_, i) => put(entryPoint, weights(90 - i, 10 + i)));
    const [abort] = await Promise.all([entryPoint.ask('POST', `${CART}/abort`), ...acts]);
    expect(abort.status).toBe(200);
    expect(await now(entryPoint)).toEqual({ stable: 100, canary: 0 });
    expect(at((await entryPoint.ask('GET', CART)).body, 'status', 'phase')).toBe('Failed');
  });
});

describe('fault 89: other canaries are written at the same time', () => {
  test('the head moves on seven times: the write waits 200 ms each time and is done, at the version after the last', async () => {
    const entryPoint = await opened((store) => ({
      update: async (...args) => {
        if (entryPoint.pauses.length < 7) await createOther(store, entryPoint.pauses.length);
        return await store.update(...args);
      },
    }));
    const told = await put(entryPoint, weights(90, 10));
    expect([told.status, told.headers['etag']]).toEqual([200, '"9"']);
    expect(entryPoint.pauses).toEqual([200, 400, 800, 1_600, 1_600, 1_600, 1_600]);
    const list = (await entryPoint.ask('GET', CANARIES)).body;
    expect(at(list, 'metadata', 'resourceVersion')).toBe('9');
    expect(at((await entryPoint.ask('GET', CART)).body, 'metadata', 'resourceVersion')).toBe('9');
  });

  test('a canary is made again under the name of an aborted one, though the head moves on before each of its writes', async () => {
    const busy = { removals: 0, creations: 0 };
    const entryPoint = await opened((store) => ({
      create: async (...args) => {
        if (busy.creations-- > 0) await createOther(store, await store.readHead('local', AbortSignal.timeout(5_000)));
        return await store.create(...args);
      },
      remove: async (...args) => (busy.removals-- > 0 ? { outcome: 'behind' } : await store.remove(...args)),
    }));
    expect((await entryPoint.ask('POST', `${CART}/abort`)).status).toBe(200);
    expect((await entryPoint.ask('DELETE', CART)).status).toBe(200);
    entryPoint.at(1_000);
    // Its removal and its creation lose a race each.
    Object.assign(busy, { removals: 1, creations: 1 });
    const told = await entryPoint.ask('PUT', CART, { body: manifestOf() });
    expect([told.status, at(told.body, 'status', 'phase')]).toEqual([201, 'Initializing']);
    expect(entryPoint.pauses).toEqual([200]);
    expect(at(told.body, 'status', 'targets', 0, 'routesFrom')).toBe(new Date(CREATED_AT + 1_070_000).toISOString());
  });

  /** Another canary, made by somebody else at the next version. */
  async function createOther(store: CanaryStore, i: number): Promise<void> {
    const canary = storedCanary({
      name: `other-${i}`,
      version: (await store.readHead('local', AbortSignal.timeout(5_000))) + 1,
    });
    const extras = { audit: auditOf(canary) };
    expect(await store.create('local', canary, extras, AbortSignal.timeout(5_000))).toEqual({ outcome: 'written' });
  }
});

describe('fault 90: a shift whose answer got lost', () => {
  test('is answered alike when it is sent again, and done once', async () => {
    let isLost = true;
    const entryPoint = await opened((store) => ({
      update: async (...args) => {
        const outcome = await store.update(...args);
        if (!isLost) return outcome;
        isLost = false;
        throw new CanaryStoreError('timed out after the commit');
      },
    }));
    const headers = { 'if-match': '"1"', 'idempotency-key': 'a1' };
    const lost = await put(entryPoint, weights(90, 10), headers);
    expect([lost.status, lost.body['reason'], lost.headers['retry-after']]).toEqual([503, 'ServiceUnavailable', '1']);
    const again = await put(entryPoint, weights(90, 10), headers);
    expect([again.status, again.headers['etag'], again.headers['idempotency-replayed']]).toEqual([200, '"2"', 'true']);
    expect(at((await entryPoint.ask('GET', `${CART}/history`)).body, 'items')).toHaveLength(2);
  });

  test('sent twice at the same time under one key and no version is done once', async () => {
    const entryPoint = await opened();
    const told = await Promise.all([1, 2, 3].map(() => put(entryPoint, weights(90, 10), { 'idempotency-key': 'a1' })));
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(at((await entryPoint.ask('GET', CART)).body, 'metadata', 'resourceVersion')).toBe('2');
  });
});

describe('fault 95: the store is throttled', () => {
  test('an abort goes on until it is written', async () => {
    let failures = 3;
    const entryPoint = await opened((store) => ({
      abort: async (...args) => (failures-- > 0 ? await down() : await store.abort(...args)),
    }));
    await put(entryPoint, weights(50, 50));
    expect((await entryPoint.ask('POST', `${CART}/abort`)).status).toBe(200);
    expect(await now(entryPoint)).toEqual({ stable: 100, canary: 0 });
  });

  test('for longer than a request: 503, a line for an alarm, and the weights are what they were', async () => {
    const entryPoint = await opened(() => ({ abort: down }));
    await put(entryPoint, weights(50, 50));
    const told = await entryPoint.ask('POST', `${CART}/abort`);
    expect([told.status, told.body['reason']]).toEqual([503, 'ServiceUnavailable']);
    expect(JSON.parse(entryPoint.lines.at(-2) ?? '')).toMatchObject({ message: 'abort failed', name: 'cart' });
    const line: unknown = JSON.parse(entryPoint.lines.at(-1) ?? '');
    expect(line).toMatchObject({ level: 'error', part: 'abort', status: '503', error: 'CanaryStoreError' });
    expect(await now(entryPoint)).toEqual({ stable: 50, canary: 50 });
  });

  test('other writes and reads say so at once', async () => {
    const entryPoint = await opened(() => ({ update: down, listCanaries: down }));
    expect((await put(entryPoint, weights(50, 50))).status).toBe(503);
    expect((await entryPoint.ask('GET', CANARIES)).status).toBe(503);
  });
});

describe('fault 97: the webhook’s token opens nothing here', () => {
  test.each<[string, Record<string, unknown>]>([
    ['as a bearer', releaseEvent('GET', CART, { who: null, headers: { authorization: `Bearer ${TOKEN}` } })],
    ['in the path', releaseEvent('GET', `${CART}/${TOKEN}`, { who: null })],
    ['in the path of the webhook', releaseEvent('POST', `/v1/mutate/local/${TOKEN}`, { who: null, body: {} })],
    [
      'as an identity that a header claims',
      releaseEvent('GET', CART, { who: null, headers: { 'x-amz-user-arn': 'a' } }),
    ],
  ])('%s: 403', async (_case, event) => {
    const entryPoint = await opened();
    const { statusCode, body } = await entryPoint.handler(event);
    expect([statusCode, JSON.parse(body).reason]).toEqual([403, 'Forbidden']);
    expect(entryPoint.lines.join()).not.toContain(TOKEN);
  });
});

test('fault 98: canaries of one name in two clusters and namespaces know nothing of each other', async () => {
  const entryPoint = await opened();
  entryPoint.records.putClusterRecord('other', {});
  const there = CART.replace('/local/', '/other/');
  const web = CART.replace('/shop/', '/web/');
  expect((await entryPoint.ask('GET', there)).status).toBe(404);
  expect((await entryPoint.ask('PUT', there, { body: manifestOf() })).status).toBe(201);
  expect((await entryPoint.ask('PUT', web, { body: manifestOf({}, { namespace: 'web' }) })).status).toBe(201);
  await put(entryPoint, weights(50, 50), { 'idempotency-key': 'one' });
  entryPoint.at(200);
  const other = { body: { backends: weights(90, 10) }, headers: { 'if-match': '*', 'idempotency-key': 'one' } };
  expect((await entryPoint.ask('PUT', `${there}/weights`, other)).status).toBe(200);
  await entryPoint.ask('POST', `${web}/abort`);
  const seen = await Promise.all([CART, there, web].map((path) => entryPoint.ask('GET', path)));
  expect(seen.map(({ body }) => [at(body, 'status', 'weights', 'canary'), at(body, 'status', 'phase')])).toEqual([
    [50, 'Progressing'],
    [10, 'Progressing'],
    [0, 'Failed'],
  ]);
});
