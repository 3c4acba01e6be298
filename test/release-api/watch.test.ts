import { beforeEach, describe, expect, test } from 'vitest';
import { manifestOf } from '../support/canaries.ts';
import {
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  releaseEvent,
} from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';

const ALL = '/apis/outrigger.dev/v1alpha1/clusters/local/canaries';
const MERGE = { 'content-type': 'application/merge-patch+json' };

let api: ReleaseEntryPoint;
beforeEach(() => {
  api = openReleaseEntryPoint();
});

const create = async (name = 'cart'): Promise<void> => {
  const backends = ['stable', 'canary'].map((track) => ({ name: track, service: `${name}-${track}` }));
  const body = { ...manifestOf({ service: { name, port: 80 } }), metadata: { name, labels: { app: name } } };
  const spec = { service: { name, port: 80 }, backends };
  expect((await api.ask('POST', CANARIES, { body: { ...body, spec } })).status).toBe(201);
};
const label = async (name: string, app: string): Promise<void> => {
  const body = { metadata: { labels: { app } } };
  expect((await api.ask('PATCH', `${CANARIES}/${name}`, { body, headers: MERGE })).status).toBe(200);
};
const head = async (): Promise<string> => String(at((await api.ask('GET', ALL)).body, 'metadata', 'resourceVersion'));
const watch = async (
  query: Readonly<Record<string, string>>,
  accept = 'application/json',
): Promise<{ status: number; headers: Readonly<Record<string, string>>; events: readonly unknown[] }> => {
  const asked = new URLSearchParams({ watch: 'true', ...query }).toString();
  const { statusCode, headers, body } = await api.handler(
    releaseEvent('GET', ALL, { query: asked, headers: { accept } }),
  );
  const events = body
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
  return { status: statusCode, headers, events };
};
const told = (events: readonly unknown[]): readonly unknown[] =>
  events.map((event) => [at(event, 'type'), at(event, 'object', 'metadata', 'name')]);

describe('a watch', () => {
  test('without a version begins with every canary, and ends with a bookmark at the head where one is taken', async () => {
    await create('cart');
    await create('pay');
    expect(told((await watch({})).events)).toEqual([
      ['ADDED', 'cart'],
      ['ADDED', 'pay'],
    ]);
    const { events } = await watch({ resourceVersion: '0', allowWatchBookmarks: 'true' });
    expect(told(events).at(-1)).toEqual(['BOOKMARK', undefined]);
    expect(at(events.at(-1), 'object', 'metadata', 'resourceVersion')).toBe(await head());
  });

  test('tells what was written after its version, in the order of the versions', async () => {
    await create('cart');
    await create('pay');
    const resourceVersion = await head();
    await label('pay', 'x');
    await label('cart', 'x');
    const { events } = await watch({ resourceVersion });
    expect(told(events)).toEqual([
      ['MODIFIED', 'pay'],
      ['MODIFIED', 'cart'],
    ]);
    expect(at(events.at(-1), 'object', 'metadata', 'resourceVersion')).toBe(await head());
  });

  test('is 429 where nothing is new, with the time to wait, and leaves no line', async () => {
    await create();
    const resourceVersion = await head();
    const lines = api.lines.length;
    const { status, headers } = await watch({ resourceVersion });
    expect([status, headers['retry-after']]).toEqual([429, '2']);
    expect(api.lines).toHaveLength(lines);
  });

  test('is 429 before the first write, whatever version is asked for', async () => {
    expect([(await watch({})).status, (await watch({ resourceVersion: '0' })).status]).toEqual([429, 429]);
  });

  test('tells of a canary that has gone by its name', async () => {
    await create();
    await api.ask('DELETE', `${CANARIES}/cart`);
    const resourceVersion = await head();
    api.at(1_000);
    await api.ask('GET', CANARIES);
    const { events } = await watch({ resourceVersion });
    expect(told(events)).toEqual([['DELETED', 'cart']]);
    expect(at(events[0], 'object', 'metadata', 'resourceVersion')).toBe(await head());
  });

  test('of labels tells DELETED of a canary that has lost them', async () => {
    await create();
    const resourceVersion = await head();
    await label('cart', 'other');
    const { events } = await watch({ resourceVersion, labelSelector: 'app=cart' });
    expect(told(events)).toEqual([['DELETED', 'cart']]);
  });

  test('of one name tells of no other, and writes what the clock has changed of it', async () => {
    await create('cart');
    await create('pay');
    const resourceVersion = await head();
    await label('pay', 'x');
    const path = CANARIES;
    api.at(1_000);
    const query = new URLSearchParams({ watch: '1', resourceVersion, fieldSelector: 'metadata.name=cart' }).toString();
    const { body } = await api.handler(releaseEvent('GET', path, { query }));
    const events = body
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
    expect(told(events)).toEqual([['MODIFIED', 'cart']]);
    expect(at(events[0], 'object', 'status', 'phase')).toBe('Initialized');
  });

  test('as Tables has a row in each event, of what has gone too', async () => {
    await create();
    const { events } = await watch({}, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(at(events[0], 'object', 'rows', 0, 'cells', 0)).toBe('cart');
    await api.ask('DELETE', `${CANARIES}/cart`);
    const resourceVersion = await head();
    api.at(1_000);
    await api.ask('GET', CANARIES);
    const gone = await watch({ resourceVersion }, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(at(gone.events[0], 'object', 'rows', 0, 'cells', 0)).toBe('cart');
  });

  test.each([
    ['a version that never was', { resourceVersion: '999' }, 410],
    ['a list within it', { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, 422],
    ['a version that is none', { resourceVersion: 'x' }, 400],
    ['neither yes nor no', { watch: 'perhaps' }, 400],
  ])('refuses %s', async (_what, query, status) => {
    await create();
    expect((await watch(query)).status).toBe(status);
  });

  test('is not there for events', async () => {
    expect((await api.ask('GET', '/api/v1/clusters/local/events', { query: 'watch=1' })).status).toBe(405);
  });
});
