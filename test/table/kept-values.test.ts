import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { createKeptStores, type KeptStores } from '../../functions/table/kept/kept-stores.ts';
import type { Row, RowRange } from '../../functions/table/rows.ts';
import { createRowKeptValues } from '../../functions/table/sqlite/kept-values.ts';
import { KEPT_ROWS } from '../contract/kept-values.ts';
import { driftReportOf } from '../support/drift-reports.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { type DynamoMemory, startDynamoMemory } from '../support/dynamo-memory.ts';
import { RELEASE_RECORD } from '../support/release-record.ts';

// What stands in a store outlives the version that wrote it: these are the bytes, by which any change shows.

const NOW = Date.parse('2026-11-22T12:00:00.001Z');
const signal = (): AbortSignal => AbortSignal.timeout(5_000);
const PACE = { refreshMs: 30_000, at: NOW };
const CONFIRMATION = { resourceVersion: '9', asOf: '2026-11-22T12:00:00.000Z', seen: 20, converged: 19 };
const CANARY = { cluster: 'a#b', namespace: 'shop', name: 'c%#' };
const RECORD = RELEASE_RECORD;
const LEASE = { since: NOW };
const REPORT = { ...driftReportOf('a#b'), asOf: '2026-11-22T11:59:59.500Z' };

async function writeAll(store: KeptStores): Promise<void> {
  await store.notePace('a#b', PACE, signal());
  await store.keepConfirmation(CANARY, CONFIRMATION, signal());
  await store.keepRelease(CANARY, RECORD, signal());
  await store.takeLease('prod', LEASE, signal());
  await store.writeDrift(REPORT, signal());
}

async function readAll(store: KeptStores): Promise<readonly unknown[]> {
  return [
    await store.findPace('a#b', signal()),
    await store.findConfirmation(CANARY, signal()),
    await store.findRelease(CANARY, signal()),
    await store.findLease('prod', signal()),
    await store.readDrift('a#b', signal()),
  ];
}

test('every kind of kept value has a row in the contract suite', () => {
  const methods = Object.keys(
    createKeptStores(createRowKeptValues(() => Promise.reject(new Error('unused')), Date.now)),
  );
  expect(KEPT_ROWS.flatMap((row) => row.methods).toSorted()).toEqual(methods.toSorted());
});

describe('in DynamoDB', () => {
  let memory: DynamoMemory;
  let store: KeptStores;
  beforeEach(async () => {
    memory = await startDynamoMemory();
    store = createDynamoStore({ ...dynamoToolsFor(memory.url), now: () => NOW });
  });
  afterEach(() => memory.close());

  test('numbers and times stand beside the JSON; a pace is its numbers', async () => {
    await writeAll(store);
    expect(memory.items()).toEqual([
      { PK: { S: 'F#a%23b' }, SK: { S: 'pace' }, refreshMs: { N: '30000' }, heardAt: { N: String(NOW) } },
      {
        PK: { S: 'F#a%23b' },
        SK: { S: 'confirmed#shop#c%25%23' },
        confirmation: { S: JSON.stringify(CONFIRMATION) },
        version: { N: '9' },
        expires: { N: String(Math.ceil(NOW / 1_000) + 365 * 86_400) },
      },
      {
        PK: { S: 'V#a%23b' },
        SK: { S: 'verdict#shop#c%25%23' },
        verdict: { S: JSON.stringify(RECORD) },
        revision: { N: '1' },
        lookedAt: { N: '60000' },
        expires: { N: String(Math.ceil(NOW / 1_000) + 60 * 86_400) },
      },
      {
        PK: { S: 'V#prod' },
        SK: { S: 'lease' },
        since: { N: String(NOW) },
        expires: { N: String(Math.ceil(NOW / 1_000) + 3_600) },
      },
      {
        PK: { S: 'D#a%23b' },
        SK: { S: 'report' },
        report: { S: JSON.stringify(REPORT) },
        madeAt: { N: String(NOW - 501) },
        expires: { N: String(Math.ceil(NOW / 1_000) - 1 + 86_400) },
      },
    ]);
    expect(await readAll(store)).toEqual([PACE, CONFIRMATION, RECORD, LEASE, REPORT]);
  });

  test('what cannot be read is none', async () => {
    await writeAll(store);
    memory.change('F#a%23b', 'pace', () => ({ refreshMs: { N: '1' }, at: { S: '1' } }));
    memory.change('F#a%23b', 'confirmed#shop#c%25%23', () => ({ confirmation: { S: '{"resourceVersion":"x"' } }));
    memory.change('V#a%23b', 'verdict#shop#c%25%23', () => ({ verdict: { S: '{"release":"7","proxies":[1]}' } }));
    memory.change('V#prod', 'lease', () => ({ since: { S: '1' } }));
    memory.change('D#a%23b', 'report', () => ({ report: { S: '{"kind":"DriftReport"}' } }));
    expect(await readAll(store)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('on rows', () => {
  let map: Map<string, string>;
  let store: KeptStores;
  beforeEach(() => {
    map = new Map();
    const rows = {
      get: ({ partition, sort }: { partition: string; sort: string }) => map.get(`${partition} ${sort}`),
      put: ({ partition, sort }: { partition: string; sort: string }, text: string) =>
        void map.set(`${partition} ${sort}`, text),
      delete: () => undefined,
      list: (_: RowRange): readonly Row[] => [],
    };
    store = createKeptStores(
      createRowKeptValues(
        async (_, work) => work(rows),
        () => NOW,
      ),
    );
  });

  test('each is JSON', async () => {
    await writeAll(store);
    expect([...map]).toEqual([
      ['F#a%23b pace', JSON.stringify(PACE)],
      ['F#a%23b confirmed#shop#c%25%23', JSON.stringify(CONFIRMATION)],
      ['V#a%23b verdict#shop#c%25%23', JSON.stringify(RECORD)],
      ['V#prod lease', JSON.stringify(LEASE)],
      ['D#a%23b report', JSON.stringify(REPORT)],
    ]);
    expect(await readAll(store)).toEqual([PACE, CONFIRMATION, RECORD, LEASE, REPORT]);
  });

  test.each([
    '{',
    'null',
    '[]',
    '{"refreshMs":"1","at":2,"resourceVersion":9,"kind":"DriftReport"}',
  ])('what cannot be read is none, and gives way: %s', async (text) => {
    await writeAll(store);
    for (const place of map.keys()) map.set(place, text);
    expect(await readAll(store)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    await writeAll(store);
    expect(await readAll(store)).toEqual([PACE, CONFIRMATION, RECORD, LEASE, REPORT]);
  });
});
