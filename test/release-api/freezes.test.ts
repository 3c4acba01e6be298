import { beforeEach, describe, expect, test } from 'vitest';
import type { FreezeStore } from '../../functions/canary/freeze/freeze-store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import {
  type Ask,
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  type Told,
  WHO,
} from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';

const API = '/apis/outrigger.dev/v1alpha1';
const CLUSTER = `${API}/clusters/local/freezes`;
const SHOP = `${API}/clusters/local/namespaces/shop/freezes`;
const FLEET = `${API}/fleet/freezes`;
const CART = `${CANARIES}/cart`;
/** After so many seconds proxies know a new canary. */
const READY = 80;

let api: ReleaseEntryPoint;
beforeEach(() => {
  api = openReleaseEntryPoint();
});

const manifest = (spec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'Freeze',
  metadata,
  spec: { reason: 'secret incident', ...spec },
});
const freeze = async (path = `${SHOP}/stop`, spec: object = {}, ask: Ask = {}): Promise<Told> =>
  await api.ask('PUT', path, { body: manifest(spec), ...ask });
const told = ({ status, body }: Told): readonly unknown[] => [status, body['reason'], body['message']];
const namesIn = ({ body }: Told): unknown =>
  (body['items'] as readonly object[]).map((item) => at(item, 'metadata', 'name'));

describe('a freeze is written, read, listed and deleted', () => {
  test.each([
    ['of a namespace', SHOP, { scope: 'Namespace', cluster: 'local' }],
    ['in the short form', `${API}/namespaces/shop/freezes`, { scope: 'Namespace', cluster: 'local' }],
    ['of a Kubernetes cluster', CLUSTER, { scope: 'Cluster', cluster: 'local' }],
    ['of the only Kubernetes cluster', `${API}/freezes`, { scope: 'Cluster', cluster: 'local' }],
    ['of the fleet', FLEET, { scope: 'Fleet' }],
  ])('%s', async (_, path, place) => {
    const made = await freeze(`${path}/stop`, { until: '2027-01-01T00:00:00+01:00' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      apiVersion: 'outrigger.dev/v1alpha1',
      kind: 'Freeze',
      metadata: {
        name: 'stop',
        ...(place.scope === 'Namespace' ? { namespace: 'shop' } : {}),
        resourceVersion: String(CREATED_AT),
        creationTimestamp: new Date(CREATED_AT).toISOString(),
      },
      spec: { reason: 'secret incident', until: '2027-01-01T00:00:00+01:00' },
      status: { ...place, frozenBy: WHO, inForce: true, until: '2026-12-31T23:00:00.000Z' },
    });
    expect(made.headers['etag']).toBe(`"${CREATED_AT}"`);
    expect((await api.ask('GET', `${path}/stop`)).body).toEqual(made.body);
    expect((await api.ask('GET', path)).body).toEqual({
      apiVersion: 'outrigger.dev/v1alpha1',
      kind: 'FreezeList',
      metadata: { resourceVersion: '' },
      items: [made.body],
    });
    expect((await freeze(`${path}/stop`, { until: '2027-01-01T00:00:00+01:00' })).body).toEqual(made.body);
    api.at(10);
    const changed = await freeze(`${path}/stop`);
    expect([changed.status, at(changed.body, 'metadata', 'resourceVersion')]).toEqual([
      200,
      String(CREATED_AT + 10_000),
    ]);
    expect((await api.ask('DELETE', `${path}/stop`)).body).toMatchObject({ kind: 'Status', status: 'Success' });
    expect(told(await api.ask('DELETE', `${path}/stop`))).toEqual([
      404,
      'NotFound',
      'freezes.outrigger.dev "stop" not found',
    ]);
    expect((await api.ask('GET', `${path}/stop`)).status).toBe(404);
    // Who did it stands in the log; why is the caller's text, and does not.
    const lines = api.lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'freeze changed');
    const common = { ...place, name: 'stop', who: WHO };
    expect(lines).toMatchObject([
      { ...common, verb: 'freeze', until: '2026-12-31T23:00:00.000Z' },
      { ...common, verb: 'freeze' },
      { ...common, verb: 'unfreeze' },
    ]);
    expect(api.lines.join('\n')).not.toContain('secret incident');
  });

  test('a list is of its place; that of a Kubernetes cluster has those of its namespaces', async () => {
    for (const path of [`${FLEET}/f`, `${CLUSTER}/c`, `${SHOP}/s`]) await freeze(path);
    expect(namesIn(await api.ask('GET', FLEET))).toEqual(['f']);
    expect(namesIn(await api.ask('GET', CLUSTER))).toEqual(['c', 's']);
    expect(namesIn(await api.ask('GET', SHOP))).toEqual(['s']);
    expect(namesIn(await api.ask('GET', `${API}/clusters/local/namespaces/web/freezes`))).toEqual([]);
  });

  test('conditions and dry runs', async () => {
    const stop = `${SHOP}/stop`;
    expect((await freeze(stop, {}, { query: 'dryRun=All' })).status).toBe(201);
    expect((await api.ask('GET', stop)).status).toBe(404);
    expect((await freeze(stop, {}, { headers: { 'if-match': '*' } })).status).toBe(412);
    expect((await freeze(stop, {}, { headers: { 'if-none-match': '*' } })).status).toBe(201);
    expect((await freeze(stop, { until: '2027-01-01T00:00:00Z' }, { headers: { 'if-none-match': '*' } })).status).toBe(
      412,
    );
    expect((await freeze(stop, { until: '2027-01-01T00:00:00Z' }, { headers: { 'if-match': '"7"' } })).status).toBe(
      412,
    );
    const stale = { body: manifest({ until: '2027-01-01T00:00:00Z' }, { resourceVersion: '7' }) };
    expect(told(await api.ask('PUT', stop, stale)).slice(0, 2)).toEqual([409, 'Conflict']);
    const version = `"${CREATED_AT}"`;
    expect((await api.ask('GET', stop, { headers: { 'if-none-match': version } })).status).toBe(304);
    expect((await freeze(stop, { until: '2027-01-01T00:00:00Z' }, { headers: { 'if-match': version } })).status).toBe(
      200,
    );
    expect((await api.ask('DELETE', stop, { headers: { 'if-match': '"1"' } })).status).toBe(400);
    expect((await api.ask('DELETE', stop, { query: 'dryRun=All' })).status).toBe(400);
  });

  test.each<[string, string, string, Ask, RegExp]>([
    [
      'a fault',
      'PUT',
      `${SHOP}/a`,
      { body: manifest({ reason: '' }) },
      /^422 Invalid Freeze\.outrigger\.dev "a" is invalid: spec\.reason/,
    ],
    ['no JSON type', 'PUT', `${SHOP}/a`, {}, /^415 /],
    [
      'another name',
      'PUT',
      `${SHOP}/a`,
      { body: manifest({}, { name: 'b' }) },
      /^400 BadRequest the name of the object \(b\) is not/,
    ],
    [
      'another namespace',
      'PUT',
      `${SHOP}/a`,
      { body: manifest({}, { namespace: 'web' }) },
      /^400 BadRequest the namespace of the object \(web\)/,
    ],
    [
      'a namespace for a cluster',
      'PUT',
      `${CLUSTER}/a`,
      { body: manifest({}, { namespace: 'web' }) },
      /^400 .* that of a Kubernetes cluster$/,
    ],
    [
      'a namespace for the fleet',
      'PUT',
      `${FLEET}/a`,
      { body: manifest({}, { namespace: 'web' }) },
      /^400 .* that of the fleet$/,
    ],
    [
      'an unknown cluster',
      'PUT',
      `${API}/clusters/other/freezes/a`,
      { body: manifest() },
      /^404 NotFound no Kubernetes cluster other/,
    ],
    ['a bad name', 'GET', `${SHOP}/A`, {}, /^400 BadRequest the name in the path cannot be one/],
    ['a part', 'GET', `${SHOP}/a/abort`, {}, /^404 NotFound the path names nothing here/],
    ['canaries of the fleet', 'GET', `${API}/fleet/canaries`, {}, /^404 NotFound the path names nothing here/],
    ['a method', 'POST', SHOP, { body: manifest() }, /^405 MethodNotAllowed POST is not possible here; GET are$/],
    [
      'a patch',
      'PATCH',
      `${SHOP}/a`,
      { body: {} },
      /^405 MethodNotAllowed PATCH is not possible here; GET, PUT, DELETE are$/,
    ],
    ['no caller', 'PUT', `${SHOP}/a`, { body: manifest(), who: null }, /^403 Forbidden/],
  ])('%s is refused', async (_, method, path, ask, expected) => {
    expect(told(await api.ask(method, path, ask)).join(' ')).toMatch(expected);
    for (const place of [FLEET, CLUSTER, SHOP]) expect(namesIn(await api.ask('GET', place))).toEqual([]);
  });

  test('more than fifty in one place are refused', async () => {
    for (let i = 0; i < 50; i++) expect((await freeze(`${SHOP}/f${i}`)).status).toBe(201);
    expect(told(await freeze(`${SHOP}/g`)).join(' ')).toMatch(/^403 Forbidden .* 50 freezes already/);
    expect((await freeze(`${SHOP}/f7`, { until: '2027-01-01T00:00:00Z' })).status).toBe(200);
    expect((await freeze(`${CLUSTER}/g`)).status).toBe(201);
  });

  test('one that is over is written with a warning', async () => {
    const { status, headers, body } = await freeze(`${SHOP}/old`, { until: '2020-01-01T00:00:00Z' });
    expect([status, at(body, 'status', 'inForce')]).toEqual([201, false]);
    expect(headers['warning']).toContain('the freeze holds nothing: its spec.until, 2020-01-01T00:00:00Z, is over');
  });
});

const STRATEGY = { strategy: { steps: [{ setWeight: 10 }, { setWeight: 50 }] } };
const post = async (verb: string, ask: Ask = {}): Promise<Told> => await api.ask('POST', `${CART}/${verb}`, ask);
const set = async (share: number, query = ''): Promise<Told> => {
  const backends = [
    { name: 'stable', weight: 100 - share },
    { name: 'canary', weight: share },
  ];
  return await api.ask('PUT', `${CART}/weights`, { body: { backends }, headers: { 'if-match': '*' }, query });
};
const create = async (spec: object = {}): Promise<void> => {
  expect((await api.ask('POST', CANARIES, { body: manifestOf({ ...spec }) })).status).toBe(201);
  api.at(READY);
};
const history = async (): Promise<readonly unknown[]> => {
  const { body } = await api.ask('GET', `${CART}/history`);
  return (body['items'] as readonly object[]).map((item) => [at(item, 'verb'), at(item, 'reason')]);
};

describe('while a freeze is in force', () => {
  test.each([
    ['the namespace', `${SHOP}/stop`, 'namespace shop'],
    ['the Kubernetes cluster', `${CLUSTER}/stop`, 'Kubernetes cluster local'],
    ['the fleet', `${FLEET}/stop`, 'the fleet'],
  ])('of %s, no weight is raised; a lower one and an abort always go', async (_, path, where) => {
    await create();
    expect((await set(20)).status).toBe(200);
    await freeze(path, { until: '2027-01-01T00:00:00Z' });
    const refused = await set(30);
    const sentence = `${where} is frozen until 2027-01-01T00:00:00.000Z (freeze stop): secret incident`;
    expect(told(refused)).toEqual([
      409,
      'Frozen',
      `canaries.outrigger.dev "cart" cannot be changed like this: ${sentence} (Frozen); ?force=true&reason=… does it all the same`,
    ]);
    expect(at(refused.body, 'details', 'causes')).toEqual([{ reason: 'Frozen', message: sentence }]);
    expect([(await set(20)).status, (await set(10)).status, (await set(0)).status]).toEqual([200, 200, 200]);
    expect((await set(10)).status).toBe(409);
    expect((await set(10, 'force=true&reason=hotfix')).status).toBe(200);
    expect((await post('abort')).status).toBe(200);
    expect((await history()).slice(0, 2)).toEqual([
      ['abort', undefined],
      ['setWeights', 'forced past Frozen: hotfix'],
    ]);
    expect(api.lines.join('\n')).not.toContain('secret incident');
    await api.ask('DELETE', path);
    expect((await post('retry')).status).toBe(200);
    expect((await set(30)).status).toBe(200);
  });

  test('a freeze of another namespace, one outside of its windows and one that is over hold nothing', async () => {
    await create();
    await freeze(`${API}/clusters/local/namespaces/web/freezes/stop`);
    await freeze(`${SHOP}/old`, { until: '2020-01-01T00:00:00Z' });
    await freeze(`${SHOP}/xmas`, { windows: [{ start: '2027-12-24T18:00', duration: '2d', timeZone: 'UTC' }] });
    expect((await set(20)).status).toBe(200);
  });

  test.each<[string, prepare: readonly string[], verb: string, frozen: boolean]>([
    ['start', [], 'start', true],
    ['skip', ['start'], 'skip', true],
    ['promote --full', ['start', 'skip'], 'promote', true],
    ['retry of a release', ['start', 'abort'], 'retry', true],
    ['pause', ['start'], 'pause', false],
    ['resume at the same weight', ['start', 'skip', 'pause'], 'resume', false],
    ['undo', ['start', 'skip'], 'undo', false],
    ['abort', ['start', 'skip'], 'abort', false],
  ])('%s', async (_, prepare, verb, frozen) => {
    await create(STRATEGY);
    for (const each of prepare) expect((await post(each)).status).toBe(200);
    await freeze();
    const body = verb === 'promote' ? { body: { full: true } } : {};
    const { status, body: found } = await post(verb, body);
    expect([status, found['reason']]).toEqual(frozen ? [409, 'Frozen'] : [200, undefined]);
    if (frozen) expect((await post(verb, { ...body, query: 'force=true&reason=hotfix' })).status).toBe(200);
  });

  test('the end of a release is no larger share', async () => {
    await create(STRATEGY);
    await post('start');
    await post('promote', { body: { full: true } });
    await freeze();
    expect([(await post('skip')).status, (await post('promote')).status]).toEqual([200, 200]);
    expect(at((await api.ask('GET', CART)).body, 'status', 'phase')).toBe('Succeeded');
  });

  test('an edit of the spec is taken, and what follows from it waits', async () => {
    await create();
    await freeze();
    expect((await api.ask('PUT', CART, { body: manifestOf({ ...STRATEGY }) })).status).toBe(200);
    expect((await post('start')).status).toBe(409);
  });
});

describe('where freezes cannot be read', () => {
  const broken: FreezeStore = {
    ...createMemoryStore(),
    readFreezes: async () => {
      throw new CanaryStoreError('down');
    },
  };

  test('nothing is raised, with an error that a later try may not meet; all else goes on', async () => {
    const store = createMemoryStore(() => CREATED_AT + READY * 1_000);
    api = openReleaseEntryPoint({ store, freezes: store });
    await create(STRATEGY);
    expect((await set(20)).status).toBe(200);
    const down = openReleaseEntryPoint({ store, freezes: broken });
    down.at(READY);
    api = down;
    expect(told(await set(30)).slice(0, 2)).toEqual([503, 'ServiceUnavailable']);
    expect((await set(10)).status).toBe(200);
    expect((await set(0)).status).toBe(200);
    expect((await post('start')).status).toBe(503);
    expect((await post('abort')).status).toBe(200);
  });
});
