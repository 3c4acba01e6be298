import { beforeEach, describe, expect, test } from 'vitest';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import type { ReleaseTools } from '../../functions/release-api/call.ts';
import { warned } from '../../functions/release-api/response/warning.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import { driftReportOf } from '../support/drift-reports.ts';
import {
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  type Told,
  WHO,
} from '../support/release-entry-point.ts';
import { auditOf, canaryOf as storedCanary } from '../support/stored-canaries.ts';
import { at } from '../support/values.ts';

const CART = `${CANARIES}/cart`;
const weights = (stable: number, canary: number, more: object = {}) => ({
  backends: [
    { name: 'stable', weight: stable },
    { name: 'canary', weight: canary },
  ],
  ...more,
});
const said = ({ status, body }: Told): unknown[] => [status, body['reason']];

let entryPoint: ReleaseEntryPoint;
beforeEach(() => {
  entryPoint = openReleaseEntryPoint();
});

/** Makes the cart, and waits until proxies know it. */
async function ready(): Promise<void> {
  expect((await entryPoint.ask('PUT', CART, { body: manifestOf() })).status).toBe(201);
  entryPoint.at(70);
}

/** Sets weights as somebody who has just read them. */
async function shift(stable: number, canary: number, headers: Record<string, string> = {}): Promise<Told> {
  const { headers: read } = await entryPoint.ask('GET', `${CART}/weights`);
  return await entryPoint.ask('PUT', `${CART}/weights`, {
    body: weights(stable, canary),
    headers: { 'if-match': read['etag'] ?? '', ...headers },
  });
}

describe('a release by hand', () => {
  test('goes from creation to deletion', async () => {
    const created = await entryPoint.ask('PUT', CART, { body: manifestOf() });
    expect(created).toMatchObject({
      status: 201,
      headers: { 'content-type': 'application/json', etag: '"1"' },
      body: { kind: 'Canary', metadata: { name: 'cart', namespace: 'shop', resourceVersion: '1' } },
    });
    expect(at(created.body, 'status', 'phase')).toBe('Initializing');
    entryPoint.at(70);
    expect(at((await entryPoint.ask('GET', CART)).body, 'status', 'phase')).toBe('Initialized');
    for (const [stable, canary, phase] of [
      [90, 10, 'Progressing'],
      [80, 20, 'Progressing'],
      [50, 50, 'Progressing'],
      [0, 100, 'WaitingPromotion'],
      [100, 0, 'Succeeded'],
    ] as const) {
      const told = await shift(stable, canary);
      expect(told).toMatchObject({ status: 200, body: { kind: 'CanaryWeights', phase, ...weights(stable, canary) } });
    }
    const deleted = await entryPoint.ask('DELETE', CART);
    expect([deleted.status, at(deleted.body, 'status', 'phase')]).toEqual([200, 'Terminating']);
    entryPoint.at(139);
    expect((await entryPoint.ask('GET', CART)).status).toBe(200);
    expect(said(await entryPoint.ask('PUT', CART, { body: manifestOf() }))).toEqual([409, 'Conflict']);
    entryPoint.at(140);
    expect(said(await entryPoint.ask('GET', CART))).toEqual([404, 'NotFound']);
    expect((await entryPoint.ask('PUT', CART, { body: manifestOf() })).status).toBe(201);
  });

  test('is told by its history: who, what, from where to where, and why', async () => {
    await ready();
    await shift(80, 20);
    entryPoint.at(71);
    await entryPoint.ask('POST', `${CART}/abort`, { body: { reason: 'p99 doubled' } });
    const { body } = await entryPoint.ask('GET', `${CART}/history`);
    expect(body['kind']).toBe('CanaryHistory');
    expect(body['items']).toEqual([
      {
        time: '2026-11-22T12:01:11.000Z',
        who: WHO,
        verb: 'abort',
        from: { stable: 80, canary: 20 },
        fromIsLastRead: true,
        to: { stable: 100, canary: 0 },
        reason: 'p99 doubled',
        resourceVersion: '4',
      },
      {
        time: '2026-11-22T12:01:10.000Z',
        who: WHO,
        verb: 'setWeights',
        from: { stable: 100, canary: 0 },
        to: { stable: 80, canary: 20 },
        // What the clock has written, 2, nobody has done.
        resourceVersion: '3',
      },
      {
        time: '2026-11-22T12:00:00.000Z',
        who: WHO,
        verb: 'create',
        to: { stable: 100, canary: 0 },
        resourceVersion: '1',
      },
    ]);
    expect(at(await entryPoint.ask('GET', `${CART}/history`, { query: 'limit=1' }), 'body', 'items')).toHaveLength(1);
  });

  test('shows whether the canary is at rest, in every answer and after every kind of step', async () => {
    const resting = async (): Promise<unknown> => {
      const { body } = await entryPoint.ask('GET', CART);
      const list = at((await entryPoint.ask('GET', CANARIES)).body, 'items', 0, 'status', 'atRest');
      expect(list).toBe(at(body, 'status', 'atRest'));
      return list;
    };
    await ready();
    const seen = [await resting()];
    for (const step of [
      () => shift(90, 10),
      () => shift(100, 0),
      () => entryPoint.ask('POST', `${CART}/abort`),
      () => entryPoint.ask('POST', `${CART}/retry`),
      () => entryPoint.ask('PUT', CART, { body: manifestOf({ mirror: { percentage: 1 } }) }),
      () => entryPoint.ask('PUT', CART, { body: manifestOf() }),
    ]) {
      expect((await step()).status).toBe(200);
      seen.push(await resting());
    }
    expect(seen).toEqual([true, false, true, false, true, false, true]);
  });

  test('takes no share before the proxies know it, and says from when on', async () => {
    await entryPoint.ask('PUT', CART, { body: manifestOf() });
    const told = await shift(90, 10);
    expect(said(told)).toEqual([409, 'Conflict']);
    expect(told.body['message']).toContain('from 2026-11-22T12:01:10.000Z on it may');
  });
});

describe('errors are Kubernetes Status objects', () => {
  test('with every fault of a manifest as a cause', async () => {
    const body = manifestOf({ totalWeight: 7, steps: [] });
    const told = await entryPoint.ask('PUT', CART, { body });
    expect(told).toEqual({
      status: 422,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: expect.stringMatching(
          /^Canary\.outrigger\.dev "cart" is invalid: spec\.steps: unknown field; .*; spec\.totalWeight: must be 100/,
        ),
        reason: 'Invalid',
        details: {
          name: 'cart',
          group: 'outrigger.dev',
          kind: 'canaries',
          causes: [
            { reason: 'FieldValueInvalid', field: 'spec.steps', message: expect.any(String) },
            { reason: 'FieldValueInvalid', field: 'spec.totalWeight', message: expect.any(String) },
          ],
        },
        code: 422,
      },
    });
  });

  // A track is found by the addresses of its Pods, and the main Service is what both tracks fall back to.
  test.each([
    ['the canary is the Service itself', 'cart-stable', 'cart', 'spec.backends[1].service'],
    ['stable is the Service itself', 'cart', 'cart-canary', 'spec.backends[0].service'],
    ['both are one', 'cart-stable', 'cart-stable', 'spec.backends'],
  ])('where %s: at creation, by PUT and by PATCH', async (_what, stable, canary, field) => {
    const backends = [
      { name: 'stable', service: stable },
      { name: 'canary', service: canary },
    ];
    const causes = (told: Told): unknown[] => [...said(told), at(told.body, 'details', 'causes', 0, 'field')];
    expect(causes(await entryPoint.ask('PUT', CART, { body: manifestOf({ backends }) }))).toEqual([
      422,
      'Invalid',
      field,
    ]);
    await ready();
    expect(causes(await entryPoint.ask('PUT', CART, { body: manifestOf({ backends }) }))).toEqual([
      422,
      'Invalid',
      field,
    ]);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await entryPoint.ask('PATCH', CART, { headers, body: { spec: { backends } } });
    expect(causes(patched)).toEqual([422, 'Invalid', field]);
    // By the other end: the Service takes the name of a track.
    const service = { name: 'cart-canary', port: 8080 };
    const renamed = await entryPoint.ask('PATCH', CART, { headers, body: { spec: { service } } });
    expect(causes(renamed)).toEqual([422, 'Invalid', 'spec.backends[1].service']);
  });

  test.each<[string, string, string, Parameters<ReleaseEntryPoint['ask']>[2], number, string]>([
    ['no caller', 'GET', CART, { who: null }, 403, 'Forbidden'],
    ['an unknown path', 'GET', '/apis/outrigger.dev/v1alpha1/pods', {}, 404, 'NotFound'],
    ['another version', 'GET', CART.replace('v1alpha1', 'v1'), {}, 404, 'NotFound'],
    ['a slash at the end', 'GET', `${CART}/`, {}, 404, 'NotFound'],
    ['an unknown part', 'GET', `${CART}/status`, {}, 404, 'NotFound'],
    ['an unknown canary', 'GET', CART, {}, 404, 'NotFound'],
    ['an unknown cluster', 'GET', CART.replace('local', 'other'), {}, 404, 'NotFound'],
    ['a name that cannot be', 'GET', `${CANARIES}/constructor.x`, {}, 400, 'BadRequest'],
    ['a namespace that cannot be', 'GET', CART.replace('shop', 'Shop'), {}, 400, 'BadRequest'],
    ['an endless name', 'GET', `${CANARIES}/${'a'.repeat(5_000)}`, {}, 404, 'NotFound'],
    ['another method', 'POST', CART, { body: manifestOf() }, 405, 'MethodNotAllowed'],
    ['another method of a part', 'PATCH', `${CART}/weights`, { body: {} }, 405, 'MethodNotAllowed'],
    [
      'another type',
      'PUT',
      CART,
      { body: manifestOf(), headers: { 'content-type': 'application/yaml' } },
      415,
      'UnsupportedMediaType',
    ],
    [
      'a strategic merge patch',
      'PATCH',
      CART,
      { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } },
      415,
      'UnsupportedMediaType',
    ],
    [
      'a server-side apply',
      'PATCH',
      CART,
      { body: {}, headers: { 'content-type': 'application/apply-patch+yaml' } },
      415,
      'UnsupportedMediaType',
    ],
    ['no JSON', 'PUT', CART, { body: '{' }, 400, 'BadRequest'],
    ['a deep body', 'PUT', CART, { body: '['.repeat(100_000 / 2) }, 400, 'BadRequest'],
    ['a prototype', 'PUT', CART, { body: '{"metadata":{"labels":{"__proto__":{}}}}' }, 400, 'BadRequest'],
    ['a large body', 'PUT', CART, { body: `"${'x'.repeat(64 * 1024)}"` }, 413, 'RequestEntityTooLarge'],
    ['another name', 'PUT', CART, { body: manifestOf({}, { name: 'basket' }) }, 400, 'BadRequest'],
    ['another namespace', 'PUT', CART, { body: manifestOf({}, { namespace: 'web' }) }, 400, 'BadRequest'],
    [
      'a version of what is not there',
      'PUT',
      CART,
      { body: manifestOf({}, { resourceVersion: '3' }) },
      409,
      'Conflict',
    ],
    ['weights without If-Match', 'PUT', `${CART}/weights`, { body: weights(80, 20) }, 428, 'PreconditionRequired'],
    [
      'If-Match of what is not there',
      'PUT',
      CART,
      { body: manifestOf(), headers: { 'if-match': '*' } },
      412,
      'PreconditionFailed',
    ],
    [
      'another If-None-Match',
      'PUT',
      CART,
      { body: manifestOf(), headers: { 'if-none-match': '"1"' } },
      400,
      'BadRequest',
    ],
    ['an odd dry run', 'PUT', CART, { body: manifestOf(), query: 'dryRun=true' }, 400, 'BadRequest'],
    ['an odd key', 'PUT', CART, { body: manifestOf(), headers: { 'idempotency-key': 'a#b' } }, 400, 'BadRequest'],
    ['an odd limit', 'GET', CANARIES, { query: 'limit=-1' }, 400, 'BadRequest'],
    ['an odd continue', 'GET', CANARIES, { query: 'continue=x' }, 400, 'BadRequest'],
    [
      'an old continue',
      'GET',
      CANARIES,
      { query: `continue=${Buffer.from('["a","b",1]').toString('base64url')}` },
      410,
      'Expired',
    ],
    ['an odd selector', 'GET', CANARIES, { query: 'labelSelector=a%20b' }, 400, 'BadRequest'],
    ['a field that selects nothing', 'GET', CANARIES, { query: 'fieldSelector=a%3Db' }, 400, 'BadRequest'],
    ['a field selector without a value', 'GET', CANARIES, { query: 'fieldSelector=a' }, 400, 'BadRequest'],
    ['a namespace that none can have', 'GET', '/api/v1/namespaces/A', {}, 400, 'BadRequest'],
    ['another core resource', 'GET', '/api/v1/namespaces/shop/pods', {}, 404, 'NotFound'],
    ['a caller who would be another', 'GET', CANARIES, { headers: { 'impersonate-user': 'eve' } }, 403, 'Forbidden'],
    ['a preview without a data plane', 'GET', `${CART}/preview`, {}, 404, 'NotFound'],
  ])('%s', async (_case, method, path, ask, status, reason) => {
    const told = await entryPoint.ask(method, path, ask);
    expect(said(told)).toEqual([status, reason]);
    expect(told.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
  });

  test('a method that is not possible names those that are', async () => {
    expect((await entryPoint.ask('POST', CART)).headers['allow']).toBe('GET, PUT, PATCH, DELETE');
  });

  test('an event of another shape is no crash', async () => {
    expect((await entryPoint.handler({ httpMethod: 'GET' })).statusCode).toBe(400);
    expect((await entryPoint.handler(null)).statusCode).toBe(400);
  });
});

describe('preconditions', () => {
  beforeEach(ready);

  test('a stale If-Match loses, whatever it wants to write', async () => {
    await shift(90, 10);
    const headers = { 'if-match': '"1"' };
    expect(said(await shift(80, 20, headers))).toEqual([412, 'PreconditionFailed']);
    expect(
      said(await entryPoint.ask('PUT', CART, { body: manifestOf({ mirror: { percentage: 1 } }), headers })),
    ).toEqual([412, 'PreconditionFailed']);
    expect(said(await entryPoint.ask('DELETE', CART, { headers }))).toEqual([412, 'PreconditionFailed']);
    expect(at((await entryPoint.ask('GET', CART)).body, 'status', 'weights')).toEqual({ stable: 90, canary: 10 });
  });

  test('metadata.resourceVersion is kubectl’s optimistic lock: 409', async () => {
    const read = (await entryPoint.ask('GET', CART)).body;
    await shift(90, 10);
    expect(
      said(
        await entryPoint.ask('PUT', CART, {
          body: { ...read, spec: manifestOf({ mirror: { percentage: 1 } })['spec'] },
        }),
      ),
    ).toEqual([409, 'Conflict']);
    const body = { preconditions: { resourceVersion: '1' } };
    expect(said(await entryPoint.ask('DELETE', CART, { body }))).toEqual([409, 'Conflict']);
  });

  test('what was read may be sent back, and changes nothing', async () => {
    const read = await entryPoint.ask('GET', CART);
    const told = await entryPoint.ask('PUT', CART, { body: read.body });
    expect([told.status, told.headers['etag']]).toEqual([200, read.headers['etag']]);
  });

  test('If-None-Match: * only creates', async () => {
    expect(said(await entryPoint.ask('PUT', CART, { body: manifestOf(), headers: { 'if-none-match': '*' } }))).toEqual([
      412,
      'PreconditionFailed',
    ]);
    expect(said(await entryPoint.ask('POST', CANARIES, { body: manifestOf() }))).toEqual([409, 'AlreadyExists']);
    expect(
      (await entryPoint.ask('POST', CANARIES, { body: manifestOf({ service: { name: 'x', port: 1 } }, { name: 'x' }) }))
        .status,
    ).toBe(201);
  });

  test('a read of what has not changed is 304; what the clock has changed is sent, at a version that it made', async () => {
    const headers = { 'if-none-match': '"1"' };
    const settled = await entryPoint.ask('GET', CART, { headers });
    expect([settled.status, settled.headers['etag']]).toEqual([200, '"2"']);
    await shift(90, 10);
    const told = await entryPoint.ask('GET', CART, { headers: { 'if-none-match': 'W/"3"' } });
    expect([told.status, told.headers['etag'], told.body]).toEqual([304, '"3"', {}]);
  });
});

describe('a patch', () => {
  beforeEach(ready);
  const patch = async (type: string, body: unknown): Promise<Told> =>
    await entryPoint.ask('PATCH', CART, { body, headers: { 'content-type': type } });

  test('by RFC 7396 changes what it names, and null removes', async () => {
    await patch('application/merge-patch+json', {
      metadata: { labels: { app: 'cart', old: 'x' } },
      spec: { mirror: { percentage: 5 } },
    });
    const told = await patch('application/merge-patch+json', {
      metadata: { labels: { old: null } },
      spec: { mirror: null },
    });
    expect(told).toMatchObject({
      status: 200,
      body: { metadata: { generation: 3, resourceVersion: '3', labels: { app: 'cart' } } },
    });
    expect(at(told.body, 'metadata', 'labels')).toEqual({ app: 'cart' });
    expect(at(told.body, 'spec', 'mirror')).toBeUndefined();
  });

  test('by RFC 6902', async () => {
    const operations = [
      { op: 'test', path: '/metadata/resourceVersion', value: '1' },
      { op: 'add', path: '/metadata/labels/app', value: 'cart' },
    ];
    expect(at((await patch('application/json-patch+json', operations)).body, 'metadata', 'labels')).toEqual({
      app: 'cart',
    });
    expect(said(await patch('application/json-patch+json', operations))).toEqual([422, 'Invalid']);
    const into = { op: 'move', from: '/spec', path: '/spec/itself' };
    for (const odd of [{}, [1], [{ op: 'eval', path: '/x' }], [{ op: 'add' }], [{ op: 'move', path: '/a' }], [into]]) {
      expect(said(await patch('application/json-patch+json', odd))).toEqual([400, 'BadRequest']);
    }
  });

  test('copies little, and not what doubles with every copy', async () => {
    const copy = (from: string, path: string): object => ({ op: 'copy', from, path });
    const label = [{ op: 'add', path: '/metadata/labels/app', value: 'cart' }];
    const copied = await patch('application/json-patch+json', [
      ...label,
      copy('/metadata/labels/app', '/metadata/labels/tier'),
    ]);
    expect(at(copied.body, 'metadata', 'labels')).toEqual({ app: 'cart', tier: 'cart' });
    const bomb = Array.from({ length: 100 }, (_, i) => copy('', `/spec/x${i}`));
    expect(said(await patch('application/json-patch+json', bomb))).toEqual([413, 'RequestEntityTooLarge']);
    expect(said(await patch('application/json-patch+json', [copy('/none', '/spec/x')]))).toEqual([422, 'Invalid']);
  });

  test.each([
    ['/spec/totalWeight', 10_000],
    ['/spec/backends/1/service', 'cart'],
  ])('that leads to a fault at %s is refused', async (path, value) => {
    expect(said(await patch('application/json-patch+json', [{ op: 'replace', path, value }]))).toEqual([
      422,
      'Invalid',
    ]);
  });

  test.each(['/__proto__/x', '/constructor/prototype/x'])('cannot reach %s', async (path) => {
    expect((await patch('application/json-patch+json', [{ op: 'add', path, value: 1 }])).status).toBeGreaterThanOrEqual(
      400,
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('an Idempotency-Key', () => {
  beforeEach(ready);
  const headers = { 'idempotency-key': '7f0c', 'if-match': '"1"' };
  const ask = { body: weights(90, 10), headers };

  test('answers a repetition alike, though its If-Match is stale by then', async () => {
    const first = await entryPoint.ask('PUT', `${CART}/weights`, ask);
    const again = await entryPoint.ask('PUT', `${CART}/weights`, ask);
    expect(again.body).toEqual(first.body);
    expect(again.headers).toEqual({ ...first.headers, 'idempotency-replayed': 'true' });
    expect(at((await entryPoint.ask('GET', CART)).body, 'metadata', 'resourceVersion')).toBe('2');
  });

  test('of a role is the same in every session of it, and a dry run is another request', async () => {
    const who = 'arn:aws:sts::123456789012:assumed-role/release/';
    const first = await entryPoint.ask('PUT', `${CART}/weights`, { ...ask, who: `${who}one` });
    const again = await entryPoint.ask('PUT', `${CART}/weights`, { ...ask, who: `${who}two` });
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    const dry = await entryPoint.ask('PUT', `${CART}/weights`, { ...ask, who: `${who}one`, query: 'dryRun=All' });
    expect(said(dry)).toEqual([422, 'Invalid']);
  });

  test('of another request is refused, and of another caller is another key', async () => {
    await entryPoint.ask('PUT', `${CART}/weights`, ask);
    expect(said(await entryPoint.ask('PUT', `${CART}/weights`, { ...ask, body: weights(80, 20) }))).toEqual([
      422,
      'Invalid',
    ]);
    const other = { body: weights(80, 20), headers: { ...headers, 'if-match': '"2"' }, who: `${WHO}2` };
    expect((await entryPoint.ask('PUT', `${CART}/weights`, other)).status).toBe(200);
  });
});

describe('a dry run', () => {
  test('of everything answers as the real one, and writes nothing', async () => {
    const query = 'dryRun=All';
    expect((await entryPoint.ask('PUT', CART, { body: manifestOf(), query })).status).toBe(201);
    expect((await entryPoint.ask('GET', CART)).status).toBe(404);
    await ready();
    const shifted = await entryPoint.ask('PUT', `${CART}/weights`, {
      body: weights(90, 10),
      headers: { 'if-match': '*' },
      query,
    });
    expect(shifted.body['phase']).toBe('Progressing');
    expect(at((await entryPoint.ask('POST', `${CART}/abort`, { query })).body, 'status', 'phase')).toBe('Failed');
    expect(at((await entryPoint.ask('DELETE', CART, { query })).body, 'status', 'phase')).toBe('Terminating');
    expect(await entryPoint.store.readHead('local', AbortSignal.timeout(5_000))).toBe(1);
  });
});

test('a dry run hears of a Service that another canary has', async () => {
  await ready();
  const other = { body: manifestOf({}, { name: 'other' }), query: 'dryRun=All' };
  expect(said(await entryPoint.ask('PUT', `${CANARIES}/other`, other))).toEqual([409, 'Conflict']);
  await entryPoint.ask('DELETE', CART);
  expect((await entryPoint.ask('PUT', `${CANARIES}/other`, other)).status).toBe(409);
  entryPoint.at(140);
  expect((await entryPoint.ask('PUT', `${CANARIES}/other`, other)).status).toBe(201);
});

test('a write to a canary that is being deleted is told from when on there may be another', async () => {
  await ready();
  await entryPoint.ask('DELETE', CART);
  const { body } = await entryPoint.ask('PUT', CART, { body: manifestOf() });
  expect(body['message']).toContain('; from 2026-11-22T12:02:20.000Z on it may');
  const created = await entryPoint.ask('POST', CANARIES, { body: manifestOf() });
  expect(said(created)).toEqual([409, 'AlreadyExists']);
  expect(created.body['message']).toMatch(/^object is being deleted: .*; from 2026-11-22T12:02:20.000Z on it may$/);
});

test('another order of exportTo is no other target', async () => {
  await entryPoint.ask('PUT', CART, { body: manifestOf({ exportTo: ['web', 'shop'] }) });
  const told = await entryPoint.ask('PUT', CART, { body: manifestOf({ exportTo: ['shop', 'web'] }) });
  expect([told.status, at(told.body, 'metadata', 'resourceVersion')]).toEqual([200, '1']);
});

test('annotations added by patches do not grow past what a canary may have', async () => {
  await ready();
  const headers = { 'content-type': 'application/merge-patch+json' };
  const add = async (name: string): Promise<Told> =>
    await entryPoint.ask('PATCH', CART, {
      headers,
      body: { metadata: { annotations: { [name]: 'x'.repeat(16_000) } } },
    });
  for (const name of ['a', 'b', 'c']) expect((await add(name)).status).toBe(200);
  expect(said(await add('d'))).toEqual([422, 'Invalid']);
});

describe('an abort', () => {
  test('needs no body, no version and no record of the cluster; once more it changes nothing', async () => {
    await ready();
    await shift(50, 50);
    entryPoint.records.putClusterRecord('local', 'not a record');
    const told = await entryPoint.ask('POST', `${CART}/abort`);
    expect(told).toMatchObject({
      status: 200,
      body: { metadata: { resourceVersion: '4' }, status: { phase: 'Failed', weights: { stable: 100, canary: 0 } } },
    });
    expect(at((await entryPoint.ask('POST', `${CART}/abort`)).body, 'metadata', 'resourceVersion')).toBe('4');
    entryPoint.records.putClusterRecord('local', {});
    expect(said(await shift(90, 10))).toEqual([409, 'Conflict']);
    expect(
      at((await entryPoint.ask('POST', `${CART}/retry`, { body: { reason: 'mended' } })).body, 'status', 'phase'),
    ).toBe('Initialized');
    expect(said(await entryPoint.ask('POST', `${CART}/retry`))).toEqual([409, 'Conflict']);
    expect((await shift(90, 10)).status).toBe(200);
  });
});

test('a cluster whose record is gone: its releases can be aborted, and nothing else is done to them', async () => {
  const canary = storedCanary();
  await entryPoint.store.create('left', canary, { audit: auditOf(canary) }, AbortSignal.timeout(10_000));
  const left = CART.replace('/local/', '/left/');
  expect(said(await entryPoint.ask('GET', left))).toEqual([404, 'NotFound']);
  expect(said(await entryPoint.ask('DELETE', left))).toEqual([404, 'NotFound']);
  expect(await entryPoint.ask('POST', `${left}/abort`)).toMatchObject({
    status: 200,
    body: { status: { phase: 'Failed', weights: { stable: 100, canary: 0 } } },
  });
});

describe('a record of the cluster that is not valid', () => {
  test('stops what changes, with its faults, and no read', async () => {
    await ready();
    // One that has never seen a good record.
    entryPoint = openReleaseEntryPoint({ store: entryPoint.store });
    entryPoint.records.putClusterRecord('local', { policy: 'perhaps' });
    expect((await entryPoint.ask('GET', CART)).status).toBe(200);
    expect((await entryPoint.ask('GET', CANARIES)).status).toBe(200);
    expect((await entryPoint.ask('GET', `${CART}/history`)).status).toBe(200);
    const told = await entryPoint.ask('DELETE', CART);
    expect(said(told)).toEqual([500, 'InternalError']);
    expect(told.body['message']).toContain('policy: must be');
    expect(told.headers['retry-after']).toBeUndefined();
    expect(entryPoint.lines.some((line) => line.includes('cluster record refused'))).toBe(true);
  });
});

test('with the records of a cold start unreadable, an abort in the short form finds its canary, and nothing else is guessed', async () => {
  await ready();
  const cold = openReleaseEntryPoint({ store: entryPoint.store, snapshot: ['local'] });
  cold.at(80);
  const short = CART.replace('clusters/local/', '');
  expect(await cold.ask('POST', `${short}/abort`)).toMatchObject({
    status: 200,
    body: { status: { phase: 'Failed' } },
  });
  const retry = await cold.ask('POST', `${short}/retry`);
  expect(said(retry)).toEqual([503, 'ServiceUnavailable']);
  expect(retry.body['message']).toContain('clusters/{cluster}/');
});

describe('a list', () => {
  const put = async (namespace: string, name: string, labels: Record<string, string> = {}): Promise<void> => {
    const path = `/apis/outrigger.dev/v1alpha1/clusters/local/namespaces/${namespace}/canaries/${name}`;
    const body = manifestOf({ service: { name, port: 80 } }, { name, namespace, labels });
    expect((await entryPoint.ask('PUT', path, { body })).status).toBe(201);
  };
  const names = ({ body }: Told): unknown[] => {
    const items = body['items'];
    return (Array.isArray(items) ? items : []).map(
      (item) => `${at(item, 'metadata', 'namespace')}/${at(item, 'metadata', 'name')}`,
    );
  };
  const ALL = '/apis/outrigger.dev/v1alpha1/clusters/local/canaries';
  beforeEach(async () => {
    await put('shop', 'pay', { tier: 'web' });
    await put('shop', 'cart', { tier: 'web', track: 'b' });
    await put('a', 'z');
  });

  test('is in order, of one namespace or of all', async () => {
    expect(names(await entryPoint.ask('GET', CANARIES))).toEqual(['shop/cart', 'shop/pay']);
    const all = await entryPoint.ask('GET', ALL);
    expect(names(all)).toEqual(['a/z', 'shop/cart', 'shop/pay']);
    expect(all.body).toMatchObject({ kind: 'CanaryList', metadata: { resourceVersion: '3' } });
  });

  test('is cut where Lambda could not answer more, and goes on from there', async () => {
    const note = 'x'.repeat(64 * 1_024);
    for (let i = 10; i < 60; i++) {
      const version = (await entryPoint.store.readHead('local', AbortSignal.timeout(5_000))) + 1;
      const large = storedCanary({ namespace: 'large', name: `c${i}`, note, version });
      await entryPoint.store.create('local', large, { audit: auditOf(large) }, AbortSignal.timeout(5_000));
    }
    const LARGE = ALL.replace('canaries', 'namespaces/large/canaries');
    const first = await entryPoint.ask('GET', LARGE);
    // 65.6 KB each: 39 of them are the last that stay below 2.5 MiB.
    expect([names(first).length, at(first.body, 'metadata', 'remainingItemCount')]).toEqual([39, 11]);
    const rest = await entryPoint.ask('GET', LARGE, { query: `continue=${at(first.body, 'metadata', 'continue')}` });
    expect([...names(first), ...names(rest)]).toEqual(Array.from({ length: 50 }, (_, i) => `large/c${i + 10}`));
    expect(at(rest.body, 'metadata', 'continue')).toBeUndefined();
  });

  test('comes in pieces', async () => {
    const first = await entryPoint.ask('GET', ALL, { query: 'limit=2' });
    expect([names(first), at(first.body, 'metadata', 'remainingItemCount')]).toEqual([['a/z', 'shop/cart'], 1]);
    const token = String(at(first.body, 'metadata', 'continue'));
    expect(names(await entryPoint.ask('GET', ALL, { query: `limit=2&continue=${token}` }))).toEqual(['shop/pay']);
    entryPoint.at(301);
    expect(said(await entryPoint.ask('GET', ALL, { query: `continue=${token}` }))).toEqual([410, 'Expired']);
  });

  test.each([
    ['tier=web', ['shop/cart', 'shop/pay']],
    ['tier==web,track!=b', ['shop/pay']],
    ['track in (a, b)', ['shop/cart']],
    ['track in(a,b)', ['shop/cart']],
    ['track notin (b)', ['a/z', 'shop/pay']],
    ['!tier', ['a/z']],
    ['track', ['shop/cart']],
    ['tier=none', []],
  ])('by labels %s', async (selector, found) => {
    const query = `labelSelector=${encodeURIComponent(selector)}`;
    expect(names(await entryPoint.ask('GET', ALL, { query }))).toEqual(found);
  });

  test('that has not changed is 304, until the clock or a write changes it', async () => {
    const { headers } = await entryPoint.ask('GET', ALL);
    const again = { headers: { 'if-none-match': headers['etag'] ?? '' } };
    expect((await entryPoint.ask('GET', ALL, again)).status).toBe(304);
    entryPoint.at(70);
    expect((await entryPoint.ask('GET', ALL, again)).status).toBe(200);
  });
});

describe('the short form of a path', () => {
  const short = CART.replace('/clusters/local', '');
  test('is of the one cluster', async () => {
    await ready();
    expect((await entryPoint.ask('GET', short)).status).toBe(200);
  });
  test('is refused where there are several, and they are named', async () => {
    entryPoint.records.putClusterRecord('eu-1', {});
    const told = await entryPoint.ask('GET', short);
    expect(said(told)).toEqual([400, 'BadRequest']);
    expect(told.body['message']).toContain('clusters/eu-1, clusters/local');
  });
});

describe('one Service and port has one release', () => {
  const OTHER = `${CANARIES}/other`;
  const other = manifestOf({}, { name: 'other' });
  beforeEach(ready);

  test('a second one is refused and told whose it is', async () => {
    const told = await entryPoint.ask('PUT', OTHER, { body: other });
    expect(said(told)).toEqual([409, 'Conflict']);
    expect(told.body['message']).toBe('Service cart, port 8080 is released by canary cart');
  });

  test('until the first is gone, though nobody has looked since', async () => {
    await entryPoint.ask('DELETE', CART);
    const told = await entryPoint.ask('PUT', OTHER, { body: other });
    expect(told.body['message']).toContain('which is being deleted; proxies know it until 2026-11-22T12:02:20.000Z');
    entryPoint.at(140);
    expect((await entryPoint.ask('PUT', OTHER, { body: other })).status).toBe(201);
  });

  test('a Service that the first has left is not to be had while proxies know the old one: 409 with the time', async () => {
    expect(
      (await entryPoint.ask('PUT', CART, { body: manifestOf({ service: { name: 'cart', port: 9090 } }) })).status,
    ).toBe(200);
    const told = await entryPoint.ask('PUT', OTHER, { body: other });
    expect(said(told)).toEqual([409, 'Conflict']);
    const end = 'which has left it; proxies know it until 2026-11-22T12:03:30.000Z';
    expect(told.body['message']).toBe(`Service cart, port 8080 is released by canary cart, ${end}`);
    entryPoint.at(209);
    expect((await entryPoint.ask('PUT', OTHER, { body: other })).status).toBe(409);
    entryPoint.at(210);
    expect((await entryPoint.ask('PUT', OTHER, { body: other })).status).toBe(201);
    expect((await entryPoint.ask('GET', CART)).status).toBe(200);
  });
});

test('a canary that is made anew begins above its former life: neither an old ETag nor an old report fits it', async () => {
  const polled = Date.parse('2026-11-22T12:00:00.000Z');
  const versions = [{ version: 'v', canaries: { 'shop/cart': '5' } }];
  const report = { writtenAt: polled, versions, proxies: { abc: [0, 0] as const }, names: {}, sampling: 1 };
  const fleet = { ...createMemoryStore(), readProxyReports: async () => [report] };
  const preview = () => ({ listeners: [], clusters: [], routes: [] });
  entryPoint = openReleaseEntryPoint({ traffic: { preview, fleet, describeProxies } });
  await ready();
  await shift(90, 10);
  const old = await entryPoint.ask('GET', CART);
  await entryPoint.ask('DELETE', CART);
  entryPoint.at(300);
  const dry = await entryPoint.ask('PUT', CART, { body: manifestOf(), query: 'dryRun=All' });
  const reborn = await entryPoint.ask('PUT', CART, { body: manifestOf() });
  // Three writes, the clock's and the removal.
  for (const told of [dry, reborn]) expect([told.status, told.headers['etag']]).toEqual([201, '"6"']);
  entryPoint.at(0);
  expect((await entryPoint.ask('GET', `${CART}/proxies`)).body).toMatchObject({ seen: 1, converged: 0, lagging: 1 });
  entryPoint.at(400);
  const stale = await entryPoint.ask('PATCH', CART, {
    body: { metadata: { labels: { a: 'b' } } },
    headers: { 'content-type': 'application/merge-patch+json', 'if-match': old.headers['etag'] ?? '' },
  });
  expect(stale.status).toBe(412);
});

test('a lowered refresh does not shorten the learning while proxies are heard to poll with the longer one', async () => {
  const fleet = createMemoryStore();
  const preview = () => ({ listeners: [], clusters: [], routes: [] });
  entryPoint = openReleaseEntryPoint({ traffic: { preview, fleet, describeProxies } });
  entryPoint.records.putClusterRecord('local', { discovery: { host: 'x', refresh: '2s', idle: '1s' } });
  const routesFrom = async (port: number): Promise<unknown> => {
    const body = manifestOf({ service: { name: 'cart', port } });
    return at(
      (await entryPoint.ask('PUT', CART, { body, query: 'dryRun=All' })).body,
      'status',
      'targets',
      -1,
      'routesFrom',
    );
  };
  expect(await routesFrom(80)).toBe('2026-11-22T12:00:20.000Z');
  await fleet.notePace('local', { refreshMs: 30_000, at: CREATED_AT }, AbortSignal.timeout(5_000));
  expect(await routesFrom(80)).toBe('2026-11-22T12:01:10.000Z');
});

test('what one Pod made up, and an older version of us wrote down, delays no canary of its Kubernetes cluster (12)', async () => {
  const fleet = createMemoryStore();
  const preview = () => ({ listeners: [], clusters: [], routes: [] });
  entryPoint = openReleaseEntryPoint({ traffic: { preview, fleet, describeProxies } });
  await fleet.notePace('local', { refreshMs: 600_000, at: CREATED_AT }, AbortSignal.timeout(5_000));
  const routesFrom = async (discovery: object): Promise<unknown> => {
    entryPoint.records.putClusterRecord('local', { discovery: { host: 'x', idle: '1s', ...discovery } });
    const { body } = await entryPoint.ask('PUT', CART, { body: manifestOf(), query: 'dryRun=All' });
    return at(body, 'status', 'targets', -1, 'routesFrom');
  };
  expect(await routesFrom({ refresh: '2s', refreshes: [] })).toBe('2026-11-22T12:00:20.000Z');
  // Whoever asks less often than was believed is waited for all the same.
  expect(await routesFrom({ refresh: '2s', refreshes: ['60s'] })).toBe('2026-11-22T12:02:10.000Z');
  expect(await routesFrom({ refresh: '2s', refreshes: ['600s'] })).toBe('2026-11-22T12:20:10.000Z');
});

test('who creates a canary that nobody counts for is warned, and may still release by hand', async () => {
  const polled = { writtenAt: CREATED_AT, versions: [], names: {}, sampling: 1 };
  const report: ProxyReport = { ...polled, proxies: { abc: [-1, 0, 0, 0] }, namespaces: ['web'] };
  const memory = createMemoryStore();
  const preview = () => ({ listeners: [], clusters: [], routes: [] });
  const traffic = { preview, describeProxies, fleet: { ...memory, readProxyReports: async () => [report] } };
  entryPoint = openReleaseEntryPoint({ traffic });
  const warningOf = async (exportTo: readonly string[]): Promise<string | undefined> =>
    (await entryPoint.ask('PUT', CART, { body: manifestOf({ exportTo }), query: 'dryRun=All' })).headers['warning'];
  expect(await warningOf(['*'])).toMatch(/^299 - "none of the proxies that see it .* e\.g\. \[\*, web\]; .* in: web"$/);
  for (const exportTo of [['*', 'web'], ['web'], ['.']]) expect(await warningOf(exportTo)).toBeUndefined();
  expect((await entryPoint.ask('POST', CANARIES, { body: manifestOf() })).headers['warning']).toContain('in: web');
  entryPoint.at(80);
  await shift(90, 10);
  const told = await entryPoint.ask('GET', `${CART}/proxies`);
  expect(told.body).toMatchObject({ confirmed: false, conditions: [{ reason: 'Waiting' }, { status: 'True' }] });
  // Reports that cannot be read, or not in time, warn of nothing.
  const down = async (): Promise<never> => await Promise.reject(new CanaryStoreError('down'));
  entryPoint = openReleaseEntryPoint({ traffic: { ...traffic, fleet: { ...memory, readProxyReports: down } } });
  expect(await warningOf(['*'])).toBeUndefined();
});

test('names beside * say who counts: they stage nothing', async () => {
  await ready();
  const told = await entryPoint.ask('PUT', CART, { body: manifestOf({ exportTo: ['web', '*'] }) });
  expect(at(told.body, 'spec', 'exportTo')).toEqual(['*', 'web']);
  expect(at(told.body, 'status', 'targets')).toHaveLength(1);
  const narrowed = await entryPoint.ask('PUT', CART, { body: manifestOf({ exportTo: ['web'] }) });
  expect(at(narrowed.body, 'status', 'targets')).toHaveLength(2);
});

test('a write that the fleet followed stays confirmed when all reports are forgotten, and is kept once', async () => {
  const kept = createMemoryStore();
  const canaries = { 'shop/cart': '3' };
  let reports: readonly ProxyReport[] = [];
  let writes = 0;
  const fleet: NonNullable<ReleaseTools['traffic']>['fleet'] = {
    ...kept,
    readProxyReports: async () => reports,
    keepConfirmation: async (...args) => {
      writes++;
      await kept.keepConfirmation(...args);
    },
  };
  const preview = () => ({ listeners: [], clusters: [], routes: [] });
  entryPoint = openReleaseEntryPoint({ traffic: { preview, fleet, describeProxies } });
  await ready();
  await shift(90, 10);
  const proxies = async (): Promise<unknown> => (await entryPoint.ask('GET', `${CART}/proxies`)).body;
  entryPoint.at(90);
  expect(await proxies()).toMatchObject({ resourceVersion: '3', seen: 0, confirmed: false });
  const writtenAt = CREATED_AT + 90_000;
  reports = [{ writtenAt, versions: [{ version: 'v', canaries }], proxies: { abc: [0, 0] }, names: {}, sampling: 1 }];
  const followed = { resourceVersion: '3', asOf: '2026-11-22T12:01:30.000Z', seen: 1, converged: 1, confirmed: true };
  for (let i = 0; i < 3; i++) expect(await proxies()).toMatchObject(followed);
  entryPoint.at(100_000);
  reports = [];
  expect(await proxies()).toMatchObject(followed);
  expect(writes).toBe(1);
  // The next write is another one.
  await shift(80, 20);
  expect(await proxies()).toMatchObject({ resourceVersion: '4', seen: 0, confirmed: false });
});

describe('deleted canaries that no proxy knows any more', () => {
  const NAMES = Array.from({ length: 7 }, (_, i) => `c-${i}`);
  const signal = (): AbortSignal => AbortSignal.timeout(5_000);
  const namesIn = ({ items }: Told['body']): unknown[] =>
    Array.isArray(items) ? items.map((item) => at(item, 'metadata', 'name')) : [];
  const stored = async (): Promise<number> => (await entryPoint.store.listCanaries('local', signal())).canaries.length;
  async function deleteAll(): Promise<void> {
    for (const name of NAMES) {
      const body = manifestOf({ service: { name, port: 80 } }, { name });
      expect((await entryPoint.ask('PUT', `${CANARIES}/${name}`, { body })).status).toBe(201);
      expect((await entryPoint.ask('DELETE', `${CANARIES}/${name}`)).status).toBe(200);
    }
  }

  test('are taken away by lists, some at a time, and not before their time', async () => {
    await deleteAll();
    entryPoint.at(69);
    expect(at((await entryPoint.ask('GET', CANARIES)).body, 'items')).toHaveLength(7);
    expect(await stored()).toBe(7);
    entryPoint.at(70);
    const left: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { body } = await entryPoint.ask('GET', CANARIES);
      left.push([at(body, 'metadata', 'resourceVersion'), namesIn(body), await stored()]);
    }
    // Seven were made and deleted, by 14 writes; those that are still there are shown.
    expect(left).toEqual([
      ['19', ['c-5', 'c-6'], 2],
      ['21', [], 0],
      ['21', [], 0],
    ]);
  });

  test('a store that takes none away, or not in time, fails no list: it shows what stands there', async () => {
    const store = createMemoryStore();
    const removals: string[] = [];
    const remove: CanaryStore['remove'] = async ({ name }, _version, within) => {
      removals.push(name);
      await new Promise((resolve) => within.addEventListener('abort', resolve));
      throw new CanaryStoreError('the time is over');
    };
    entryPoint = openReleaseEntryPoint({ store: { ...store, remove } });
    await deleteAll();
    entryPoint.at(70);
    const told = await entryPoint.ask('GET', CANARIES);
    expect([told.status, namesIn(told.body), removals]).toEqual([200, NAMES, ['c-0']]);
    const one = await entryPoint.ask('GET', `${CANARIES}/c-1`);
    expect([one.status, at(one.body, 'status', 'phase')]).toEqual([200, 'Terminating']);
  });
});

describe('a stored canary that cannot be read', () => {
  const why = 'the stored canary at canary#shop#cart cannot be read (status.weights): correct it or delete it';
  beforeEach(async () => {
    const store = createMemoryStore();
    const traffic = {
      preview: (canaries: readonly unknown[]) => ({ listeners: canaries.length, clusters: [], routes: [] }),
      fleet: store,
      describeProxies,
    };
    const unreadable = [{ namespace: 'shop', name: 'cart', why }];
    const spoilt: CanaryStore = {
      ...store,
      listCanaries: async (cluster, signal) => ({ ...(await store.listCanaries(cluster, signal)), unreadable }),
      getCanary: async (key, signal) => {
        if (key.name === 'cart') throw new CanaryStoreError(why, { field: 'status.weights' });
        return await store.getCanary(key, signal);
      },
    };
    entryPoint = openReleaseEntryPoint({ store: spoilt, traffic });
    const other = manifestOf({ service: { name: 'other', port: 80 } }, { name: 'other' });
    expect((await entryPoint.ask('PUT', `${CANARIES}/other`, { body: other })).status).toBe(201);
  });

  test('asked for by name is an error of ours that names the field, at once', async () => {
    for (const [method, path] of [
      ['GET', CART],
      ['GET', `${CART}/weights`],
      ['POST', `${CART}/abort`],
      ['DELETE', CART],
    ] as const) {
      const told = await entryPoint.ask(method, path);
      expect([method, path, ...said(told)]).toEqual([method, path, 500, 'InternalError']);
      expect(told.body['message']).toBe(why);
    }
  });

  test('keeps nobody from the others: a list has them, and warns', async () => {
    const told = await entryPoint.ask('GET', CANARIES);
    expect(told.headers['warning']).toBe(`299 - "${why}"`);
    expect(at(told.body, 'items', 0, 'metadata', 'name')).toBe('other');
    expect((await entryPoint.ask('GET', CANARIES.replace('shop', 'bank'))).headers['warning']).toBeUndefined();
    const preview = await entryPoint.ask('GET', `${CANARIES}/other/preview`);
    expect([preview.body['listeners'], preview.headers['warning']]).toEqual([1, `299 - "${why}"`]);
  });
});

test('warnings are few, short and harmless, whatever stands in a name', () => {
  const names = ['a"b', 'ä\n\\', ...Array.from({ length: 9 }, () => 'x'.repeat(2_000))];
  const unreadable = names.map((name) => ({ namespace: 'shop', name, why: name }));
  const { warning = '' } = warned({ statusCode: 200, headers: {}, body: '' }, unreadable).headers;
  expect(warning).toMatch(/^299 - "a\?b", 299 - "\?\?\?", 299 - "x+", .*, 299 - "6 more canaries cannot be read"$/);
  expect(warning.length).toBeLessThan(1_100);
});

test('what the data plane knows is shown', async () => {
  entryPoint = openReleaseEntryPoint({
    traffic: {
      preview: (canaries, { clusterDomain }, namespace) => ({
        listeners: [canaries.length],
        clusters: [clusterDomain],
        routes: [namespace],
      }),
      fleet: createMemoryStore(),
      describeProxies,
    },
  });
  await ready();
  expect((await entryPoint.ask('GET', `${CART}/preview`, { query: 'proxyNamespace=web' })).body).toMatchObject({
    kind: 'CanaryPreview',
    proxyNamespace: 'web',
    listeners: [1],
    clusters: ['cluster.local'],
    routes: ['web'],
  });
  expect(said(await entryPoint.ask('GET', `${CART}/preview`, { query: 'proxyNamespace=A' }))).toEqual([
    400,
    'BadRequest',
  ]);
  expect((await entryPoint.ask('GET', `${CART}/proxies`)).body).toMatchObject({ kind: 'CanaryProxies', seen: 0 });
});

test('the last drift report of a Kubernetes cluster', async () => {
  const drift = createMemoryStore();
  entryPoint = openReleaseEntryPoint({ drift });
  const path = '/apis/outrigger.dev/v1alpha1/clusters/local/drift';
  expect(said(await entryPoint.ask('GET', path))).toEqual([404, 'NotFound']);
  const report = driftReportOf('local');
  await drift.writeDrift(report, AbortSignal.timeout(10_000));
  expect(await entryPoint.ask('GET', path)).toMatchObject({ status: 200, body: report });
  // The fleet has one Kubernetes cluster.
  expect((await entryPoint.ask('GET', '/apis/outrigger.dev/v1alpha1/drift')).body).toEqual(report);
  expect(said(await entryPoint.ask('GET', path.replace('local', 'other')))).toEqual([404, 'NotFound']);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect(said(await entryPoint.ask(method, path, { body: {} }))).toEqual([405, 'MethodNotAllowed']);
  }
  for (const odd of [
    `${path}/x`,
    path.replace('drift', 'Drift'),
    `${path.replace('drift', 'namespaces/shop/drift')}`,
  ]) {
    expect(said(await entryPoint.ask('GET', odd))).toEqual([404, 'NotFound']);
  }
  entryPoint = openReleaseEntryPoint();
  expect(said(await entryPoint.ask('GET', path))).toEqual([404, 'NotFound']);
});

test('tools find what the API has', async () => {
  expect((await entryPoint.ask('GET', '/apis')).body['kind']).toBe('APIGroupList');
  expect((await entryPoint.ask('GET', '/apis/outrigger.dev')).body['kind']).toBe('APIGroup');
  const list = await entryPoint.ask('GET', '/apis/outrigger.dev/v1alpha1');
  expect(at(list.body, 'resources', 0)).toMatchObject({
    name: 'canaries',
    singularName: 'canary',
    kind: 'Canary',
    namespaced: true,
  });
  expect((await entryPoint.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
  expect(said(await entryPoint.ask('DELETE', '/apis'))).toEqual([405, 'MethodNotAllowed']);
});

test('the log says who did what to what, and neither bodies nor headers', async () => {
  await ready();
  await shift(90, 10, { 'idempotency-key': 'secret-key' });
  await entryPoint.ask('POST', `${CART}/abort`, { body: { reason: 'secret-reason' } });
  await entryPoint.ask('PUT', CART, { body: manifestOf({ secret: 'x' }) });
  const text = entryPoint.lines.join('\n');
  expect(text).not.toMatch(/secret|\/apis\//);
  expect(JSON.parse(entryPoint.lines.at(-3) ?? '')).toMatchObject({
    message: 'release changed',
    verb: 'abort',
    from: '90/10',
    to: '100/0',
    phase: 'Failed',
  });
  expect(JSON.parse(entryPoint.lines.at(-2) ?? '')).toMatchObject({
    message: 'release request',
    method: 'POST',
    who: WHO,
    cluster: 'local',
    namespace: 'shop',
    name: 'cart',
    part: 'abort',
    status: '200',
  });
  expect(JSON.parse(entryPoint.lines.at(-1) ?? '')).toMatchObject({ level: 'warn', reason: 'Invalid', status: '422' });
});
