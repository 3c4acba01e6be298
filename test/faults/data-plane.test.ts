import { describe, expect, test } from 'vitest';
import { releaseTimes } from '../../functions/canary/times.ts';
import { replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { FIRST_ROUTES } from '../../functions/traffic/answers.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { generateIssuerKeys } from '../../infra/local/server/service-account-token.ts';
import {
  ISSUER,
  ISSUER_KEYS,
  openDiscoveryEntryPoint,
  RECORD,
  routesAt,
  versionIn,
} from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';
import { at, namesOf } from '../support/values.ts';

// Section 6 of the fault catalogue, at the entry point that proxies ask; the numbers in the titles are the catalogue's.

const down = async (): Promise<void> => Promise.reject(new Error('down'));
/** Hangs until the reader gives up, and beyond. */
const hang = async (): Promise<void> => await new Promise(() => {});
const hostsIn = (body: string): unknown[] => namesOf(at(JSON.parse(body), 'resources', 0, 'virtual_hosts'));
const kinds = ['listeners', 'clusters', 'routes'] as const;
const bodyFor = (kind: string, version: string): object =>
  kind === 'routes' ? routesAt(version) : { version_info: version };

describe.each([
  ['down', down],
  ['hanging', hang],
])('the store is %s while proxies poll (91)', (_title, trouble) => {
  test('warm: who runs the last answers hears 304, without limit; who runs others keeps them; newborns wait', async () => {
    const { poll, store, clock, token } = openDiscoveryEntryPoint();
    store.set(releaseOf({ weight: 30 }));
    const before = await Promise.all(kinds.map((kind) => poll(kind, bodyFor(kind, 'old'))));
    store.trouble = trouble;
    store.set();
    for (const age of [2_000, 60_000, 24 * 3_600_000]) {
      clock.now += age;
      const fresh = await token();
      for (const [i, kind] of kinds.entries()) {
        expect((await poll(kind, bodyFor(kind, 'old'), fresh)).statusCode).toBe(503);
        const version = versionIn(before[i] ?? { statusCode: 0, headers: {}, body: '{}' });
        expect((await poll(kind, bodyFor(kind, version), fresh)).statusCode).toBe(304);
        if (kind !== 'routes') expect((await poll(kind, {}, fresh)).statusCode).toBe(503);
      }
      expect(hostsIn((await poll('routes', undefined, fresh)).body)).toEqual(['any']);
    }
    store.trouble = undefined;
    clock.now += 1_001;
    expect(at(JSON.parse((await poll('clusters', {}, await token())).body), 'resources')).toEqual([]);
  }, 60_000);

  test('cold: 503 for everything but the first routes, which need no store; then the next read mends it', async () => {
    const { poll, store, clock, logged } = openDiscoveryEntryPoint();
    store.trouble = trouble;
    store.set(releaseOf());
    for (const kind of kinds) expect((await poll(kind, bodyFor(kind, 'old'))).statusCode).toBe(503);
    expect(hostsIn((await poll('routes')).body)).toEqual(['any']);
    expect((await poll('routes', {}, 'a.b.c')).statusCode).toBe(401);
    expect(logged.map((line) => line['message'])).toContain('store unreadable');
    store.trouble = undefined;
    clock.now += 1_001;
    expect(hostsIn((await poll('routes', routesAt('old'))).body)).toEqual(['shop/cart/8080', 'any']);
  }, 60_000);
});

describe('two environments, one of them thawed ten minutes after an abort (91)', () => {
  const LATER_MS = 600_000;
  const slow = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 700));
  /** Both have served 50/50, and one the abort since: to a proxy that now meets the other one, whose reads are in trouble. */
  const thaw = async (trouble: () => Promise<void>) => {
    const seeing = openDiscoveryEntryPoint();
    const thawed = openDiscoveryEntryPoint();
    for (const { store } of [seeing, thawed]) store.set(releaseOf({ weight: 0 }));
    for (const { poll } of [seeing, thawed]) await poll('routes', routesAt('old'));
    for (const { store, clock } of [seeing, thawed]) {
      store.set(releaseOf({ version: 2, weight: 50 }));
      clock.now += 1_001;
    }
    const half = versionIn(await seeing.poll('routes', routesAt('old')));
    expect(versionIn(await thawed.poll('routes', routesAt('old')))).toBe(half);
    const failed = releaseOf({ version: 3, weight: 0 });
    const aborted = { ...failed, status: { ...failed.status, phase: 'Failed' as const } };
    for (const { store, clock } of [seeing, thawed]) {
      store.set(aborted);
      clock.now += LATER_MS;
    }
    const now = versionIn(await seeing.poll('routes', routesAt(half)));
    expect(now).not.toBe(half);
    thawed.store.trouble = trouble;
    return { thawed, half, now };
  };

  test.each([
    ['slow', slow, 304],
    ['down', down, 503],
    ['hanging', hang, 503],
  ])('reads %s: the proxy that follows the abort is not moved back', async (_title, trouble, status) => {
    const { thawed, half, now } = await thaw(trouble);
    expect((await thawed.poll('routes', routesAt(now))).statusCode).toBe(status);
    // Nor is one that the environment knows, and a Pod that was born meanwhile.
    const others = await Promise.all(
      [routesAt('other'), routesAt(FIRST_ROUTES.version)].map((p) => thawed.poll('routes', p)),
    );
    for (const { statusCode, body } of others) {
      if (status === 304) expect(body).toContain(now);
      else expect(statusCode).toBe(503);
    }
    if (status === 503) expect((await thawed.poll('routes', routesAt(half))).statusCode).toBe(304);
    thawed.store.trouble = undefined;
    thawed.clock.now += 1_001;
    expect(versionIn(await thawed.poll('routes', routesAt(half)))).toBe(now);
  });

  test.each([
    ['slow', slow, 200],
    ['down', down, 503],
    ['hanging', hang, 503],
  ])('reads %s: what a newborn is told first is not of before the thaw', async (_title, trouble, status) => {
    const { thawed } = await thaw(async () => {});
    const { store, clock, poll } = thawed;
    await poll('clusters');
    // The canary is gone, and its tombstone too, while the environment stands still.
    store.set(releaseOf({ service: 'other' }));
    store.trouble = trouble;
    clock.now += LATER_MS;
    for (const kind of ['listeners', 'clusters']) {
      const { statusCode, body } = await poll(kind, {}, await thawed.token());
      expect(statusCode).toBe(status);
      if (kind !== 'clusters' || status !== 200) continue;
      const names = String(namesOf(at(JSON.parse(body), 'resources')));
      expect([names.includes('shop/cart/'), names.includes('shop/other/')]).toEqual([false, true]);
    }
    // Routes need no store at birth.
    expect(hostsIn((await poll('routes', undefined, await thawed.token())).body)).toEqual(['any']);
  });

  test('a state of half a second takes no version away that another environment sent since', async () => {
    const { thawed, half, now } = await thaw(async () => {});
    const { store, clock, poll } = thawed;
    // Read 50/50 at this very moment; the abort is written, and seen elsewhere, right after.
    store.set(releaseOf({ version: 4, weight: 50 }));
    clock.now += 1_001;
    expect((await poll('routes', routesAt(half))).statusCode).toBe(304);
    const failed = releaseOf({ version: 5, weight: 10 });
    store.set(failed);
    const elsewhere = openDiscoveryEntryPoint();
    elsewhere.store.set(failed);
    const newest = versionIn(await elsewhere.poll('routes', routesAt(half)));
    clock.now += 500;
    expect((await poll('routes', routesAt(newest))).statusCode).toBe(304);
    expect(now).not.toBe(newest);
  });

  test('a read that was under way when the poll came does not count', async () => {
    const { thawed, now } = await thaw(async () => {});
    const { store, clock, poll } = thawed;
    const begun = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const { readHead, listCanaries } = store;
    const old = await listCanaries('local', AbortSignal.timeout(1_000));
    // The answer to a read from before the write, which comes after the poll.
    store.readHead = async (...args) => {
      const head = await readHead(...args);
      begun.resolve();
      await answered.promise;
      return head;
    };
    store.listCanaries = async () => old;
    const first = poll('clusters');
    await begun.promise;
    Object.assign(store, { readHead, listCanaries });
    store.set(releaseOf({ version: 6, weight: 60 }));
    const elsewhere = openDiscoveryEntryPoint();
    elsewhere.store.set(releaseOf({ version: 6, weight: 60 }));
    const newest = versionIn(await elsewhere.poll('routes', routesAt(now)));
    const second = poll('routes', routesAt(newest));
    clock.now += 100;
    answered.resolve();
    await first;
    expect((await second).statusCode).toBe(304);
  });
});

test('cluster records that never could be read: nobody is known, so 503, and nothing is given away', async () => {
  const records = new Map<string, unknown>();
  const { poll, handler } = openDiscoveryEntryPoint({ records });
  expect((await poll('clusters')).statusCode).toBe(401);
  records.set('local', RECORD);
  expect((await handler({})).statusCode).toBe(400);
});

describe('a storm of polls (92)', () => {
  test('1,000 at once by as many proxies: one read of the head, one of the canaries, one rendering', async () => {
    const { poll, store, token } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => token({ pod: { name: `p${i}`, uid: `${i}` } })),
    );
    const results = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => poll('routes', routesAt('x'), tokens[i % tokens.length])),
    );
    expect(new Set(results.map((result) => result.body)).size).toBe(1);
    expect(store.reads).toEqual({ head: 1, list: 1 });
  });

  test('over ten seconds: the head once a second, the canaries only when it moved', async () => {
    const { poll, store, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 50; i++) await poll('clusters');
      clock.now += 1_000;
    }
    expect(store.reads).toEqual({ head: 10, list: 1 });
    store.set(releaseOf({ weight: 5 }));
    await poll('clusters');
    expect(store.reads).toEqual({ head: 11, list: 2 });
  });
});

describe('malformed and refused polls (93)', () => {
  test('a refusal is seen: the proxy asks with its old version again, is named, and no step is confirmed', async () => {
    const { poll, store, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf({ version: 1 }));
    const old = versionIn(await poll('routes', routesAt('x')));
    const awaited = releaseOf({ version: 2, weight: 10, awaiting: awaitingFor(2, clock.now) });
    await poll('routes', routesAt(old));
    store.set(awaited);
    for (let i = 0; i < 4; i++) {
      clock.now += 3_000;
      expect((await poll('routes', routesAt(old))).statusCode).toBe(200);
    }
    const [report] = [...store.reports.values()];
    expect(describeProxies(report === undefined ? [] : [report], awaited, clock.now)).toMatchObject({
      seen: 1,
      rejected: 1,
      names: { rejected: ['shop/web-1'] },
      confirmed: false,
    });
  });

  test('a staged change is followed by nobody before its routes are served, and then by those alone who run them', async () => {
    const { poll, store, clock, token } = openDiscoveryEntryPoint();
    const stays = await token({ pod: { name: 'stays', uid: 's' } });
    const before = releaseOf();
    store.set(before);
    const old = versionIn(await poll('routes', routesAt('x')));
    const manifest = { metadata: { labels: {}, annotations: {} }, spec: { ...before.spec, exportTo: ['.'] } };
    const change = replaceCanary(before, manifest, { now: clock.now, times: releaseTimes(undefined) });
    const staged = change.allowed ? change.canary : before;
    store.set(staged);
    const seen = (): object => describeProxies([...store.reports.values()], staged, clock.now);
    for (; clock.now < Date.parse(staged.status.targets[1]?.routesFrom ?? ''); clock.now += 10_000) {
      expect((await poll('routes', routesAt(old))).statusCode).toBe(304);
      expect((await poll('routes', routesAt(old), stays)).statusCode).toBe(304);
      expect(seen()).toMatchObject({ converged: 0, confirmed: false });
    }
    const moved = versionIn(await poll('routes', routesAt(old)));
    for (let i = 0; i < 4; i++) {
      clock.now += 5_000;
      await poll('routes', routesAt(moved));
      await poll('routes', routesAt(old), stays);
    }
    expect(seen()).toMatchObject({ seen: 2, converged: 1, names: { rejected: ['shop/stays'] }, confirmed: false });
  });

  test('nothing is written while nobody waits, and no more often than every 3 s while somebody does', async () => {
    const { poll, store, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    await poll('routes', routesAt('x'));
    expect(store.reports.size).toBe(0);
    let writes = 0;
    const { writeProxyReport } = store;
    store.writeProxyReport = async (...args) => {
      writes++;
      await writeProxyReport(...args);
    };
    store.set(releaseOf({ version: 2, awaiting: awaitingFor(2, clock.now) }));
    for (let i = 0; i < 100; i++) {
      clock.now += 100;
      await poll('routes', routesAt('x'));
    }
    expect(writes).toBeLessThanOrEqual(4);
    expect(writes).toBeGreaterThanOrEqual(3);
    clock.now += 60_000;
    await poll('routes', routesAt('x'));
    expect(writes).toBeLessThanOrEqual(4);
  });

  test('the longest refresh that proxies say is noted at once, then every ten minutes; what the record never had is not', async () => {
    const discovery = { ...RECORD.discovery, refresh: '2s', refreshes: ['30s', '10m'] };
    const records = new Map([['local', { ...RECORD, discovery }]]);
    const { handler, store, clock, token } = openDiscoveryEntryPoint({ records });
    store.set(releaseOf());
    const authorization = `Bearer ${await token({ duration: 86_400 })}`;
    const poll = async (said: string): Promise<void> => {
      const headers = { authorization, 'x-outrigger-refresh': said };
      const { statusCode } = await handler(httpApiEvent({ path: '/v3/discovery:clusters', headers, body: '{}' }));
      expect(statusCode).toBe(200);
    };
    const heard = (): readonly number[] => store.paces.map(({ refreshMs }) => refreshMs);
    for (const said of ['', '30', '1e9s', '-5s', 'Infinity s', '9'.repeat(7_000)]) await poll(said);
    expect(heard()).toEqual([]);
    for (const said of ['2s', '2s', '30s', '2s', '1.5s']) await poll(said);
    expect(heard()).toEqual([2_000, 30_000]);
    clock.now += 601_000;
    await poll('2s');
    expect(heard()).toEqual([2_000, 30_000, 2_000]);
    // A Pod that the record did not make holds no release up.
    for (const said of ['86400s', '599s', '31s', '29.999s']) await poll(said);
    expect(heard()).toEqual([2_000, 30_000, 2_000]);
    await poll('600s');
    expect(heard().at(-1)).toBe(600_000);
    store.trouble = down;
    await poll('2s');
  });

  test('110 tokens of a foreign namespace with versions of 4 KB: the report is small, and holds nobody back (13)', async () => {
    const { poll, store, clock, token } = openDiscoveryEntryPoint();
    const awaited = releaseOf({ version: 2, weight: 10, awaiting: awaitingFor(2, clock.now) });
    store.set(awaited);
    const own = versionIn(await poll('routes', routesAt('x')));
    for (let i = 0; i < 110; i++) {
      const evil = await token({ namespace: 'evil', pod: { name: `p${i}`, uid: `${i}` } });
      await poll('routes', routesAt(`€`.repeat(1_300) + i), evil);
    }
    clock.now += 10_000;
    await poll('routes', routesAt(own));
    const [report] = [...store.reports.values()];
    expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(6_000);
    const told = describeProxies(report === undefined ? [] : [report], awaited, clock.now);
    expect(told).toMatchObject({ seen: 111, lagging: 110, counted: { seen: 1, converged: 1 }, confirmed: true });
  });

  test('a Pod whose token is refused lags, by name, though it ran the new routes; strangers are only counted (4)', async () => {
    const { poll, store, clock, token, handler } = openDiscoveryEntryPoint();
    const short = await token({ pod: { name: 'late', uid: 'l' }, duration: 600 });
    const good = await token({ duration: 86_400 });
    store.set(releaseOf());
    const old = versionIn(await poll('routes', routesAt('x'), good));
    await poll('routes', routesAt(old), short);
    clock.now += 700_000;
    const awaited = releaseOf({ version: 2, weight: 10, awaiting: awaitingFor(2, clock.now) });
    store.set(awaited);
    clock.now += 1_001;
    const current = versionIn(await poll('routes', routesAt(old), good));
    const fake = await token({ pod: { name: 'never-seen', uid: 'n' }, duration: -9_000 });
    for (let i = 0; i < 10; i++) {
      clock.now += 1_500;
      for (const refused of [short, fake, `${good}x`]) {
        expect((await poll('routes', routesAt(current), refused)).statusCode).toBe(401);
      }
      await handler(httpApiEvent({ path: '/v3/discovery:routes', body: '{}' }));
      await poll('routes', routesAt(current), good);
    }
    const told = describeProxies([...store.reports.values()], awaited, clock.now);
    expect(told).toMatchObject({ seen: 2, converged: 1, lagging: 1, refused: 1, rejected: 0, confirmed: false });
    expect(told.names).toEqual({ lagging: ['shop/late'], rejected: [] });
    expect(told.refusals).toBeGreaterThan(20);
    // It gets a new token; or its time is over.
    const renewed = await token({ pod: { name: 'late', uid: 'l' }, duration: 86_400 });
    await poll('routes', routesAt(current), renewed);
    clock.now += 4_000;
    await poll('routes', routesAt(current), good);
    const after = describeProxies([...store.reports.values()], awaited, clock.now);
    expect(after).toMatchObject({ seen: 2, converged: 2, refused: 0, confirmed: true });
  });

  test('proxy reports that cannot be written cost no proxy its answer', async () => {
    const { poll, store, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf({ awaiting: awaitingFor(1, clock.now) }));
    store.writeProxyReport = down;
    expect((await poll('routes', routesAt('x'))).statusCode).toBe(200);
    store.writeProxyReport = hang;
    clock.now += 4_000;
    expect((await poll('routes', routesAt('x'))).statusCode).toBe(200);
  });
});

describe('one stored canary cannot be read at all (91)', () => {
  test('warm: it is served as before, and the others move on', async () => {
    const { poll, store, logged, clock } = openDiscoveryEntryPoint();
    store.set(releaseOf({ service: 'broken', weight: 40 }), releaseOf());
    const before = await poll('clusters');
    await poll('routes', routesAt('x'));
    store.set(releaseOf({ service: 'broken', weight: 40 }), releaseOf({ weight: 50 }));
    store.spoil('shop/broken');
    clock.now += 1_100;
    expect((await poll('clusters')).body).toBe(before.body);
    const { body } = await poll('routes', routesAt('x'));
    expect(hostsIn(body)).toEqual(['shop/broken/8080', 'shop/cart/8080', 'any']);
    expect(body).toContain('{"name":"shop/broken/8080/r1|canary","weight":40}');
    expect(body).toContain('{"name":"shop/cart/8080/r1|canary","weight":50}');
    const line = { message: 'canary refused', canary: 'shop/broken', why: 'cannot be read (spec)' };
    expect(logged).toContainEqual(expect.objectContaining(line));
  });

  test('cold: the routes of the others are served; listeners and Envoy clusters are not answered', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf({ service: 'broken' }), releaseOf());
    store.spoil('shop/broken');
    for (const kind of ['listeners', 'clusters']) expect((await poll(kind)).statusCode).toBe(503);
    expect(hostsIn((await poll('routes', routesAt('x'))).body)).toEqual(['shop/cart/8080', 'any']);
  });
});

describe('one canary’s data is broken', () => {
  const broken = { ...releaseOf({ service: 'broken', weight: 40 }), spec: releaseOf().spec };
  const unsound = { ...broken, status: { ...broken.status, weights: { stable: 0, canary: 0 } } };

  test('warm: it is served as before, the others move, and the log says why', async () => {
    const { poll, store, clock, logged } = openDiscoveryEntryPoint();
    store.set(broken, releaseOf());
    await poll('routes', routesAt('x'));
    clock.now += 1_001;
    store.set(unsound, releaseOf({ weight: 50 }));
    const { body } = await poll('routes', routesAt('x'));
    expect(hostsIn(body)).toEqual(['shop/broken/8080', 'shop/cart/8080', 'any']);
    expect(body).toContain('{"name":"shop/broken/8080/r1|canary","weight":40}');
    expect(body).toContain('{"name":"shop/cart/8080/r1|canary","weight":50}');
    expect(logged).toContainEqual(expect.objectContaining({ message: 'canary refused', canary: 'shop/broken' }));
  });

  test('cold and wholly unreadable: the others’ routes move; listeners and Envoy clusters are not answered', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set({ ...broken, status: { ...broken.status, targets: [] as never[] } }, releaseOf());
    expect((await poll('clusters')).statusCode).toBe(200);
    const other = openDiscoveryEntryPoint();
    const [target] = broken.status.targets;
    const bad = { ...broken, status: { ...broken.status, targets: [{ ...target, revision: 0 }] } };
    other.store.set(JSON.parse(JSON.stringify(bad)), releaseOf());
    expect((await other.poll('clusters')).statusCode).toBe(503);
    expect((await other.poll('listeners')).statusCode).toBe(503);
    expect(hostsIn((await other.poll('routes', routesAt('x'))).body)).toEqual(['shop/cart/8080', 'any']);
  });
});

test('clocks apart (96): a clock that jumps back neither stops the reading nor serves a future', async () => {
  const { poll, store, clock, token } = openDiscoveryEntryPoint();
  store.set(releaseOf());
  const bearer = await token({ duration: 86_400, now: clock.now - 7_200_000 });
  await poll('clusters', {}, bearer);
  clock.now -= 3_600_000;
  store.set(releaseOf(), releaseOf({ service: 'more' }));
  const { body } = await poll('clusters', {}, bearer);
  expect(at(JSON.parse(body), 'resources')).toHaveLength(20);
});

test('the same canary in two Kubernetes clusters and two namespaces (98): each proxy sees its own', async () => {
  const other = await generateIssuerKeys('key-2');
  const records = new Map<string, unknown>([
    ['local', RECORD],
    ['second', { issuer: 'https://second.test', jwks: { keys: [other.publicJwk] }, discovery: { host: 'x' } }],
  ]);
  const { poll, store, token } = openDiscoveryEntryPoint({ records });
  const { listCanaries } = store;
  store.listCanaries = async (cluster, signal) => {
    const list = await listCanaries(cluster, signal);
    return cluster === 'local' ? list : { ...list, canaries: [releaseOf({ weight: 77 })] };
  };
  store.set(
    releaseOf({ weight: 11, spec: { exportTo: ['.'] } }),
    releaseOf({ namespace: 'bank', weight: 22, spec: { exportTo: ['.'] } }),
  );
  const { mintServiceAccountToken } = await import('../../infra/local/server/service-account-token.ts');
  const second = await mintServiceAccountToken(other.privateJwk, {
    namespace: 'shop',
    serviceAccount: 'default',
    audience: 'outrigger/default',
    issuer: 'https://second.test',
    duration: 600,
    now: Date.parse('2026-11-22T12:00:00.000Z'),
  });
  const weights = async (bearer: string): Promise<string[]> =>
    [...(await poll('routes', routesAt('x'), bearer)).body.matchAll(/\|canary","weight":(\d+)/g)].map(
      ([, weight = '']) => weight,
    );
  expect(await weights(await token())).toEqual(['11']);
  expect(await weights(await token({ namespace: 'bank' }))).toEqual(['22']);
  expect(await weights(second)).toEqual(['77']);
});

describe('a Pod that shows its token elsewhere, or another token here (100)', () => {
  test('no poll changes anything: whatever its body says, canaries and answers stay', async () => {
    const { poll, store } = openDiscoveryEntryPoint();
    store.set(releaseOf());
    const before = await poll('routes', routesAt('x'));
    const hostile = { ...routesAt('x'), resources: [{ weight: 100 }], error_detail: {}, response_nonce: '1' };
    expect((await poll('routes', hostile)).body).toBe(before.body);
  });

  test('nobody reads another namespace’s routes with a good token of his own, or a forged one', async () => {
    const { poll, store, token } = openDiscoveryEntryPoint();
    store.set(releaseOf({ namespace: 'bank', spec: { exportTo: ['.'] } }));
    expect(hostsIn((await poll('routes', routesAt('x'))).body)).toEqual(['any']);
    const [header, , signature] = (await token()).split('.');
    const [, payload] = (await token({ namespace: 'bank' })).split('.');
    expect((await poll('routes', routesAt('x'), `${header}.${payload}.${signature}`)).statusCode).toBe(401);
    expect((await poll('routes', routesAt('x'), await token({ issuer: `${ISSUER}/` }))).statusCode).toBe(401);
    expect(ISSUER_KEYS.publicJwk.kid).toBe('key-1');
  });
});
