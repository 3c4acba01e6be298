import { describe, expect, test } from 'vitest';
import { openDiscoveryEntryPoint, RECORD, routesAt, versionIn } from '../support/discovery-entry-point.ts';
import { releaseOf } from '../support/releases.ts';

const REST = releaseOf({ atRest: true });
/** Begun an hour before the time of an entry point. */
const HELD = releaseOf({
  weight: 10,
  awaiting: { resourceVersion: '1', since: '2026-11-22T11:00:00.000Z', until: '2026-11-22T11:01:00.000Z' },
});
/** What is said for a pause of so many seconds: a tenth longer or shorter. */
const about = (seconds: number) => (text: string | undefined) =>
  Math.abs(Number(text) - seconds) <= seconds / 10 + 0.001;
const NONE = (text: string | undefined) => text === '0';

/** Polls for routes until it gets no more: the answer to the version that is current. */
async function quiet(entryPoint: ReturnType<typeof openDiscoveryEntryPoint>, kind = 'routes') {
  const first = await entryPoint.pacedPoll(kind, kind === 'routes' ? routesAt('0123456789abcdef') : {});
  expect(first).toMatchObject({ statusCode: 200, headers: { 'x-outrigger-next': '0' } });
  const body = kind === 'routes' ? routesAt(versionIn(first)) : { version_info: versionIn(first) };
  const second = await entryPoint.pacedPoll(kind, body);
  expect(second.statusCode).toBe(304);
  return second.headers['x-outrigger-next'];
}

describe('when a sidecar that follows a pace is to ask again', () => {
  test.each<[string, (at: number) => readonly ReturnType<typeof releaseOf>[], (text: string | undefined) => boolean]>([
    ['no canary', () => [], about(60)],
    ['at rest', () => [REST], about(60)],
    ['a release that waits for people', () => [REST, HELD], about(5)],
    [
      'a release that moves',
      (at) => [
        REST,
        releaseOf({
          weight: 10,
          service: 'b',
          awaiting: { resourceVersion: '1', since: new Date(at).toISOString(), until: new Date(at + 1).toISOString() },
        }),
      ],
      NONE,
    ],
    ['a release that it does not see', () => [{ ...HELD, spec: { ...HELD.spec, exportTo: ['else'] } }], about(60)],
  ])('%s', async (_what, canaries, fits) => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.store.set(...canaries(entryPoint.clock.now));
    const next = await quiet(entryPoint);
    expect(next).toSatisfy(fits);
  });

  test('those without canaries ask for Envoy clusters, and are told alike', async () => {
    expect(await quiet(openDiscoveryEntryPoint(), 'clusters')).toSatisfy(about(60));
  });

  test('the record says how long rest is, and holding is never longer', async () => {
    const records = new Map([['local', { ...RECORD, discovery: { ...RECORD.discovery, idle: '3s' } }]]);
    const entryPoint = openDiscoveryEntryPoint({ records });
    entryPoint.store.set(HELD);
    expect(await quiet(entryPoint)).toSatisfy(about(3));
    entryPoint.store.set(REST);
    entryPoint.clock.now += 1_000;
    expect(await quiet(entryPoint)).toSatisfy(about(3));
  });

  test('a fleet does not ask in step', async () => {
    const entryPoint = openDiscoveryEntryPoint();
    const pauses = new Set<unknown>();
    for (let i = 0; i < 5; i++) pauses.add(await quiet(entryPoint));
    expect(pauses.size).toBeGreaterThan(1);
  });

  test('a first answer says nothing of the time after it', async () => {
    const first = await openDiscoveryEntryPoint().pacedPoll('routes');
    expect(first).toMatchObject({ statusCode: 200, headers: { 'x-outrigger-next': '0' } });
  });

  test('a state that cannot be confirmed any more makes no proxy quiet', async () => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.store.set(REST);
    const version = versionIn(await entryPoint.pacedPoll('routes', routesAt('0123456789abcdef')));
    entryPoint.store.trouble = async () => Promise.reject(new Error('down'));
    entryPoint.clock.now += 600_000;
    const aged = await entryPoint.pacedPoll('routes', routesAt(version), await entryPoint.token());
    expect(aged).toMatchObject({ statusCode: 304, headers: { 'x-outrigger-next': '0' } });
  });

  test('what cannot be read may be a release, and tells of no Envoy clusters that are not answered', async () => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.store.set(REST, releaseOf({ service: 'broken' }));
    entryPoint.store.spoil('shop/broken');
    const version = versionIn(await entryPoint.pacedPoll('routes', routesAt('0123456789abcdef')));
    const { headers } = await entryPoint.pacedPoll('routes', routesAt(version));
    expect(headers['x-outrigger-next']).toSatisfy(about(5));
    expect(headers['x-outrigger-versions']).toBe(`r=${version}`);
    expect((await entryPoint.pacedPoll('clusters')).statusCode).toBe(503);
  });
});

describe('which listeners and Envoy clusters are current', () => {
  test('stands in every answer, and they are what these polls get', async () => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.store.set(HELD);
    const routes = await entryPoint.pacedPoll('routes', routesAt('0123456789abcdef'));
    const [listeners, clusters] = [await entryPoint.pacedPoll('listeners'), await entryPoint.pacedPoll('clusters')];
    const told = `l=${versionIn(listeners)};c=${versionIn(clusters)}`;
    expect([routes, listeners, clusters].map(({ headers }) => headers['x-outrigger-versions'])).toEqual(
      Array(3).fill(told),
    );
  });
});

describe('a sidecar without a pace beside it', () => {
  test('is told of none, and keeps its listeners, which ask the control plane', async () => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.store.set(HELD);
    const [direct, paced] = [await entryPoint.poll('listeners'), await entryPoint.pacedPoll('listeners')];
    expect(direct.headers).not.toHaveProperty('x-outrigger-next');
    expect(direct.headers['x-outrigger-versions']).toBe(`l=${versionIn(direct)}`);
    expect(direct.body).toContain('"cluster_names":["xds.example.com"]');
    expect(paced.body).toContain('"cluster_names":["loop"],"refresh_delay":"1.8s","request_timeout":"6s"');
    expect([direct, paced].map(({ body }) => body.includes('grpc_stats'))).toEqual([false, true]);
    for (const kind of ['clusters', 'routes']) {
      const asked = kind === 'routes' ? routesAt('0123456789abcdef') : {};
      expect((await entryPoint.poll(kind, asked)).body).toBe((await entryPoint.pacedPoll(kind, asked)).body);
    }
  });
});
