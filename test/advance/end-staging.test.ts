import { beforeEach, describe, expect, test } from 'vitest';
import { endStagings, loopStaging, type StagingTools } from '../../functions/advance/end-staging.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { servedTarget } from '../../functions/canary/targets.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { createCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createLog } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { openDiscovery } from '../../functions/traffic/open-discovery.ts';
import { mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { specOf } from '../support/canaries.ts';
import { ISSUER, ISSUER_KEYS, RECORD, routesAt, versionIn } from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { recordOf } from '../support/values.ts';

const START = Date.parse('2026-11-22T12:00:00.000Z');
const TIMES = releaseTimes(undefined);
const ASKED_MS = TIMES.askedMs ?? Number.NaN;
const KEY = { cluster: 'local', namespace: 'shop', name: 'cart' };
const signal = (): AbortSignal => AbortSignal.timeout(10_000);

let now: number;
let store: ReturnType<typeof createMemoryStore>;
let lines: Record<string, unknown>[];
let tools: StagingTools;
/** Function environments of their own, on the same rows. */
let environments: readonly ReturnType<typeof openDiscovery>['handler'][];

const log = createLog(
  (line) => lines.push(recordOf(JSON.parse(line))),
  () => now,
);
const environment = () =>
  openDiscovery({
    fleet: 'default',
    readRecords: async () => new Map<string, unknown>([['local', RECORD]]),
    recordsTtlMs: 3_600_000,
    serveStale: true,
    store,
    log: createLog(
      () => {},
      () => now,
    ),
    now: () => now,
  }).handler;

beforeEach(async () => {
  now = START;
  lines = [];
  store = createMemoryStore(() => now);
  environments = [environment(), environment()];
  tools = { canaries: store, steps: store, log, now: () => now };
});

const manifest = (port: number, exportTo: readonly string[] = ['*']) => ({
  metadata: { labels: {}, annotations: {} },
  spec: specOf({ service: { name: 'cart', port }, exportTo }),
});
const moment = () => ({ now, times: TIMES });
const get = async (): Promise<Canary> => (await store.getCanary(KEY, signal())) ?? expect.fail('it is gone');
async function create(exportTo?: readonly string[], name = 'cart'): Promise<void> {
  const { spec, metadata } = manifest(8080, exportTo);
  const named = { metadata, spec: { ...spec, service: { name, port: 8080 } } };
  const made = createCanary(named, { namespace: 'shop', name, uid: 'u' }, moment());
  const canary = atVersion(made, (await store.readHead('local', signal())) + 1);
  await store.create('local', canary, { audit: auditOf(canary) }, signal());
}
const look = async (): Promise<number> => (await endStagings(tools, [KEY], signal())).length;

/** A proxy that polls as Envoy does, of an environment: what it holds is what it was answered. */
function proxy(pod: string, namespace = 'shop') {
  const held = new Map<string, string>();
  const poll = async (kind: 'clusters' | 'listeners' | 'routes', where = 0): Promise<number> => {
    const bearer = await mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
      ...{ namespace, serviceAccount: 'default', pod: { name: pod, uid: pod } },
      ...{ audience: 'outrigger/default', issuer: ISSUER, duration: 3_600, now },
    });
    const version = held.get(kind) ?? '';
    const result = await environments[where]?.(
      httpApiEvent({
        path: `/v3/discovery:${kind}`,
        headers: { 'x-outrigger-pace': '1', authorization: `Bearer ${bearer}` },
        body: JSON.stringify(kind === 'routes' ? routesAt(version) : { version_info: version }),
      }),
    );
    if (result?.statusCode === 200) held.set(kind, versionIn(result));
    return result?.statusCode ?? 0;
  };
  return { poll, held };
}
/** Time in which nobody polls, past what is kept of the store's head. */
const pass = (ms: number): void => {
  now += ms;
};

describe('staging ends', () => {
  test('once every proxy has had the time to ask, and all that did hold the Envoy clusters', async () => {
    const [one, other] = [proxy('one'), proxy('other')];
    for (const each of [one, other]) await each.poll('clusters');
    pass(5_000);
    await create();
    pass(ASKED_MS);
    for (const each of [one, other]) expect(await each.poll('clusters')).toBe(200);
    pass(3_000);
    expect(await one.poll('clusters')).toBe(304);
    expect(await look()).toBe(1);
    pass(3_000);
    expect(await other.poll('clusters')).toBe(304);
    expect(servedTarget(await get(), now)).toBeUndefined();
    expect(await look()).toBe(0);
    const canary = await get();
    expect(servedTarget(canary, now)?.revision).toBe(1);
    expect(canary.status).toMatchObject({ phase: 'Initialized', lastTransitionTime: new Date(now).toISOString() });
    expect(canary.status.targets[0]).not.toHaveProperty('learning');
    expect(canary.status.targets[0]?.fallbackFrom).toBe(new Date(now).toISOString());
    expect(canary.status.awaiting).toMatchObject({ resourceVersion: '1', since: new Date(now).toISOString() });
    expect(lines).toMatchObject([
      { message: 'staging ended', name: 'cart', earlierMs: TIMES.stageMs - ASKED_MS - 6_000 },
    ]);
    pass(1_001);
    expect(await one.poll('routes')).toBe(200);
    expect(await one.poll('routes')).toBe(200);
  });

  test('not before each that lives has asked, though all that have do', async () => {
    const one = proxy('one');
    await one.poll('clusters');
    await create();
    pass(1_001);
    for (const _ of [1, 2]) await one.poll('clusters');
    while (now < START + ASKED_MS) {
      expect(await look()).toBe(1);
      pass(4_000);
      await one.poll('clusters');
    }
    expect(await look()).toBe(0);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])('whichever environment a proxy asked: %i, then %i', async (first, second) => {
    const one = proxy('one');
    await one.poll('clusters');
    await create();
    pass(ASKED_MS);
    await one.poll('clusters', first);
    pass(3_000);
    await one.poll('clusters', second);
    await one.poll('routes', first);
    await one.poll('routes', first);
    expect(await look()).toBe(0);
  });

  test('not on the word of an environment that may have heard more since; without one that gets no polls any more', async () => {
    const one = proxy('one');
    await one.poll('clusters');
    await create();
    pass(ASKED_MS - 10_000);
    for (const where of [0, 0, 1]) await one.poll('clusters', where);
    pass(10_000);
    await one.poll('clusters', 0);
    const reports = await store.readProxyReports('local', signal());
    expect(reports.map(({ writtenAt }) => writtenAt - START).toSorted()).toEqual([ASKED_MS - 10_000, ASKED_MS]);
    expect(await look()).toBe(1);
    pass(9_999);
    expect(await look()).toBe(1);
    pass(1);
    expect(await look()).toBe(0);
  });

  test('without those that are gone, and without those of namespaces that do not see it', async () => {
    const [one, gone, foreign] = [proxy('one'), proxy('gone'), proxy('foreign', 'bank')];
    for (const each of [one, gone, foreign]) await each.poll('clusters');
    await create(['.']);
    // Foreign proxies learn another one.
    await create(['*'], 'web');
    pass(ASKED_MS - 31_000);
    await gone.poll('clusters');
    pass(31_001);
    for (const each of [one, foreign]) await each.poll('clusters');
    pass(3_000);
    await one.poll('clusters');
    expect(await look()).toBe(0);
  });

  test('with proxies that are born meanwhile: they get everything', async () => {
    await create();
    pass(ASKED_MS);
    const [born, other] = [proxy('born'), proxy('other')];
    await born.poll('clusters');
    pass(3_000);
    await other.poll('routes');
    pass(3_000);
    await born.poll('clusters');
    expect(await look()).toBe(0);
  });

  test('of a changed Service as of a new one, and the former target keeps its time', async () => {
    await create();
    pass(200_000);
    const one = proxy('one');
    for (const kind of ['clusters', 'routes', 'routes'] as const) await one.poll(kind);
    const before = await get();
    const changed = replaceCanary(before, manifest(8081), moment());
    if (!changed.allowed) throw new Error('it may be changed');
    const { canary } = changed;
    await store.update('local', before.metadata.resourceVersion, canary, { audit: auditOf(canary) }, signal());
    const staged = now;
    pass(ASKED_MS);
    for (const _ of [1, 2]) {
      await one.poll('clusters');
      pass(3_000);
    }
    await one.poll('routes');
    expect(await look()).toBe(0);
    const { status } = await get();
    expect(servedTarget(await get(), now)?.revision).toBe(2);
    expect(status.targets[0]?.keepUntil).toBe(new Date(staged + 2 * TIMES.stageMs).toISOString());
  });
});

describe('staging takes its whole time', () => {
  test('where a proxy claims to hold what it does not, or another one, it alone is believed to', async () => {
    const [one, liar] = [proxy('one'), proxy('liar', 'bank')];
    for (const each of [one, liar]) await each.poll('clusters');
    await create();
    pass(ASKED_MS);
    await one.poll('clusters');
    await liar.poll('clusters');
    liar.held.set('clusters', one.held.get('clusters') ?? '');
    pass(3_000);
    await one.poll('listeners');
    pass(3_000);
    await liar.poll('clusters');
    // The first one has been sent them, and has not said that it holds them.
    expect(await look()).toBe(1);
  });

  test('where no proxy is heard, or its reports are of an older version', async () => {
    await create();
    pass(ASKED_MS + 1_000);
    expect(await look()).toBe(1);
    const report = { writtenAt: now, versions: [], proxies: {}, names: {}, sampling: 1 };
    await store.writeProxyReport('local', 'old', report, signal());
    expect(await look()).toBe(1);
    pass(TIMES.stageMs);
    expect(await look()).toBe(0);
    expect(lines).toEqual([]);
  });

  test('where the store fails, which is said in the log', async () => {
    await create();
    pass(ASKED_MS);
    const fails = async (): Promise<never> => {
      throw new CanaryStoreError('down');
    };
    const broken = { ...tools, steps: { readProxyReports: fails } };
    expect(await endStagings(broken, [KEY], signal())).toEqual([KEY]);
    expect(lines).toMatchObject([{ message: 'staging not ended', error: 'CanaryStoreError' }]);
  });

  test('where another writer comes between: that one decides', async () => {
    const one = proxy('one');
    await create();
    pass(ASKED_MS);
    for (const _ of [1, 2]) {
      await one.poll('clusters');
      pass(3_000);
    }
    await one.poll('clusters');
    const before = await get();
    const rival = { ...before, metadata: { ...before.metadata, labels: { a: 'b' }, resourceVersion: '2' } };
    const raced: StagingTools = {
      ...tools,
      canaries: {
        ...store,
        readHead: async (cluster, within) => {
          await store.update('local', '1', rival, { audit: auditOf(rival) }, signal());
          return await store.readHead(cluster, within);
        },
      },
    };
    expect(await endStagings(raced, [KEY], signal())).toEqual([KEY]);
    expect(await get()).toEqual(rival);
  });
});

test('it is looked for every five seconds, until it is over', async () => {
  await create();
  const looks: number[] = [];
  const canaries = {
    ...store,
    getCanary: async (...call: Parameters<typeof store.getCanary>) => {
      looks.push((now - START) / 1_000);
      return await store.getCanary(...call);
    },
  };
  const pause = async (ms: number): Promise<void> => pass(ms);
  await loopStaging({ ...tools, canaries, pause }, [KEY], START);
  expect(looks).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80]);
  await loopStaging({ ...tools, canaries, pause }, [], START);
  expect(looks).toHaveLength(17);
});
