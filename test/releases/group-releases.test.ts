import { beforeEach, describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { applyRelease, createRelease } from '../../functions/releases/apply-release.ts';
import { deleteRelease } from '../../functions/releases/delete-release.ts';
import type { Outcome } from '../../functions/releases/outcome.ts';
import { retryRelease } from '../../functions/releases/retry-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { settleCluster } from '../../functions/releases/settle/settle-cluster.ts';
import { type Steering, type SteerVerb, steerRelease } from '../../functions/releases/steer-release.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { everyOrder, type Gate } from '../support/every-order.ts';
import { freezeOf } from '../support/freezes.ts';
import { openUseCases, releaseManifest, share, type UseCases } from '../support/use-cases.ts';

const STEPS = { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }] };
const SHORT = { steps: [{ setWeight: 50 }] };
/** `hand` has no strategy, and `alone` no group. */
const SPECS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cart: { group: 'shop', strategy: STEPS },
  web: { group: 'shop', strategy: SHORT },
  hand: { group: 'shop' },
  alone: { strategy: STEPS },
};
const ALL = Object.keys(SPECS);
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

describe('canaries of a group', () => {
  let store: TableStore;
  let use: UseCases;

  const prepare = async (): Promise<void> => {
    use = openUseCases((now) => {
      store = createMemoryStore(now);
      return store;
    });
    for (const [name, spec] of Object.entries(SPECS)) await createRelease(use.call(name), releaseManifest(name, spec));
    use.at(70);
    const { canaries } = await store.listCanaries('local', signal());
    await settleCluster({ canaries: store, log: use.call().tools.log, now: use.now }, 'local', canaries, signal());
    use.at(100);
  };
  beforeEach(prepare);
  const get = async (name: string): Promise<Canary> => {
    const canary = await store.getCanary(use.call(name).key, signal());
    if (canary === undefined) throw new Error(`there is no ${name}`);
    return canary;
  };
  const steer = async (verb: SteerVerb, name = 'cart', steering: Steering = {}): Promise<Outcome> =>
    await steerRelease(use.call(name), verb, steering);
  /** Which step of which, at which weight, of all. */
  const standing = async (): Promise<Readonly<Record<string, string>>> => {
    const lines = ALL.map(async (name) => {
      const { status } = await get(name);
      const { release, phase, weights } = status;
      const where = release === undefined ? phase : `${release.state} ${release.currentStepIndex}`;
      return [name, `${where} ${weights.canary}`] as const;
    });
    return Object.fromEntries(await Promise.all(lines));
  };
  const entriesOf = async (name: string) => await store.listAudit(use.call(name).key, 100, signal());
  const REST = { hand: 'Initialized 0', alone: 'Initialized 0' };
  const refusalOf = (outcome: Outcome) => (outcome.outcome === 'refused' ? outcome.refusal : undefined);

  test('a start begins all that have a strategy, in one write, with an entry in the history of each', async () => {
    const before = await store.readHead('local', signal());
    expect(await steer('start', 'web', { reason: 'v2' })).toMatchObject({
      outcome: 'written',
      canary: { metadata: { name: 'web' } },
    });
    expect(await standing()).toEqual({ cart: 'Baseline -1 0', web: 'Baseline -1 0', ...REST });
    expect(await store.readHead('local', signal())).toBe(before + 2);
    for (const name of ['cart', 'web']) {
      expect((await entriesOf(name))[0]).toMatchObject({ verb: 'start', reason: 'v2' });
      const { metadata, status } = await get(name);
      expect(status.release?.taken[0]?.resourceVersion).toBe(metadata.resourceVersion);
      expect(status.awaiting?.resourceVersion).toBe(metadata.resourceVersion);
    }
    expect(use.lines.filter(({ verb }) => verb === 'start').map(({ name }) => name)).toEqual(['web', 'cart']);
  });

  test('what keeps one from starting keeps all, and names it', async () => {
    await setReleaseWeights(use.call('web'), share(20));
    const before = await standing();
    expect(refusalOf(await steer('start'))).toMatchObject({
      reason: 'HasShare',
      sentence: expect.stringMatching(/^web of group shop: the canary has a weight of 20/),
    });
    const readiness = { found: () => undefined, uncounted: ({ metadata }: Canary) => metadata.name };
    await setReleaseWeights(use.call('web'), share(0));
    expect(refusalOf(await steerRelease(use.call(), 'start', {}, {}, { ...readiness }))).toMatchObject({
      reason: 'NoCountedCallers',
    });
    const mate = { ...readiness, uncounted: ({ metadata: { name } }: Canary) => (name === 'web' ? 'none' : undefined) };
    expect(refusalOf(await steerRelease(use.call(), 'start', {}, {}, mate))).toMatchObject({
      reason: 'NoCountedCallers',
      sentence: 'web of group shop: none',
    });
    const frozen = { ...mate, uncounted: () => undefined, frozen: () => ({ freeze: freezeOf({ scope: 'Fleet' }) }) };
    expect(refusalOf(await steerRelease(use.call(), 'start', {}, {}, frozen))).toMatchObject({ reason: 'Frozen' });
    expect(await standing()).toEqual({ ...before, web: 'Initialized 0' });
    expect(refusalOf(await steer('start', 'hand'))).toMatchObject({ reason: 'NoStrategy' });
    await steerRelease(use.call(), 'start', {}, {}, { ...mate, force: 'we know' });
    expect((await entriesOf('web'))[0]).toMatchObject({
      verb: 'start',
      reason: expect.stringMatching(/NoCountedCallers: we know/),
    });
  });

  test.each<[SteerVerb, Readonly<Record<string, string>>]>([
    ['pause', { cart: 'Paused 0 10', web: 'Paused 0 50' }],
    ['skip', { cart: 'Paused 1 10', web: 'Baking 1 100' }],
    ['undo', { cart: 'Undone 0 0', web: 'Undone 0 0' }],
  ])('%s is of all that are released, whichever is named', async (verb, expected) => {
    for (const name of ['cart', 'web', 'hand']) {
      await prepare();
      await steer('start');
      await steer('skip');
      expect(await steer(verb, name)).toMatchObject({ outcome: 'written' });
      expect(await standing()).toEqual({ ...expected, ...REST });
      for (const each of ['cart', 'web', name]) expect((await entriesOf(each))[0]).toMatchObject({ verb });
    }
  });

  test('resume goes on with those that are paused by hand', async () => {
    await steer('start');
    await steer('skip');
    await setReleaseWeights(use.call('web'), share(20));
    expect(await standing()).toMatchObject({ cart: 'Progressing 0 10', web: 'Paused 0 20' });
    expect(await steer('resume')).toMatchObject({ outcome: 'written' });
    expect(await standing()).toMatchObject({ cart: 'Progressing 0 10', web: 'Progressing 0 50' });
    expect(refusalOf(await steer('resume'))).toMatchObject({ reason: 'NotPaused' });
  });

  test('promote goes on behind the pauses; the group ends together', async () => {
    await steer('start');
    expect(refusalOf(await steer('promote'))).toMatchObject({ reason: 'NothingToPromote' });
    await steer('skip');
    await steer('skip');
    expect(await steer('promote', 'web')).toMatchObject({ outcome: 'written' });
    expect(await standing()).toMatchObject({ cart: 'Progressing 2 50', web: 'Baking 1 100' });
    // Its steps would end, those of the other would not.
    await steer('skip');
    expect(await standing()).toMatchObject({ cart: 'Baking 3 100', web: 'Baking 1 100' });
    await steer('skip');
    expect(await standing()).toMatchObject({ cart: 'WaitingPromotion 4 100', web: 'WaitingPromotion 2 100' });
    await steer('promote');
    expect(await standing()).toMatchObject({ cart: 'Promoted 4 0', web: 'Promoted 2 0' });
  });

  test('promoted with full, none is behind its steps before all have everything', async () => {
    await steer('start');
    await steer('skip');
    await steer('skip');
    expect(await standing()).toMatchObject({ cart: 'Paused 1 10', web: 'Baking 1 100' });
    await steer('promote', 'web', { full: true });
    expect(await standing()).toMatchObject({ cart: 'Baking 3 100', web: 'Baking 1 100' });
  });

  test('one that has everything already is not promoted before the others', async () => {
    await steer('start');
    await steer('skip');
    await applyRelease(use.call('cart'), releaseManifest('cart', { strategy: STEPS }));
    await steer('skip', 'web');
    await steer('skip', 'web');
    await applyRelease(use.call('cart'), releaseManifest('cart', { strategy: STEPS, group: 'shop' }));
    expect(await standing()).toMatchObject({ cart: 'Progressing 0 10', web: 'WaitingPromotion 2 100' });
    expect(refusalOf(await steer('promote', 'web'))).toMatchObject({
      reason: 'NothingToPromote',
      sentence: 'it has everything; it waits for cart of group shop: its steps are not done',
    });
  });

  test('an abort takes all back that have a share or a release, the manual ones too; a retry begins them again', async () => {
    await steer('start');
    await steer('skip');
    await setReleaseWeights(use.call('hand'), share(30));
    await setReleaseWeights(use.call('alone'), share(40));
    const before = await store.readHead('local', signal());
    const outcome = await abortRelease(use.call('web'), 'p99 doubled');
    expect(outcome).toMatchObject({
      outcome: 'written',
      canary: { metadata: { name: 'web' }, status: { phase: 'Failed' } },
    });
    expect(await standing()).toEqual({
      cart: 'Aborted 0 0',
      web: 'Aborted 0 0',
      hand: 'Failed 0',
      alone: 'Progressing 40',
    });
    expect(await store.readHead('local', signal())).toBe(before + 3);
    expect((await get('cart')).status.conditions[0]?.message).toBe('aborted: web of group shop: p99 doubled');
    expect((await entriesOf('hand'))[0]).toMatchObject({ verb: 'abort', from: { canary: 30 }, to: { canary: 0 } });
    expect(await abortRelease(use.call('cart'), undefined)).toMatchObject({ outcome: 'unchanged' });
    expect(refusalOf(await steer('start'))).toMatchObject({ reason: 'Aborted' });
    await retryRelease(use.call('cart'), { reason: 'fixed' });
    expect(await standing()).toMatchObject({ cart: 'Baseline -1 0', web: 'Baseline -1 0', hand: 'Initialized 0' });
    expect((await get('web')).status.release).toMatchObject({ attempt: 2, trigger: 'Retry' });
  });

  test('where the others cannot be read an abort does not wait for them, and comes to them afterwards', async () => {
    await steer('start');
    await steer('skip');
    let reads = 0;
    const flaky: TableStore = {
      ...store,
      listCanaries: async (...args) => {
        if (++reads <= 2) throw new CanaryStoreError('throttled');
        return await store.listCanaries(...args);
      },
    };
    await abortRelease(use.call('cart', flaky), 'bad');
    expect(await standing()).toMatchObject({ cart: 'Aborted 0 0', web: 'Aborted 0 0' });
    const versions = await Promise.all(
      ['cart', 'web'].map(async (name) => Number((await get(name)).metadata.resourceVersion)),
    );
    expect(versions[1]).toBeGreaterThan(versions[0] ?? 0);
  });

  test('what is done with one alone is of one alone: a weight, another spec, a deletion', async () => {
    await steer('start');
    await steer('skip');
    await applyRelease(use.call('web'), releaseManifest('web', { ...SPECS['web'], mirror: { percentage: 5 } }));
    expect(await standing()).toMatchObject({ cart: 'Progressing 0 10', web: 'Baseline -1 0' });
    await deleteRelease(use.call('web'), {});
    await abortRelease(use.call('cart'), undefined);
    expect((await get('web')).status.phase).toBe('Terminating');
  });

  test('joining and leaving begin and end no release', async () => {
    await steer('start');
    await steer('start', 'alone');
    const before = await get('alone');
    await applyRelease(use.call('alone'), releaseManifest('alone', { ...SPECS['alone'], group: 'shop' }));
    expect((await get('alone')).status.release).toEqual(before.status.release);
    await steer('skip');
    expect(await standing()).toMatchObject({ cart: 'Progressing 0 10', alone: 'Progressing 0 10' });
    await applyRelease(use.call('alone'), releaseManifest('alone', SPECS['alone']));
    await abortRelease(use.call('cart'), undefined);
    expect(await standing()).toMatchObject({ cart: 'Aborted 0 0', alone: 'Progressing 0 10' });
  });

  test('of many that join at once no more get in than there is room for', async () => {
    for (let i = 0; i < 16; i++) await createRelease(use.call(`c-${i}`), releaseManifest(`c-${i}`, { group: 'shop' }));
    const all = await Promise.all(
      ['x', 'y', 'z'].map((name) => createRelease(use.call(name), releaseManifest(name, { group: 'shop' }))),
    );
    expect(all.map((outcome) => refusalOf(outcome)?.reason ?? outcome.outcome).sort()).toEqual([
      'GroupFull',
      'GroupFull',
      'written',
    ]);
    // A member that is there already is written as before.
    expect(
      await applyRelease(use.call('c-0'), releaseManifest('c-0', { group: 'shop', mirror: { percentage: 1 } })),
    ).toMatchObject({ outcome: 'written' });
  });

  test('of two that join in any order of their reads and writes one is let through', async () => {
    const orders = await everyOrder(
      async () => {
        await prepare();
        for (let i = 0; i < 16; i++) {
          await createRelease(use.call(`c-${i}`), releaseManifest(`c-${i}`, { group: 'shop' }));
        }
        return ['x', 'y'].map((name) => async (gate: Gate) => {
          const listed: TableStore = {
            ...gatedBy(store, gate),
            readHead: async (...args) => {
              await gate('head');
              return await store.readHead(...args);
            },
            create: async (...args) => {
              await gate('create');
              return await store.create(...args);
            },
          };
          return await createRelease(use.call(name, listed), releaseManifest(name, { group: 'shop' }));
        });
      },
      async ({ results }) => {
        const all = results.map((outcome) => refusalOf(outcome)?.reason ?? outcome.outcome).sort();
        expect(all).toEqual(['GroupFull', 'written']);
      },
    );
    expect(orders).toBeGreaterThan(5);
  }, 60_000);

  const ACTS: Readonly<Record<string, (gated: TableStore) => Promise<Outcome>>> = {
    start: (gated) => steerRelease(use.call('web', gated), 'start'),
    skip: (gated) => steerRelease(use.call('web', gated), 'skip'),
    pause: (gated) => steerRelease(use.call('web', gated), 'pause'),
    undo: (gated) => steerRelease(use.call('web', gated), 'undo'),
    weights: (gated) => setReleaseWeights(use.call('web', gated), share(90)),
    hand: (gated) => setReleaseWeights(use.call('hand', gated), share(90)),
    leave: (gated) => applyRelease(use.call('web', gated), releaseManifest('web', { strategy: SHORT })),
  };

  test.each([
    ['start', false],
    ['skip', true],
    ['pause', true],
    ['undo', true],
    ['weights', true],
    ['hand', true],
    ['leave', true],
  ] as const)(
    '%s of one member in every order beside an abort of another: nothing decided before comes after',
    async (act, isReleased) => {
      const orders = await everyOrder(
        async () => {
          await prepare();
          if (isReleased) {
            await steer('start');
            await steer('skip');
          }
          if (act === 'hand') await setReleaseWeights(use.call('hand'), share(30));
          return [
            async (gate: Gate) => await abortRelease(use.call('cart', gatedBy(store, gate)), 'bad'),
            async (gate: Gate) => await (ACTS[act] ?? (() => Promise.reject(new Error(act))))(gatedBy(store, gate)),
          ];
        },
        async ({ steps }) => {
          const told = `${steps.map(({ actor, step }) => `${actor} ${step}`).join(', ')}: ${JSON.stringify(await standing())}`;
          const lastWrite = steps.findLastIndex(({ actor, step }) => actor === 0 && step === 'abort');
          const firstRead = steps.findIndex(({ actor }) => actor === 1);
          const { status } = await get('cart');
          expect([status.phase, status.weights.canary], told).toEqual(['Failed', 0]);
          // Of those that were there before the abort none is left with a share that was decided before.
          if (firstRead > lastWrite) return;
          const web = await get('web');
          const isBack = web.status.weights.canary === 0 && ['Failed', 'Initialized'].includes(web.status.phase);
          const isOut = act === 'leave' && web.spec.group === undefined;
          const isBegun = act === 'start' && web.status.weights.canary === 0;
          expect(isBack || isOut || isBegun, told).toBe(true);
          const hand = await get('hand');
          if (act === 'hand') expect([hand.status.phase, hand.status.weights.canary], told).toEqual(['Failed', 0]);
        },
      );
      expect(orders).toBeGreaterThan(2);
    },
    60_000,
  );
});

/** A store whose reads and writes wait for their turn. */
function gatedBy(store: TableStore, gate: Gate): TableStore {
  const after =
    <A extends readonly unknown[], T>(step: string, work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await gate(step);
      return await work(...args);
    };
  return {
    ...store,
    getCanary: after('read', store.getCanary),
    listCanaries: after('list', store.listCanaries),
    update: after('write', store.update),
    abort: after('abort', store.abort),
  };
}
