import { describe, expect, test } from 'vitest';
import { type LookTools, lookAtAll } from '../../functions/advance/step/look.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { applyRelease, createRelease } from '../../functions/releases/apply-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { everyOrder, type Gate } from '../support/every-order.ts';
import { type Behaviour, NO_METRICS, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { releaseManifest, share } from '../support/use-cases.ts';

const TIMES = { baseline: '10s', minimum: { time: '5s' }, bake: { time: '10s' } };
const LONG = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };
const BRIEF = { steps: [{ setWeight: 30 }], analysis: TIMES };
const GOOD: Behaviour = { rps: 2_000, proxies: 2 };
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const isWaiting = ({ status }: Canary): boolean => status.phase === 'WaitingPromotion';
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const weightOf = ({ status }: Canary): number => status.weights.canary;

interface Group {
  readonly cart: ReleaseSimulator;
  readonly web: ReleaseSimulator;
  /** Five seconds, then a look at all. */
  pass(store?: TableStore): Promise<void>;
  look(store?: TableStore): Promise<void>;
  both(): Promise<readonly [Canary, Canary]>;
  until(what: (cart: Canary, web: Canary) => boolean, minutes?: number): Promise<readonly [Canary, Canary]>;
}

/** `cart` and `web` in one group, started together. */
async function group(cartStrategy: object = LONG, webStrategy: object = LONG, isStarted = true): Promise<Group> {
  const spec = { group: 'shop' };
  const cart = await simulateRelease(cartStrategy, GOOD, 1, { spec });
  const web = await simulateRelease(webStrategy, GOOD, 2, { name: 'web', beside: cart, spec });
  const { use } = cart;
  const simulated: Group = {
    cart,
    web,
    look: async (store = cart.store) => {
      const { tools } = use.call();
      const looks: LookTools = {
        ...tools,
        canaries: store,
        steps: store,
        measure: NO_METRICS,
        discoveryOf: async () => undefined,
      };
      await lookAtAll(looks, [use.call('cart').key, use.call('web').key], signal());
    },
    pass: async (store) => {
      await cart.report();
      await web.callers();
      await simulated.look(store);
    },
    both: async () => [await cart.canary(), await web.canary()],
    until: async (what, minutes = 20) => {
      for (let count = 0; count < minutes * 12; count++) {
        const both = await simulated.both();
        if (what(...both)) return both;
        await simulated.pass();
      }
      throw new Error(JSON.stringify((await simulated.both()).map(({ status }) => status)));
    },
  };
  if (isStarted) expect((await steerRelease(use.call(), 'start')).outcome).toBe('written');
  return simulated;
}

const historyOf = async ({ store, use }: ReleaseSimulator, name: string) =>
  (await store.listAudit(use.call(name).key, 100, signal())).toReversed();

describe('members of a group', () => {
  test('take each step in one write, those with fewer steps too, and wait to be promoted together', async () => {
    const both = await group(LONG, BRIEF);
    const [cart, web] = await both.until((a, b) => isWaiting(a) && isWaiting(b));
    expect(cart.status.release?.taken.map(({ weight }) => weight)).toEqual([0, 10, 50, 100]);
    expect(web.status.release?.taken.map(({ weight }) => weight)).toEqual([0, 30, 100]);
    const steps = (await historyOf(both.cart, 'cart')).filter(({ verb }) => verb === 'step');
    const mates = (await historyOf(both.cart, 'web')).filter(({ verb }) => verb === 'step');
    // The second of cart's steps to a weight of its own was taken alone: web had everything by then.
    expect(steps.map(({ to }) => to?.canary)).toEqual([10, 50, 100, 100]);
    expect(mates.map(({ to }) => to?.canary)).toEqual([30, 100, 100]);
    const [first, second, , last] = steps;
    expect(mates.map(({ time }) => time)).toEqual([first?.time, second?.time, last?.time]);
    expect(Number(mates[2]?.resourceVersion) - Number(last?.resourceVersion)).toBe(1);
  });

  test('the slowest holds, and the others say for which', async () => {
    const both = await group();
    both.web.behaviour = { ...GOOD, rps: 0 };
    for (let i = 0; i < 60; i++) await both.pass();
    const [cart, web] = await both.both();
    expect([weightOf(cart), weightOf(web)]).toEqual([0, 0]);
    const wait = /waits for web of group shop: no proxy that counts has reported a response of stable/;
    expect(cart.status.release?.verdict).toMatchObject({ reason: 'Group', sentence: expect.stringMatching(wait) });
    expect(cart.status.conditions[1]?.message).toMatch(wait);
    both.web.behaviour = GOOD;
    await both.until((a, b) => isWaiting(a) && isWaiting(b));
  });

  test.each([
    'cart',
    'web',
  ] as const)('a conviction of %s takes all back in one write, a manual member too', async (bad) => {
    const both = await group();
    const { use, store } = both.cart;
    await createRelease(use.call('hand'), releaseManifest('hand', { group: 'shop' }));
    await both.until((a, b) => weightOf(a) === 10 && weightOf(b) === 10);
    use.at((use.now() - use.start) / 1_000 + 70);
    await setReleaseWeights(use.call('hand'), share(30));
    both[bad].behaviour = { ...GOOD, canaryBad: 0.3 };
    await both.until((a, b) => isFailed(a) || isFailed(b));
    const other = bad === 'cart' ? 'web' : 'cart';
    const [cause, mate, hand] = await Promise.all(
      [bad, other, 'hand'].map(async (name) => await store.getCanary(use.call(name).key, signal())),
    );
    for (const canary of [cause, mate, hand])
      expect(canary?.status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
    expect(cause?.status.conditions[0]?.message).toMatch(/^aborted: canary \d+ of .*convicted$/);
    const why = new RegExp(`^aborted: ${bad} of group shop: canary \\d+ of .*convicted$`);
    for (const canary of [mate, hand]) expect(canary?.status.conditions[0]?.message).toMatch(why);
    const versions = [cause, mate, hand].map((canary) => Number(canary?.metadata.resourceVersion));
    expect(Math.max(...versions) - Math.min(...versions)).toBe(2);
    expect((await historyOf(both.cart, other)).at(-1)).toMatchObject({ verb: 'abort', verdict: 'Group' });
    for (let i = 0; i < 24; i++) await both.pass();
    expect((await both.both()).map(weightOf)).toEqual([0, 0]);
  });

  test('one that has everything is watched until all have: it is still convicted', async () => {
    const both = await group(LONG, BRIEF);
    both.cart.behaviour = { ...GOOD, rps: 2_000 };
    await both.until((_, web) => weightOf(web) === 100);
    both.cart.behaviour = { ...GOOD, rps: 0 };
    for (let i = 0; i < 24; i++) await both.pass();
    const [cart, web] = await both.both();
    expect([runningRelease(web)?.state, web.status.release?.verdict?.reason]).toEqual(['Baking', 'Group']);
    expect(isWaiting(cart)).toBe(false);
    both.web.behaviour = { ...GOOD, canaryBad: 0.3 };
    await both.until((a, b) => isFailed(a) && isFailed(b), 5);
  });

  test('one that is paused by hand, or whose weight was set, holds all', async () => {
    const both = await group();
    const { use } = both.cart;
    await both.until((a) => weightOf(a) === 10);
    await setReleaseWeights(use.call('web'), share(20));
    for (let i = 0; i < 24; i++) await both.pass();
    let [cart, web] = await both.both();
    expect([weightOf(cart), weightOf(web)]).toEqual([10, 20]);
    expect(cart.status.release?.verdict?.sentence).toBe('waits for web of group shop: its weight was set by hand');
    await steerRelease(use.call(), 'resume');
    await both.until((a, b) => weightOf(a) === 50 && weightOf(b) === 50);
    await steerRelease(use.call(), 'pause');
    for (let i = 0; i < 24; i++) await both.pass();
    [cart, web] = await both.both();
    expect([weightOf(cart), weightOf(web)]).toEqual([50, 50]);
  });

  test('one that was taken back alone holds the others', async () => {
    const both = await group();
    const { use, store } = both.cart;
    await both.until((a, b) => weightOf(a) === 10 && weightOf(b) === 10);
    // As a version of the functions does that knows no groups.
    const alone = { ...store, listCanaries: async () => ({ head: 0, canaries: [], unreadable: [] }) };
    await abortRelease(use.call('web', alone), 'bad');
    for (let i = 0; i < 24; i++) await both.pass();
    const [cart, web] = await both.both();
    expect([weightOf(cart), isFailed(web)]).toEqual([10, true]);
    expect(cart.status.release?.verdict?.sentence).toMatch(/^waits for web of group shop: it was aborted/);
    await abortRelease(use.call('web'), 'bad');
    expect(isFailed((await both.both())[0])).toBe(true);
  });

  test('one that cannot be looked at holds the others, and keeps none from being taken back', async () => {
    const both = await group();
    const { use, store } = both.cart;
    await both.until((a, b) => weightOf(a) === 10 && weightOf(b) === 10);
    const broken: TableStore = {
      ...store,
      findRelease: async (key, within) => {
        if (key.name === 'web') throw new CanaryStoreError('unreadable');
        return await store.findRelease(key, within);
      },
    };
    for (let i = 0; i < 24; i++) await both.pass(broken);
    expect((await both.both()).map(weightOf)).toEqual([10, 10]);
    expect(use.lines.filter(({ message, name }) => message === 'release step failed' && name === 'web')).toHaveLength(
      24,
    );
    both.cart.behaviour = { ...GOOD, canaryBad: 0.3 };
    for (let i = 0; i < 24; i++) await both.pass(broken);
    expect((await both.both()).map(isFailed)).toEqual([true, true]);
  });

  test('a group is looked at once, however many of it are moving', async () => {
    const both = await group();
    let lists = 0;
    const counted: TableStore = {
      ...both.cart.store,
      listCanaries: async (...args) => {
        lists++;
        return await both.cart.store.listCanaries(...args);
      },
    };
    await both.look(counted);
    expect(lists).toBe(1);
  });
});

/** What a look at a group calls. */
const CALLS = [
  'listCanaries',
  'findRelease',
  'readEvidence',
  'keepRelease',
  'getCanary',
  'readHead',
  'update',
  'writePhase',
] as const;

test.each([
  ['a good one takes each step once', GOOD, [0, 10, 50, 100]],
  ['a bad one is taken back once', { ...GOOD, canaryBad: 0.3 }, [0, 10]],
] as const)(
  'looks that end at each of their calls: %s',
  async (_title, behaviour, weights) => {
    const both = await group();
    const isOver = (canary: Canary): boolean => isWaiting(canary) || isFailed(canary);
    let kills = 0;
    for (let passes = 0; passes < 100 && !(await both.both()).every(isOver); passes++) {
      if (weightOf(await both.web.canary()) > 0) both.web.behaviour = behaviour;
      await both.cart.report();
      await both.web.callers();
      for (let last = 1, isKilled = true; isKilled; last++) {
        let calls = 0;
        const kill: Gate = async () => {
          if (++calls >= last) throw new CanaryStoreError('killed');
        };
        await both.look(gatedBy(both.cart.store, kill, CALLS));
        isKilled = calls >= last;
        kills += isKilled ? 1 : 0;
      }
    }
    expect(kills).toBeGreaterThan(50);
    for (const canary of await both.both()) {
      expect(canary.status.release?.taken.map(({ weight }) => weight)).toEqual(weights);
      const entries = await historyOf(both.cart, canary.metadata.name);
      const moves = entries.flatMap(({ verb, to }) => (['step', 'abort'].includes(verb) ? [to?.canary] : []));
      expect(moves).toEqual(weights.length === 2 ? [10, 0] : [10, 50, 100, 100]);
    }
  },
  60_000,
);

/** Everything that a look at a group does outside of itself, and what else may happen meanwhile. */
function gatedBy(store: TableStore, gate: Gate, calls: readonly (keyof TableStore)[]): TableStore {
  const gated = calls.map((call) => {
    const act = store[call] as (...args: readonly unknown[]) => Promise<unknown>;
    const wrapped = async (...args: readonly unknown[]): Promise<unknown> => {
      await gate(call);
      return await act(...args);
    };
    return [call, wrapped] as const;
  });
  return { ...store, ...Object.fromEntries(gated) };
}

/** A group shortly before something is due, and how many passes until then: found once, made again and again alike. */
async function passesUntil(behaviour: Behaviour, isSo: (both: readonly [Canary, Canary]) => boolean): Promise<number> {
  const both = await group();
  for (let passes = 0; passes < 60; passes++) {
    if (passes > 6) both.web.behaviour = behaviour;
    await both.pass();
    if (isSo(await both.both())) return passes;
  }
  throw new Error('nothing happens within five minutes');
}

describe.each([
  ['the first share', GOOD, ([cart]: readonly [Canary, Canary]) => weightOf(cart) === 10],
  ['a conviction', { ...GOOD, canaryBad: 0.3 }, ([cart]: readonly [Canary, Canary]) => isFailed(cart)],
] as const)('in every order, where %s is due', (_title, behaviour, isSo) => {
  const begin = async (passes: number): Promise<Group> => {
    const both = await group();
    for (let i = 0; i < passes; i++) {
      if (i > 6) both.web.behaviour = behaviour;
      await both.pass();
    }
    if (passes > 6) both.web.behaviour = behaviour;
    await both.cart.report();
    await both.web.callers();
    return both;
  };
  const looking = (both: Group) => async (gate: Gate) =>
    await both.look(gatedBy(both.cart.store, gate, ['listCanaries', 'update']));

  test('two looks at once write what one does', async () => {
    const passes = await passesUntil(behaviour, isSo);
    let both: Group;
    let before: readonly number[] = [];
    const orders = await everyOrder(
      async () => {
        both = await begin(passes);
        before = (await both.both()).map(({ metadata }) => Number(metadata.resourceVersion));
        return [looking(both), looking(both)];
      },
      async () => {
        const after = await both.both();
        expect(isSo(after)).toBe(true);
        expect(weightOf(after[0])).toBe(weightOf(after[1]));
        const versions = after.map(({ metadata }) => Number(metadata.resourceVersion)).toSorted((a, b) => a - b);
        const last = Math.max(...before);
        expect(versions).toEqual([last + 1, last + 2]);
      },
    );
    expect(orders).toBeGreaterThan(5);
  }, 120_000);

  test.each<
    [string, (both: Group, gated: TableStore) => Promise<unknown>, (both: readonly [Canary, Canary]) => boolean]
  >([
    [
      'an abort of the other wins',
      ({ cart: { use } }, gated) => abortRelease(use.call('web', gated), 'enough'),
      (both) => both.every(isFailed),
    ],
    [
      'a weight that is set by hand is not written over',
      ({ cart: { use } }, gated) => setReleaseWeights(use.call('web', gated), share(70)),
      ([, web]) => weightOf(web) === 70 || isFailed(web),
    ],
    [
      'one that leaves the group meanwhile takes no step of it',
      ({ cart: { use } }, gated) => applyRelease(use.call('web', gated), releaseManifest('web', { strategy: LONG })),
      ([cart, web]) => web.spec.group === undefined || isFailed(cart),
    ],
  ])(
    '%s, whenever it comes',
    async (_name, act, isRight) => {
      const passes = await passesUntil(behaviour, isSo);
      let both: Group;
      const orders = await everyOrder(
        async () => {
          both = await begin(passes);
          return [
            looking(both),
            async (gate: Gate) => {
              await act(both, gatedBy(both.cart.store, gate, ['getCanary', 'listCanaries', 'update', 'abort']));
            },
          ];
        },
        async ({ steps }) => {
          const after = await both.both();
          const told = `${steps.map(({ actor, step }) => `${actor} ${step}`).join(', ')}: ${JSON.stringify(after.map(({ status }) => [status.phase, status.weights]))}`;
          expect(isRight(after), told).toBe(true);
          const failed = after.map(isFailed);
          // What is taken back comes never back.
          for (let i = 0; i < 3; i++) await both.pass();
          const later = await both.both();
          for (const [i, isBack] of failed.entries()) if (isBack) expect(later[i]?.status.weights.canary, told).toBe(0);
        },
      );
      expect(orders).toBeGreaterThan(5);
    },
    120_000,
  );
});
