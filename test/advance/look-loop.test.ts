import { beforeEach, describe, expect, test } from 'vitest';
import { type LoopTools, loopLooks } from '../../functions/advance/step/look-loop.ts';
import { type AdvanceTools, createAdvance } from '../../functions/advance/tick.ts';
import type { CanaryKey } from '../../functions/canary/store.ts';
import { pauseRelease } from '../../functions/canary/transitions/pause-release.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { ADVANCE_LOOP_MS } from '../../functions/limits.ts';
import { createLog } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { NO_NOTIFY } from '../support/notices.ts';
import { NO_METRICS } from '../support/release-simulator.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseOf, targetFor } from '../support/releases.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { releaseManifest } from '../support/use-cases.ts';
import { recordOf } from '../support/values.ts';

const START = Date.parse('2026-11-22T12:00:00.000Z');
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

let now: number;
let store: ReturnType<typeof createMemoryStore>;
let lines: Record<string, unknown>[];
/** When each release was looked at, in seconds. */
let looks: { readonly at: number; readonly name: string; readonly by: string }[];

beforeEach(() => {
  now = START;
  store = createMemoryStore(() => now);
  lines = [];
  looks = [];
});

const keyOf = (name: string): CanaryKey => ({ cluster: 'prod', namespace: 'shop', name });
const { strategy } = releaseManifest('cart', { strategy: {} }).spec;

async function put(name: string, isRunning: boolean): Promise<void> {
  const head = await store.readHead('prod', signal());
  const rest = releaseOf({ service: name, atRest: true });
  const canary = isRunning && strategy !== undefined ? begin(rest, strategy, 'Start', { now, times: TIMES }) : rest;
  const made = atVersion(canary, head + 1);
  await store.create('prod', made, { audit: auditOf(made) }, signal());
}

/** What an invocation works with; time passes where it waits. */
function toolsOf(by: string, more: Partial<LoopTools> = {}): LoopTools {
  return {
    canaries: {
      ...store,
      getCanary: async (key, within) => {
        looks.push({ at: (now - START) / 1_000, name: key.name, by });
        return await store.getCanary(key, within);
      },
    },
    steps: store,
    leases: store,
    discoveryOf: async () => undefined,
    measure: NO_METRICS,
    log: createLog(
      (line) => lines.push(recordOf(JSON.parse(line))),
      () => now,
    ),
    now: () => now,
    random: () => 0.5,
    newUid: () => 'uid',
    pause: async (ms) => {
      now += ms;
    },
    ...more,
  };
}

/** Resolves when the time is up. */
const endOf = (within: AbortSignal): Promise<void> =>
  new Promise((resolve) => within.addEventListener('abort', () => resolve(), { once: true }));

const times = (): number[] => looks.map(({ at }) => at);

describe('the looks of one invocation', () => {
  test('come every five seconds, until its time is over', async () => {
    await put('cart', true);
    await loopLooks(toolsOf('a'), 'prod', [keyOf('cart')], now);
    expect(times().slice(0, 4)).toEqual([0, 5, 10, 15]);
    const gaps = times()
      .slice(1)
      .map((at, i) => at - (times()[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(7);
    expect(times().at(-1)).toBeGreaterThan(60 + 10);
    expect(times().at(-1)).toBeLessThanOrEqual(ADVANCE_LOOP_MS / 1_000);
  });

  test('end where nothing moves, and there is none where nothing did', async () => {
    await put('cart', false);
    await loopLooks(toolsOf('a'), 'prod', [keyOf('cart')], now);
    await loopLooks(toolsOf('a'), 'prod', [], now);
    expect(times()).toEqual([0]);
  });

  test('end once a later invocation has looked, and not before: there is no gap', async () => {
    await put('cart', true);
    let next: Promise<void> | undefined;
    const tools = toolsOf('a', {
      pause: async (ms) => {
        now += ms;
        // A minute later, and some seconds late.
        if (next === undefined && now >= START + 65_000) {
          next = loopLooks(
            toolsOf('b', {
              pause: async () => {
                now += 100_000;
              },
            }),
            'prod',
            [keyOf('cart')],
            now,
          );
          await next;
          now = START + 65_000;
        }
      },
    });
    await loopLooks(tools, 'prod', [keyOf('cart')], START);
    const own = looks.filter(({ by }) => by === 'a').map(({ at }) => at);
    expect([own.at(-1), looks.find(({ by }) => by === 'b')?.at]).toEqual([60, 65]);
    expect(await store.findLease('prod', signal())).toEqual({ since: START + 65_000 });
  });

  test('tell the figures of a release while it moves, and no more where it has been paused for long', async () => {
    const told = (): number => lines.filter(({ message }) => message === 'release looked at').length;
    await put('cart', true);
    await loopLooks(toolsOf('a'), 'prod', [keyOf('cart')], now);
    expect(told()).toBe(looks.length);
    const before = told();
    const canary = await store.getCanary(keyOf('cart'), signal());
    const paused = canary === undefined ? undefined : pauseRelease(canary, { now, times: TIMES });
    if (canary === undefined || paused?.allowed !== true) throw new Error('it is paused');
    const made = atVersion(paused.canary, (await store.readHead('prod', signal())) + 1);
    await store.update('prod', canary.metadata.resourceVersion, made, { audit: auditOf(made) }, signal());
    now += 31 * 60_000;
    await loopLooks(toolsOf('a'), 'prod', [keyOf('cart')], now);
    expect(looks.length).toBe(before + 1);
    expect(told()).toBe(before);
  });

  test('are in the same order, whichever release is the slowest', async () => {
    const names = ['slow', 'b', 'c'];
    for (const name of names) await put(name, true);
    const tools = toolsOf('a');
    const getCanary: typeof store.getCanary = async (key, within) => {
      const found = await tools.canaries.getCanary(key, within);
      if (key.name === 'slow') await expect.poll(() => looks.length % names.length).toBe(0);
      return found;
    };
    await loopLooks({ ...tools, canaries: { ...tools.canaries, getCanary } }, 'prod', names.map(keyOf), now);
    expect(looks.slice(0, 9).map(({ name }) => name)).toEqual([...names, ...names, ...names]);
  });

  test('one release that fails keeps no other from being looked at', async () => {
    await put('bad', true);
    await put('cart', true);
    const tools = toolsOf('a');
    const canaries = {
      ...tools.canaries,
      getCanary: async (...args: Parameters<typeof store.getCanary>) => {
        if (args[0].name === 'bad') throw new CanaryStoreError('secret words');
        return await tools.canaries.getCanary(...args);
      },
    };
    await loopLooks({ ...tools, canaries }, 'prod', [keyOf('bad'), keyOf('cart')], now);
    expect(looks.filter(({ name }) => name === 'cart').length).toBeGreaterThan(10);
    expect(lines.filter(({ message }) => message === 'release step failed').length).toBeGreaterThan(10);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('go on where the lease cannot be read', async () => {
    await put('cart', true);
    const fails = async (): Promise<never> => {
      throw new CanaryStoreError('throttled');
    };
    await loopLooks(toolsOf('a', { leases: { takeLease: fails, findLease: fails } }), 'prod', [keyOf('cart')], now);
    expect(times().length).toBeGreaterThan(10);
    expect(lines.some(({ message }) => message === 'look lease failed')).toBe(true);
  });
});

describe('a tick', () => {
  const tick = (calls: string[], more: Partial<AdvanceTools> = {}) => {
    const counted = Object.fromEntries(
      Object.entries(store).map(([name, act]) => [
        name,
        typeof act === 'function'
          ? (...args: never[]) => {
              calls.push(name);
              return Reflect.apply(act, store, args);
            }
          : act,
      ]),
    ) as typeof store;
    return createAdvance({
      ...{ canaries: counted, reports: counted, watched: [], log: toolsOf('a').log, now: () => now },
      listClusters: async () => ['prod'],
      looks: { ...toolsOf('a'), canaries: counted, steps: counted, leases: counted },
      notify: { ...NO_NOTIFY, changes: counted, notices: counted, log: toolsOf('a').log, now: () => now },
      stateFor: () => Promise.reject(new Error('unused')),
      stageOf: async () => undefined,
      openCluster: () => Promise.reject(new Error('unused')),
      ...more,
    })();
  };

  test.each([
    0, 1, 2, 3,
  ])('no slow cluster holds up the looks of another, whose turn it is: minute %i', async (minute) => {
    now = START + minute * 60_000;
    await put('cart', true);
    const calls: string[] = [];
    const listCanaries: typeof store.listCanaries = async (cluster, within) => {
      if (cluster === 'prod') return await store.listCanaries(cluster, within);
      await endOf(within);
      calls.push('slow cluster is over');
      throw new CanaryStoreError('slow');
    };
    const listClusters = async (): Promise<string[]> => ['a', 'b', 'prod', 'z'];
    await tick(calls, { listClusters, canaries: { ...store, listCanaries }, workMs: 300 });
    expect(calls.filter((name) => name === 'slow cluster is over')).toHaveLength(3);
    expect(calls.indexOf('getCanary')).toBeLessThan(calls.indexOf('slow cluster is over'));
    expect(calls).toContain('getCanary');
    expect(calls).toContain('takeLease');
  });

  test('what the clock has changed is written beside the looks, and holds none of them up', async () => {
    await put('cart', true);
    const target = targetFor({ service: 'old' }, { keepUntil: '2026-11-22T11:59:00.000Z' });
    const gone = atVersion(releaseOf({ service: 'old', deleted: true, targets: [target] }), 2);
    await store.create('prod', gone, { audit: auditOf(gone) }, signal());
    const calls: string[] = [];
    const remove: typeof store.remove = async (...args) => {
      await expect.poll(() => calls.includes('getCanary')).toBe(true);
      calls.push('remove');
      return await store.remove(...args);
    };
    await tick(calls, { canaries: { ...store, remove } });
    expect([calls.includes('remove'), calls.includes('takeLease')]).toEqual([true, true]);
    expect((await store.listCanaries('prod', signal())).canaries.map(({ metadata }) => metadata.name)).toEqual([
      'cart',
    ]);
  });

  test('1,000 idle canaries cost one query', async () => {
    for (let i = 0; i < 1_000; i++) await put(`idle-${i}`, false);
    const calls: string[] = [];
    await tick(calls);
    expect(calls).toEqual(['listCanaries']);
  });

  test('finds what runs in the same query, and looks at that alone', async () => {
    for (let i = 0; i < 20; i++) await put(`idle-${i}`, false);
    await put('cart', true);
    const calls: string[] = [];
    await tick(calls);
    expect(calls.filter((name) => name === 'listCanaries')).toHaveLength(1);
    expect(calls.filter((name) => name === 'getCanary').length).toBeGreaterThan(10);
    const { status } = (await store.getCanary(keyOf('cart'), signal())) ?? {};
    expect(status?.release?.verdict?.reason).toBe('NoProxies');
  });
});
