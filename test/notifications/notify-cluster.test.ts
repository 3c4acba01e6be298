import { beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../functions/cluster-record/notifications.ts';
import { NOTICE_TYPES } from '../../functions/cluster-record/notifications.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createLog } from '../../functions/log.ts';
import { type NotifyTools, notifyCluster } from '../../functions/notifications/notify-cluster.ts';
import { NOTICE_BUSY_MS } from '../../functions/notifications/times.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { createRelease } from '../../functions/releases/apply-release.ts';
import { deleteRelease } from '../../functions/releases/delete-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { NO_NOTIFY, triesIn } from '../support/notices.ts';
import { openUseCases, releaseManifest, share, type UseCases } from '../support/use-cases.ts';

const EGRESS = { hosts: [], http: [], private: [] };
const placeOf = (name: string, more: Partial<Notification> = {}): Notification => ({
  ...{ name, events: NOTICE_TYPES, namespaces: ['*'] },
  to: { kind: 'webhook', url: `https://${name}.example.com/secret-path` },
  ...more,
});

let use: UseCases;
let store: ReturnType<typeof createMemoryStore>;
let lines: Record<string, unknown>[];
/** What arrived: the place, and the type of the notice. */
let arrived: string[];
let ids: string[];
let places: Notification[];
/** What a place responds, by its name; it may throw. */
let statusOf: (place: string) => number | Promise<number>;
let rounds = 0;

beforeEach(() => {
  store = createMemoryStore(() => use.now());
  use = openUseCases(() => store);
  lines = [];
  [arrived, ids] = [[], []];
  places = [placeOf('a')];
  statusOf = () => 200;
});

const signal = (): AbortSignal => AbortSignal.timeout(20_000);
const toolsOf = (more: Partial<NotifyTools> = {}): NotifyTools => ({
  ...NO_NOTIFY,
  changes: store,
  notices: store,
  settingsFor: async () => ({ notifications: places, egress: EGRESS }),
  send: async ({ hostname }, { body = '{}' }) => {
    const place = hostname.split('.')[0] ?? '';
    const event = JSON.parse(body);
    const status = await statusOf(place);
    if (status === 200) {
      arrived.push(`${place}: ${event.data.type}`);
      ids.push(event.id);
    }
    return { status, headers: {}, text: 'secret words' };
  },
  log: createLog((line) => lines.push(JSON.parse(line)), use.now),
  now: use.now,
  newUid: () => `round ${++rounds}`,
  ...more,
});
const round = async (more: Partial<NotifyTools> = {}): Promise<void> =>
  await notifyCluster(toolsOf(more), 'local', signal());
const record = async () => await store.findNotices('local', signal());
const said = (message: string) => lines.filter((line) => line['message'] === message);
const create = async (name = 'cart'): Promise<void> =>
  void (await createRelease(use.call(name), releaseManifest(name)));
const weigh = async (percent: number, name = 'cart'): Promise<void> => {
  // Beyond what proxies learn a new canary in.
  const outcome = await setReleaseWeights(use.call(name), share(percent));
  if (outcome.outcome !== 'written') throw new Error(JSON.stringify(outcome));
};

describe('those who are notified', () => {
  test('hear of every change once, whoever made it, in its order', async () => {
    await round();
    await create();
    use.at(120);
    await weigh(20);
    await abortRelease(use.call(), 'enough');
    await round();
    await round();
    expect(arrived).toEqual(['a: created', 'a: weightSet', 'a: aborted']);
    await deleteRelease(use.call(), {});
    await round();
    expect(arrived.slice(3)).toEqual(['a: deleted']);
    expect(said('notification sent')).toHaveLength(4);
    expect(said('notification sent')[2]).toMatchObject({
      ...{ cluster: 'local', namespace: 'shop', name: 'cart', type: 'aborted', to: 'a', kind: 'webhook', tries: 1 },
    });
  });

  test('hear nothing of what was before they were set up, nor of what an hour-long standstill left', async () => {
    await create();
    await round();
    await round();
    expect(arrived).toEqual([]);
    use.at(120);
    await weigh(20);
    use.at(120 + 3_601);
    await weigh(30);
    await round();
    expect(arrived).toEqual(['a: weightSet']);
  });

  test('hear what they asked for alone', async () => {
    places = [placeOf('a', { events: ['aborted'] }), placeOf('b', { namespaces: ['pay'] }), placeOf('c')];
    await round();
    await create();
    await abortRelease(use.call(), 'enough');
    await round();
    expect(arrived.toSorted()).toEqual(['a: aborted', 'c: aborted', 'c: created']);
  });

  test('of many canaries at once hear of each, though no list of moves has them all', async () => {
    await round();
    for (let i = 0; i < 25; i++) await create(`cart-${i}`);
    for (let i = 0; i < 4; i++) await round();
    expect(arrived).toHaveLength(25);
    expect(new Set(ids).size).toBe(25);
  });

  test('hear of a change that stands behind many others of its canary', async () => {
    await round();
    await create();
    use.at(120);
    for (let i = 1; i <= 50; i++) await weigh(i);
    for (let i = 0; i < 7; i++) await round();
    expect(arrived).toHaveLength(51);
    expect(said('notifications lost')).toEqual([]);
  });

  test('of a table that was restored go on from its head', async () => {
    await round();
    const kept = await record();
    if (kept === undefined) throw new Error('there is one');
    await store.keepNotices('local', { ...kept, revision: kept.revision + 1, until: 1_000 }, signal());
    await create();
    await round();
    use.at(120);
    await weigh(20);
    await round();
    expect(arrived).toEqual(['a: weightSet']);
  });
});

describe('a place that takes nothing', () => {
  test('keeps no other waiting, and is tried again later, less and less often', async () => {
    places = [placeOf('bad'), placeOf('good')];
    statusOf = (place) => (place === 'bad' ? 503 : 200);
    await round();
    await create('one');
    await create('two');
    await round();
    expect(arrived).toEqual(['good: created', 'good: created']);
    // The second was not even tried.
    expect(said('notification failed')).toHaveLength(1);
    expect(triesIn(await record())).toEqual([
      ['bad', 1],
      ['bad', 0],
    ]);
    statusOf = () => 200;
    use.at(6);
    await round();
    expect(arrived.slice(2)).toEqual(['bad: created', 'bad: created']);
    expect((await record())?.pending).toEqual([]);
  });

  test('that hangs is given up within the time of a round', { timeout: 20_000 }, async () => {
    places = [placeOf('hang'), placeOf('good')];
    await round();
    await create();
    await round({
      send: async ({ hostname }, { signal: within, body = '{}' }) => {
        if (hostname.startsWith('hang')) {
          await new Promise((_, reject) => within.addEventListener('abort', () => reject(new Error('secret words'))));
        }
        arrived.push(JSON.parse(body).data.type);
        return { status: 200, headers: {}, text: '' };
      },
    });
    expect(arrived).toEqual(['created']);
    expect(triesIn(await record())).toEqual([['hang', 1]]);
  });

  test('is given up after its tries, with an alarm, and then hears of what comes next', async () => {
    statusOf = () => 404;
    await round();
    await create();
    for (let at = 1; at < 4_000; at += 30) {
      use.at(at);
      await round();
    }
    expect(said('notification failed').at(-1)).toMatchObject({ tries: 16, error: 'Refused', status: 404 });
    expect(said('notifications lost')).toMatchObject([
      { level: 'error', cluster: 'local', to: 'a', namespace: 'shop', notices: 1, why: 'TriesOver' },
    ]);
    statusOf = () => 200;
    await weigh(20);
    await round();
    expect(arrived).toEqual(['a: weightSet']);
  });

  test('stands in no log line with its address, its words or a reason', async () => {
    statusOf = () => 500;
    await round();
    await create();
    await abortRelease(use.call(), 'secret reason');
    await round();
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toMatch(/secret|example\.com/);
  });
});

describe('two rounds', () => {
  test('at once do not both send', async () => {
    await round();
    await create();
    await Promise.all([round(), round(), round()]);
    expect(arrived).toEqual(['a: created']);
  });

  test('one that begins while another sends does nothing', async () => {
    await round();
    await create();
    let meanwhile: Promise<void> | undefined;
    const other = async (): Promise<void> => {
      // Something new to tell does not let it take over: what is being sent now would be sent once more.
      await create('other');
      await round();
    };
    statusOf = async () => {
      meanwhile ??= other();
      await meanwhile;
      return 200;
    };
    await round();
    expect(arrived).toEqual(['a: created']);
    use.at(6);
    await round();
    expect(arrived).toEqual(['a: created', 'a: created']);
    expect(new Set(ids).size).toBe(2);
  });

  test('one that was killed while it sent is done again under the same ids, once its time is over', async () => {
    await round();
    await create();
    const dies = async (): Promise<never> => await Promise.reject(new CanaryStoreError('killed'));
    let kept = 0;
    const notices = {
      ...store,
      // The claim is written, and what became of it is not.
      keepNotices: async (...args: Parameters<typeof store.keepNotices>) =>
        ++kept > 1 ? await dies() : await store.keepNotices(...args),
    };
    await expect(round({ notices })).rejects.toThrow(CanaryStoreError);
    await round();
    expect(arrived).toEqual(['a: created']);
    use.at((NOTICE_BUSY_MS + 1_000) / 1_000);
    await round();
    expect(arrived).toEqual(['a: created', 'a: created']);
    expect(new Set(ids).size).toBe(1);
    expect((await record())?.pending).toEqual([]);
  });

  test('a claim by a clock that is hours ahead keeps no round out', async () => {
    await round();
    const kept = await record();
    if (kept === undefined) throw new Error('there is one');
    const ahead = use.now() + 7_200_000;
    await store.keepNotices('local', { ...kept, revision: 9, busyUntil: ahead }, signal());
    await create();
    await round();
    expect(arrived).toEqual(['a: created']);
  });
});

describe('what a round costs', () => {
  const counting = (calls: string[]): typeof store => {
    const entries = Object.entries(store).map(([name, act]) => [
      name,
      (...args: never[]) => {
        calls.push(name);
        return Reflect.apply(act as (...all: never[]) => unknown, store, args);
      },
    ]);
    return Object.fromEntries(entries) as typeof store;
  };

  test('where nothing is declared, nothing; where nothing has moved, two reads', async () => {
    await create();
    const calls: string[] = [];
    const counted = counting(calls);
    await round({ changes: counted, notices: counted, settingsFor: async () => undefined });
    places = [];
    await round({ changes: counted, notices: counted });
    expect(calls).toEqual([]);
    places = [placeOf('a')];
    await round();
    await round({ changes: counted, notices: counted });
    expect(calls).toEqual(['findNotices', 'readHead']);
  });

  test('a write that is no transition is none to tell of', async () => {
    await round();
    await create();
    await round();
    const canary = await store.getCanary(use.call().key, signal());
    if (canary === undefined) throw new Error('it is there');
    const { resourceVersion } = canary.metadata;
    const next = { ...canary, metadata: { ...canary.metadata, resourceVersion: String(Number(resourceVersion) + 1) } };
    expect(await store.writePhase('local', resourceVersion, next, signal())).toEqual({ outcome: 'written' });
    await round();
    expect(arrived).toEqual(['a: created']);
    expect((await record())?.until).toBe(Number(resourceVersion) + 1);
  });
});
