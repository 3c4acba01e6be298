import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REFRESH_DEFAULT } from '../../functions/template/discovery-endpoint.ts';
import { FIRST_ROUTES } from '../../functions/traffic/answers.ts';
import { ISSUER, openDiscoveryEntryPoint, RECORD, routesAt, versionIn } from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { awaitingFor, releaseOf, targetFor } from '../support/releases.ts';
import { at, namesOf } from '../support/values.ts';

/** The first poll for routes of an Envoy 1.40.0, as it came, and what the mesh template's filter leaves of it. */
const FULL = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const CUT = FULL.replace(/,"extensions":\[.*\]\}(?=,"resource_names")/s, '}');
const LISTENERS = '{"node":{"id":"web-1.shop"},"type_url":"type.googleapis.com/envoy.config.listener.v3.Listener"}';

const resources = (body: string): unknown => at(JSON.parse(body), 'resources');
const hostsIn = (body: string): unknown[] => namesOf(at(JSON.parse(body), 'resources', 0, 'virtual_hosts'));

describe('a proxy’s first polls', () => {
  test.each([
    ['whole', FULL],
    ['cut', CUT],
  ])('for routes (%s): the catch-all alone; the second one has everything; then there is nothing new', async (_t, body) => {
    expect(CUT.length).toBeLessThan(600);
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf({ weight: 30 }));
    const first = await poll('routes', body);
    expect(first).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-outrigger-versions': `r=${FIRST_ROUTES.version}` },
      body: FIRST_ROUTES.body,
    });
    const again = `{"version_info":"${versionIn(first)}",${body.slice(1)}`;
    const second = await poll('routes', again);
    expect([second.statusCode, hostsIn(second.body)]).toEqual([200, ['shop/cart/8080', 'any']]);
    const third = await poll('routes', again.replace(versionIn(first), versionIn(second)));
    const headers = { 'x-outrigger-versions': `r=${versionIn(second)}` };
    expect(third).toEqual({ statusCode: 304, headers, body: '' });
  });

  test('for listeners and Envoy clusters: everything', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    const listeners = await poll('listeners', LISTENERS);
    expect(JSON.parse(listeners.body)).toMatchObject({
      version_info: expect.stringMatching(/^[0-9a-f]{16}$/),
      type_url: 'type.googleapis.com/envoy.config.listener.v3.Listener',
      resources: [{ name: '0.0.0.0_8080' }],
    });
    const clusters = await poll('clusters');
    expect(resources(clusters.body)).toHaveLength(10);
    // The mark by which a sidecar tells our answers from a stranger's.
    const marks = [listeners, clusters].map(({ headers }) => headers['x-outrigger-versions']);
    expect(marks).toEqual([`l=${versionIn(listeners)}`, `c=${versionIn(clusters)}`]);
  });

  test('without any canary: empty lists, and the catch-all for good', async () => {
    const { poll } = openDiscoveryEntryPoint();
    for (const kind of ['listeners', 'clusters']) {
      const result = await poll(kind);
      expect([result.statusCode, resources(result.body)]).toEqual([200, []]);
      expect((await poll(kind, { version_info: versionIn(result) })).statusCode).toBe(304);
    }
    expect((await poll('routes', routesAt(FIRST_ROUTES.version))).statusCode).toBe(304);
  });
});

test('a deleted canary is told until its keepUntil and no longer, though nobody has taken it away', async () => {
  const { poll, store, clock } = openDiscoveryEntryPoint();
  const keepUntil = new Date(clock.now + 10_000).toISOString();
  store.set(releaseOf({ deleted: true, targets: [targetFor({}, { keepUntil })] }));
  const told = async (): Promise<unknown[]> => {
    const bodies = await Promise.all(['listeners', 'clusters'].map(async (kind) => (await poll(kind)).body));
    return bodies
      .map((body) => at(JSON.parse(body), 'resources'))
      .map((all) => (Array.isArray(all) ? all.length : all));
  };
  expect(hostsIn((await poll('routes', routesAt('x'))).body)).toEqual(['any']);
  expect(await told()).toEqual([1, 10]);
  clock.now += 9_999;
  expect(await told()).toEqual([1, 10]);
  clock.now += 1;
  expect(await told()).toEqual([0, 0]);
  // Nor is what was served of it before, should it become unreadable afterwards.
  store.spoil('shop/cart');
  clock.now += 1_001;
  expect(await told()).toEqual([0, 0]);
  expect(store.reads.list).toBe(2);
});

describe('what a proxy sees follows from its token', () => {
  test('its own namespace, and what is exported to it', async () => {
    const { poll, store, token } = openDiscoveryEntryPoint();
    store.set(
      releaseOf({ service: 'own', spec: { exportTo: ['.'] } }),
      releaseOf({ service: 'all' }),
      releaseOf({ service: 'hidden', namespace: 'bank', spec: { exportTo: ['.', 'audit'] } }),
    );
    const seenBy = async (namespace: string): Promise<unknown[]> =>
      hostsIn((await poll('routes', routesAt('x'), await token({ namespace }))).body);
    expect(await seenBy('shop')).toEqual(['shop/all/8080', 'shop/own/8080', 'any']);
    expect(await seenBy('else')).toEqual(['shop/all/8080', 'any']);
    expect(await seenBy('audit')).toEqual(['bank/hidden/8080', 'shop/all/8080', 'any']);
  });

  test('never from what its node says', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf({ service: 'hidden', namespace: 'bank', spec: { exportTo: ['.'] } }));
    const node = { id: 'x.bank', cluster: 'bank/default', metadata: { namespace: 'bank' } };
    expect(hostsIn((await poll('routes', { ...routesAt('x'), node })).body)).toEqual(['any']);
  });
});

describe('refused', () => {
  const good = { resource_names: ['outbound'] };
  test.each<[string, number, string, object | string]>([
    ['another resource type', 404, 'endpoints', {}],
    ['a version of the protocol that is gone', 404, '../v2/discovery:routes', good],
    ['no JSON', 400, 'routes', '{"version_info":'],
    ['an empty body', 400, 'routes', ''],
    ['a list', 400, 'listeners', '[]'],
    ['a version that is a number', 400, 'clusters', '{"version_info":1}'],
    [
      'another type in the body',
      400,
      'routes',
      { ...good, type_url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster' },
    ],
    ['the type of v2', 400, 'routes', { ...good, type_url: 'type.googleapis.com/envoy.api.v2.RouteConfiguration' }],
    ['routes of another name', 404, 'routes', { resource_names: ['inbound'] }],
    ['routes of two names', 404, 'routes', { resource_names: ['outbound', 'inbound'] }],
    ['routes of no name', 404, 'routes', {}],
    ['one Envoy cluster by name', 404, 'clusters', { resource_names: ['shop/cart/8080|stable'] }],
    ['300 KB', 400, 'routes', `{"node":"${'x'.repeat(300_000)}"}`],
  ])('%s: %i', async (_title, status, kind, body) => {
    const { poll, logged } = openDiscoveryEntryPoint();
    const result = await poll(kind, body);
    expect(result.statusCode).toBe(status);
    expect(logged).toMatchObject([{ message: 'request refused', status: String(status) }]);
  });

  test.each<[string, number, object]>([
    ['GET', 405, { method: 'GET' }],
    ['another content type', 415, { headers: { 'content-type': 'text/plain' } }],
    ['no token', 401, {}],
    ['a token that is none', 401, { headers: { authorization: 'Bearer x' } }],
    ['another scheme', 401, { headers: { authorization: 'Basic eDp5' } }],
  ])('%s: %i, before anything is read', async (_title, status, call) => {
    const { handler, store } = openDiscoveryEntryPoint();
    const result = await handler(httpApiEvent({ path: '/v3/discovery:routes', body: '{', ...call }));
    expect(result.statusCode).toBe(status);
    expect(store.reads).toEqual({ head: 0, list: 0 });
  });

  test('an event that is none: 400, never a throw', async () => {
    const { handler } = openDiscoveryEntryPoint();
    for (const event of [undefined, null, 1, {}, { requestContext: {} }]) {
      expect((await handler(event)).statusCode).toBe(400);
    }
  });
});

test.each([
  '/v3/discovery:clusters',
  '/v3/discovery%3Aclusters',
  '/v3/discovery%3aclusters',
  '/prod/v3/discovery:clusters',
])('the path %s is understood', async (path) => {
  const { handler, token } = openDiscoveryEntryPoint();
  const event = httpApiEvent({ path, body: '{}', headers: { authorization: `Bearer ${await token()}` } });
  const stage = path.startsWith('/prod') ? 'prod' : '$default';
  const context = { ...(event['requestContext'] as object), stage };
  expect((await handler({ ...event, requestContext: context })).statusCode).toBe(200);
});

test('a body in base64 is read as well', async () => {
  const { handler, token } = openDiscoveryEntryPoint();
  const headers = { authorization: `Bearer ${await token()}` };
  const event = httpApiEvent({ path: '/v3/discovery:routes', body: Buffer.from(FULL), headers });
  expect((await handler(event)).statusCode).toBe(200);
});

test('nothing of a token, a body or a path is ever logged', async () => {
  const { poll, logged, token } = openDiscoveryEntryPoint();
  const bearer = await token();
  await poll('routes', '{"secret-in-the-body', bearer);
  await poll('secret-in-the-path', {}, bearer);
  await poll('clusters', {}, `${bearer}x`);
  expect(logged).toHaveLength(3);
  expect(JSON.stringify(logged)).not.toMatch(/secret|eyJ/);
});

describe('a poll of a proxy that is known', () => {
  test('and has everything is answered without a wait', async () => {
    const { poll, store, handler, token } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    const bearer = await token();
    const version = versionIn(await poll('routes', routesAt('x'), bearer));
    const headers = { authorization: `Bearer ${bearer}` };
    const body = JSON.stringify(routesAt(version));
    let status = 0;
    const answered = handler(httpApiEvent({ path: '/v3/discovery:routes', headers, body })).then((result) => {
      status = result.statusCode;
    });
    // One turn for the handler's promise, and one for what follows it.
    for (let turn = 0; turn < 2; turn++) await Promise.resolve();
    expect(status).toBe(304);
    await answered;
  });

  test('with a version of another environment is answered by a read that begins after it', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    const first = await poll('routes', routesAt('x'));
    expect((await poll('routes', routesAt(versionIn(first)))).statusCode).toBe(304);
    store.set(releaseOf(), releaseOf({ service: 'pay' }));
    // Within the second in which the canaries are not read again: what we sent ourselves is as new as they are.
    expect((await poll('routes', routesAt(versionIn(first)))).statusCode).toBe(304);
    const other = await poll('routes', routesAt('0123456789abcdef'));
    expect(hostsIn(other.body)).toEqual(['shop/cart/8080', 'shop/pay/8080', 'any']);
  });

  test('is noted before it is answered, its first one as well', async () => {
    const { poll, store, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf({ version: 7, awaiting: awaitingFor(7, clock.now) }));
    // The first poll of all finds no canaries that were read before.
    await poll('listeners');
    let isWritten = false;
    store.trouble = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      isWritten = true;
    };
    await poll('routes');
    expect(isWritten).toBe(true);
    const [report] = store.reports.values();
    expect(Object.values(report?.names ?? {})).toEqual(['shop/web-1']);
  });

  test('for Envoy clusters, and no other, says with which refresh the proxy was born', async () => {
    const { handler, store, token } = openDiscoveryEntryPoint();
    const headers = { authorization: `Bearer ${await token()}`, 'x-outrigger-refresh': REFRESH_DEFAULT };
    for (const [kind, paces] of [
      ['listeners', 0],
      ['clusters', 1],
    ] as const) {
      const result = await handler(httpApiEvent({ path: `/v3/discovery:${kind}`, headers, body: '{}' }));
      expect([result.statusCode, store.paces.length]).toEqual([200, paces]);
    }
  });
});

test('a cluster whose record has no keys is known by those that its issuer publishes', async () => {
  const { jwks, ...record } = RECORD;
  const fetchJson = async (url: string): Promise<unknown> =>
    url.endsWith('/openid-configuration') ? { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` } : jwks;
  const { poll } = openDiscoveryEntryPoint({ records: new Map([['local', record]]), fetchJson });
  expect((await poll('listeners')).statusCode).toBe(200);
});
