import { beforeEach, describe, expect, test } from 'vitest';
import { NoClusterRecordError, TemplateStoreError } from '../../functions/errors.ts';
import { readSnapshot, writeSnapshot } from '../../functions/template-store/cache/bundled-templates.ts';
import { NO_RECORD } from '../../functions/template-store/cache/cached-records.ts';
import {
  createTemplateCache,
  type TemplateCache,
  type TemplateCacheOptions,
} from '../../functions/template-store/cache/template-cache.ts';
import { createMemoryStore, type MemoryStore } from '../../functions/template-store/memory-store.ts';
import type { StoredTemplate, TemplateStore } from '../../functions/template-store/store.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';

const TTL_MS = 30_000;
let now = 0;
let store: MemoryStore;
let problems: StoreProblem[] = [];
let lists: string[] = [];

beforeEach(() => {
  now = 1_000_000;
  store = createMemoryStore();
  store.putClusterRecord('local', {});
  problems = [];
  lists = [];
});

function cacheOf(from: TemplateStore = store, more: Partial<TemplateCacheOptions> = {}): TemplateCache {
  const counted: TemplateStore = {
    listTemplates: (channel, signal) => {
      lists.push(channel);
      return from.listTemplates(channel, signal);
    },
    listClusterRecords: (signal) => from.listClusterRecords(signal),
    listClusters: (signal) => from.listClusters(signal),
    getClusterRecord: (cluster, signal) => from.getClusterRecord(cluster, signal),
  };
  return createTemplateCache(counted, {
    ttlMs: TTL_MS,
    readMs: 1_000,
    serveStale: false,
    now: () => now,
    random: () => 0,
    report: (problem) => problems.push(problem),
    ...more,
  });
}

function template(name: string, image = 'envoy:v1'): unknown {
  const pod = { spec: { containers: [{ name, image }] } };
  return { apiVersion: 'outrigger.dev/v1alpha1', kind: 'SidecarTemplate', metadata: { name }, spec: { pod } };
}

/** `name@version` of all that is served to a Kubernetes cluster. */
async function served(cache: TemplateCache, cluster = 'local'): Promise<readonly string[]> {
  const { templates } = await cache.stateFor(cluster, 100);
  return [...templates].map(([name, t]) => `${name}@${t.version}`);
}

/** A store that holds nothing but empty records, and what is given. */
function storeWith(more: Partial<TemplateStore>): TemplateStore {
  return {
    listTemplates: async () => [],
    listClusterRecords: async () => new Map(),
    listClusters: async () => [],
    getClusterRecord: async () => ({}),
    ...more,
  };
}

const never = (): Promise<never> => new Promise(() => {});
const down = (): Promise<never> => Promise.reject(new TypeError('secret words'));
const broken = (): never => {
  throw new Error('down');
};

describe('a version that is no good', () => {
  test.each<[string, () => void, RegExp]>([
    ['malformed', () => store.putUnreadable('a', 'line 1, column 2: no', 'stable'), /line 1, column 2/],
    ['invalid', () => store.put('a', { kind: 'SidecarTemplate' }, 'stable'), /spec: is missing/],
    ['named otherwise', () => store.put('a', template('b'), 'stable'), /metadata\.name is b/],
  ])('because it is %s never replaces the good one, and is reported once', async (_case, spoil, why) => {
    store.put('a', template('a'), 'stable');
    store.put('other', template('other'), 'stable');
    const cache = cacheOf();
    await served(cache);
    spoil();
    for (let i = 0; i < 5; i++) {
      now += TTL_MS;
      expect(await served(cache)).toEqual(['a@1', 'other@1']);
    }
    expect(problems).toEqual([{ what: 'template refused', name: 'a', why: expect.stringMatching(why) }]);
  });

  test('is reported again in its next version, and replaced by a good one', async () => {
    store.put('a', template('a'), 'stable');
    const cache = cacheOf();
    await served(cache);
    for (const bad of ['one', 'two']) {
      store.putUnreadable('a', bad, 'stable');
      now += TTL_MS;
      await served(cache);
    }
    store.put('a', template('a', 'envoy:v2'), 'stable');
    now += TTL_MS;
    expect(await served(cache)).toEqual(['a@4']);
    expect(problems.map((t) => t.why)).toEqual(['one', 'two']);
  });

  test('and the first is not served, but hides no other', async () => {
    store.put('a', { no: 'template' }, 'stable');
    store.put('b', template('b'), 'stable');
    expect(await served(cacheOf())).toEqual(['b@1']);
  });

  test('because it nests 5,000 levels deep hides no other', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 5_000; i++) deep = { a: deep };
    store.put('a', { spec: deep }, 'stable');
    store.put('b', template('b'), 'stable');
    expect(await served(cacheOf())).toEqual(['b@1']);
  });
});

describe('two documents of one name', () => {
  const one: StoredTemplate = { name: 'a', version: '1', document: template('a') };
  const two: StoredTemplate = { name: 'a', version: '2', document: template('a', 'envoy:v2') };
  const bad: StoredTemplate = { name: 'a', version: '3', unreadable: 'no' };
  const worse: StoredTemplate = { name: 'a', version: '4', unreadable: 'nor this' };
  test.each<[string, StoredTemplate[], string[], number]>([
    ['both good: the first serves', [one, two], ['a@1'], 1],
    ['the first bad: the second serves', [bad, two], ['a@2'], 1],
    ['the second bad: the first serves', [one, bad], ['a@1'], 1],
    ['both bad: none serves', [bad, worse], [], 2],
  ])('%s, and each problem is told once', async (_case, stored, wanted, told) => {
    const cache = cacheOf(storeWith({ listTemplates: async () => stored }));
    for (let i = 0; i < 5; i++) {
      expect(await served(cache)).toEqual(wanted);
      now += TTL_MS;
    }
    expect(problems).toHaveLength(told);
  });
});

test('a template that is taken out of the channel is served no more', async () => {
  store.put('a', template('a'), 'stable');
  const cache = cacheOf();
  await served(cache);
  store.remove('a');
  now += TTL_MS;
  expect(await served(cache)).toEqual([]);
});

test('the record says which channel is served', async () => {
  store.put('a', template('a'), 'stable');
  store.put('b', template('b'), 'canary');
  store.putClusterRecord('blue', { channel: 'canary' });
  store.putClusterRecord('green', {});
  const cache = cacheOf();
  expect([await served(cache, 'blue'), await served(cache, 'green')]).toEqual([['b@1'], ['a@1']]);
});

describe('a record that is no good', () => {
  test('never replaces the good one', async () => {
    store.putClusterRecord('local', { policy: 'disabled' });
    const cache = cacheOf();
    await served(cache);
    store.putClusterRecord('local', { policy: 'maybe' });
    now += TTL_MS;
    expect((await cache.stateFor('local', 100)).record.policy).toBe('disabled');
    expect(problems).toMatchObject([{ what: 'cluster record refused', name: 'local' }]);
  });

  test('and the first is an error, not a default', async () => {
    store.putClusterRecord('local', { policy: 'maybe' });
    await expect(cacheOf().stateFor('local', 100)).rejects.toThrow(TemplateStoreError);
  });
});

describe('reads of the store', () => {
  test.each([true, false])('are one list per TTL over 1,000 calls (serveStale %s)', async (serveStale) => {
    store.put('a', template('a'), 'stable');
    for (const cluster of ['blue', 'green']) store.putClusterRecord(cluster, {});
    const cache = cacheOf(store, { serveStale });
    for (let i = 0; i < 1_000; i++) {
      await cache.stateFor(i % 2 === 0 ? 'blue' : 'green', 100);
      now += 90;
    }
    expect(lists.length).toBeLessThanOrEqual(3);
  });

  test('are one for 100 concurrent cold calls', async () => {
    store.put('a', template('a'), 'stable');
    const cache = cacheOf();
    await Promise.all(Array.from({ length: 100 }, () => cache.stateFor('local', 100)));
    expect(lists).toEqual(['stable']);
  });

  test('that never end are a TemplateStoreError within waitMs', async () => {
    const started = performance.now();
    const cache = cacheOf(storeWith({ listTemplates: never }));
    await expect(cache.stateFor('local', 50)).rejects.toThrow(TemplateStoreError);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test.each([-7, 7])('keep to waitMs while the clock jumps by %i days', async (days) => {
    const getClusterRecord = async (): Promise<unknown> => {
      now += days * 86_400_000;
      return {};
    };
    const answer = cacheOf(storeWith({ listTemplates: never, getClusterRecord }))
      .stateFor('local', 50)
      .then(
        () => 'a state',
        (error: unknown) => error,
      );
    const late = new Promise((resolve) => setTimeout(resolve, 1_000, 'too late'));
    expect(await Promise.race([answer, late])).toBeInstanceOf(TemplateStoreError);
  });

  test('that fail are reported by the name of the error, not by its words', async () => {
    const cache = cacheOf(storeWith({ listTemplates: down, getClusterRecord: down }));
    await expect(cache.stateFor('local', 50)).rejects.toThrow(TemplateStoreError);
    expect(problems).toEqual(['stable', 'local'].map((name) => ({ what: 'store unreadable', name, why: 'TypeError' })));
  });
});

describe('a next channel', () => {
  const next = (share: number, channel = 'canary'): void =>
    store.putClusterRecord('local', { next: { channel, share } });
  const nextServed = async (cache: TemplateCache): Promise<readonly string[] | undefined> => {
    const { nextTemplates } = await cache.stateFor('local', 100);
    return nextTemplates && [...nextTemplates].map(([name, t]) => `${name}@${t.version}`);
  };

  beforeEach(() => {
    store.put('a', template('a'), 'stable');
    store.put('a', template('a', 'envoy:v2'), 'canary');
  });

  test.each<[string, number, string, string[] | undefined, string[]]>([
    ['with a share is read beside the current one', 10, 'canary', ['a@2'], ['stable', 'canary']],
    ['without a share is not read', 0, 'canary', undefined, ['stable']],
    ['that is the current one is not read twice', 10, 'stable', undefined, ['stable']],
    ['that holds nothing is empty, not an error', 10, 'nobody', [], ['stable', 'nobody']],
  ])('%s', async (_what, share, channel, wanted, read) => {
    next(share, channel);
    const cache = cacheOf();
    for (let i = 0; i < 100; i++) expect(await nextServed(cache)).toEqual(wanted);
    expect(lists).toEqual(read);
    now += TTL_MS;
    await nextServed(cache);
    expect(lists).toEqual([...read, ...read]);
  });

  test.each<[string, () => Promise<never>]>([
    ['down', down],
    ['never answering', never],
  ])('that is %s takes nothing away from the current one, and is asked at most once a second', async (_what, problem) => {
    next(50);
    const listTemplates: TemplateStore['listTemplates'] = (channel, signal) =>
      channel === 'canary' ? problem() : store.listTemplates(channel, signal);
    const cache = cacheOf({ ...store, listTemplates }, { readMs: 20 });
    for (let i = 0; i < 50; i++) {
      expect([await served(cache), await nextServed(cache)]).toEqual([['a@1'], undefined]);
    }
    expect(lists).toEqual(['stable', 'canary']);
    expect(problems).toMatchObject([{ what: 'store unreadable', name: 'canary' }]);
  });

  test('that never answers is waited for by nobody to whom it does not matter', async () => {
    next(50);
    const listTemplates: TemplateStore['listTemplates'] = (channel, signal) =>
      channel === 'canary' ? never() : store.listTemplates(channel, signal);
    const cache = cacheOf({ ...store, listTemplates });
    const asked: unknown[] = [];
    const state = await cache.stateFor('local', 100, ({ next }) => {
      asked.push(next?.share);
      return false;
    });
    expect([asked, [...state.templates.keys()], state.nextTemplates, lists]).toEqual([
      [50],
      ['a'],
      undefined,
      ['stable'],
    ]);
  });

  test('of a snapshot is served with the snapshot’s current one, never beside what was read', async () => {
    const of = (version: string, image: string) => [{ name: 'a', version, document: template('a', image) }];
    const snapshot = readSnapshot(
      writeSnapshot({
        channels: { stable: of('7', 'envoy:v7'), canary: of('8', 'envoy:v8') },
        records: { local: { next: { channel: 'canary', share: 50 } } },
      }),
    );
    const closed = cacheOf(storeWith({ listTemplates: down, getClusterRecord: down }), { snapshot });
    expect([await served(closed), await nextServed(closed)]).toEqual([['a@7'], ['a@8']]);
    next(50);
    const listTemplates: TemplateStore['listTemplates'] = (channel, signal) =>
      channel === 'canary' ? down() : store.listTemplates(channel, signal);
    const half = cacheOf({ ...store, listTemplates }, { snapshot });
    expect([await served(half), await nextServed(half)]).toEqual([['a@1'], undefined]);
  });

  test('that went down keeps what it last served', async () => {
    next(50);
    let isDown = false;
    const listTemplates: TemplateStore['listTemplates'] = (channel, signal) =>
      isDown ? down() : store.listTemplates(channel, signal);
    const cache = cacheOf({ ...store, listTemplates });
    await nextServed(cache);
    isDown = true;
    now += TTL_MS;
    expect([await served(cache), await nextServed(cache)]).toEqual([['a@1'], ['a@2']]);
  });
});

describe('a cold start', () => {
  test('reads record and templates side by side', async () => {
    const began: string[] = [];
    const both: Record<string, () => void> = {};
    // Each waits for the other to have begun: one after the other would never end.
    const meet = async <T>(name: string, other: string, value: T): Promise<T> => {
      began.push(name);
      if (began.includes(other)) both[other]?.();
      else await new Promise<void>((resolve) => (both[name] = resolve));
      return value;
    };
    const cache = cacheOf({
      ...storeWith({}),
      getClusterRecord: () => meet('record', 'templates', {}),
      listTemplates: () => meet('templates', 'record', [{ name: 'a', version: '1', document: template('a') }]),
    });
    expect(await served(cache)).toEqual(['a@1']);
  });

  test('with another channel than stable costs one read more, once', async () => {
    store.put('b', template('b'), 'canary');
    store.putClusterRecord('local', { channel: 'canary' });
    const cache = cacheOf();
    await Promise.all(Array.from({ length: 100 }, () => cache.stateFor('local', 100)));
    expect(lists).toEqual(['stable', 'canary']);
    now += TTL_MS;
    await cache.stateFor('local', 100);
    expect(lists).toEqual(['stable', 'canary', 'canary']);
  });

  test('whose guess cannot be read serves the channel that the record names', async () => {
    store.put('b', template('b'), 'canary');
    store.putClusterRecord('local', { channel: 'canary' });
    const listTemplates: TemplateStore['listTemplates'] = (channel, signal) =>
      channel === 'stable' ? down() : store.listTemplates(channel, signal);
    expect(await served(cacheOf({ ...store, listTemplates }))).toEqual(['b@1']);
  });
});

describe('the record alone', () => {
  test('is what is held, read or nothing', async () => {
    store.putClusterRecord('blue', { minEpoch: 3 });
    const cache = cacheOf();
    expect(await cache.recordFor('blue', 100)).toMatchObject({ minEpoch: 3 });
    expect(await cache.recordFor('green', 100)).toBe(NO_RECORD);
    const closed = cacheOf(storeWith({ getClusterRecord: down }));
    expect(await closed.recordFor('blue', 100)).toBeUndefined();
    expect(lists).toEqual([]);
  });

  describe('that is deleted', () => {
    let isDeleted = false;
    const deletable = (): TemplateStore => ({
      ...store,
      getClusterRecord: async (cluster, signal) =>
        isDeleted ? undefined : await store.getClusterRecord(cluster, signal),
    });

    beforeEach(() => {
      isDeleted = false;
      store.putClusterRecord('blue', { minEpoch: 3 });
    });

    test('after it was read ahead is gone in this environment too: no token is good without it', async () => {
      const cache = cacheOf(deletable());
      await cache.prefetch(100);
      isDeleted = true;
      now += TTL_MS;
      for (let i = 0; i < 3; i++) {
        await expect(cache.stateFor('blue', 100)).rejects.toThrow(NoClusterRecordError);
        expect(await cache.recordFor('blue', 100)).toBe(NO_RECORD);
        now += TTL_MS;
      }
      expect(problems).toMatchObject([{ what: 'cluster record missing', name: 'blue' }]);
    });

    test('is gone whatever the snapshot of the deployment knows, and served when it is made again', async () => {
      isDeleted = true;
      const snapshot = readSnapshot(writeSnapshot({ channels: {}, records: { blue: { minEpoch: 1 } } }));
      const cache = cacheOf(deletable(), { snapshot });
      await expect(cache.stateFor('blue', 100)).rejects.toThrow(NoClusterRecordError);
      isDeleted = false;
      now += 1_000;
      expect((await cache.stateFor('blue', 100)).record.minEpoch).toBe(3);
    });

    test('stays gone while the store is down after that', async () => {
      isDeleted = true;
      let isDown = false;
      const from = deletable();
      const getClusterRecord: TemplateStore['getClusterRecord'] = (...args) =>
        isDown ? down() : from.getClusterRecord(...args);
      const snapshot = readSnapshot(writeSnapshot({ channels: {}, records: { blue: { minEpoch: 1 } } }));
      const cache = cacheOf({ ...from, getClusterRecord }, { snapshot });
      await expect(cache.stateFor('blue', 100)).rejects.toThrow(NoClusterRecordError);
      isDown = true;
      now += TTL_MS;
      await expect(cache.stateFor('blue', 100)).rejects.toThrow(NoClusterRecordError);
    });

    test('is not what a store that cannot be read says: then the snapshot serves', async () => {
      const snapshot = readSnapshot(writeSnapshot({ channels: { stable: [] }, records: { blue: { minEpoch: 1 } } }));
      const cache = cacheOf(storeWith({ getClusterRecord: down, listTemplates: down }), { snapshot });
      expect(await cache.stateFor('blue', 100)).toMatchObject({ record: { minEpoch: 1 }, isSnapshot: true });
    });
  });
});

describe('prefetch', () => {
  test('reads every channel that the records name', async () => {
    store.putClusterRecord('blue', { channel: 'blue', next: { channel: 'canary', share: 1 } });
    store.putClusterRecord('green', { next: { channel: 'idle', share: 0 } });
    const cache = cacheOf();
    await cache.prefetch(100);
    expect(lists.toSorted()).toEqual(['blue', 'canary', 'stable']);
    await cache.stateFor('blue', 100);
    expect(lists).toHaveLength(3);
  });

  test('reads the default channel and the records ahead, and says whose they are', async () => {
    store.put('a', template('a'), 'stable');
    store.putClusterRecord('blue', { policy: 'disabled' });
    store.putClusterRecord('bad', { policy: 'maybe' });
    const cache = cacheOf(storeWith({ ...store, getClusterRecord: down }));
    expect(await cache.prefetch(100)).toEqual(['local', 'blue']);
    expect((await cache.stateFor('blue', 100)).record.policy).toBe('disabled');
    expect(lists).toEqual(['stable']);
  });

  test('leaves a record that is read ahead in place when its next version is no good', async () => {
    store.putClusterRecord('blue', { policy: 'disabled' });
    const cache = cacheOf();
    await cache.prefetch(100);
    store.putClusterRecord('blue', { policy: 'maybe' });
    now += TTL_MS;
    expect((await cache.stateFor('blue', 100)).record.policy).toBe('disabled');
  });

  test.each<[string, Partial<TemplateStore>]>([
    ['templates fail', { listTemplates: down }],
    ['templates throw', { listTemplates: broken }],
    ['templates never end', { listTemplates: never }],
    ['records fail', { listClusterRecords: down }],
    ['records throw', { listClusterRecords: broken }],
    ['records never end', { listClusterRecords: never }],
  ])('never throws and keeps to its time when the %s', async (_case, more) => {
    const late = new Promise((resolve) => setTimeout(resolve, 2_000, 'too late'));
    expect(await Promise.race([cacheOf(storeWith(more)).prefetch(20), late])).toEqual([]);
  });
});
