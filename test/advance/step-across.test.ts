import { describe, expect, test } from 'vitest';
import { type LookTools, lookAtAll } from '../../functions/advance/step/look.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { applyRelease } from '../../functions/releases/apply-release.ts';
import type { ReleaseCall } from '../../functions/releases/call.ts';
import { deleteRelease } from '../../functions/releases/delete-release.ts';
import { retryRelease } from '../../functions/releases/retry-release.ts';
import { type SteerVerb, steerRelease } from '../../functions/releases/steer-release.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { everyOrder, type Gate } from '../support/every-order.ts';
import { type Behaviour, NO_METRICS, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { releaseManifest } from '../support/use-cases.ts';

const TIMES = { baseline: '10s', minimum: { time: '5s' }, bake: { time: '10s' } };
const LONG = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };
const GOOD: Behaviour = { rps: 2_000, proxies: 2 };
const BAD: Behaviour = { ...GOOD, canaryBad: 0.2 };
const NAMES = ['east', 'west'];
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const isWaiting = ({ status }: Canary): boolean => status.phase === 'WaitingPromotion';
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const weightOf = ({ status }: Canary): number => status.weights.canary;
const saying = ({ status }: Canary): string =>
  status.conditions.find(({ type }) => type === 'Progressing')?.message ?? '';

type Place = 'east' | 'west';

interface Fleet extends Readonly<Record<Place, ReleaseSimulator>> {
  readonly store: TableStore;
  call(cluster: Place, store?: TableStore): ReleaseCall;
  /** Begins the release in these Kubernetes clusters. */
  start(...clusters: readonly Place[]): Promise<void>;
  steer(cluster: Place, verb: SteerVerb | 'retry'): Promise<string>;
  look(clusters?: readonly Place[], store?: TableStore): Promise<void>;
  pass(clusters?: readonly Place[], store?: TableStore): Promise<void>;
  both(): Promise<readonly [Canary, Canary]>;
  until(what: (east: Canary, west: Canary) => boolean, minutes?: number): Promise<readonly [Canary, Canary]>;
}

/** `shop/cart` in the Kubernetes clusters east and west of one fleet, at rest. */
async function fleet(order: 'OneByOne' | 'AtOnce', strategy: object = LONG): Promise<Fleet> {
  const spec = { clusters: { names: NAMES, order } };
  const east = await simulateRelease(strategy, GOOD, 1, { cluster: 'east', spec });
  const west = await simulateRelease(strategy, GOOD, 2, { cluster: 'west', beside: east, spec });
  const { use, store } = east;
  const call: Fleet['call'] = (cluster, over) => {
    const found = use.call('cart', over);
    return { ...found, key: { ...found.key, cluster } };
  };
  const simulated: Fleet = {
    ...{ east, west, store, call },
    start: async (...clusters) => {
      for (const cluster of clusters) expect(await simulated.steer(cluster, 'start')).toBe('written');
    },
    steer: async (cluster, verb) => {
      const about = call(cluster);
      return (await (verb === 'retry' ? retryRelease(about, {}) : steerRelease(about, verb))).outcome;
    },
    // As `advance` does: each Kubernetes cluster has a loop for itself.
    look: async (clusters = ['east', 'west'], over = store) => {
      const { tools } = use.call();
      const [measure, discoveryOf] = [NO_METRICS, async () => undefined];
      const looks: LookTools = { ...tools, canaries: over, steps: over, measure, discoveryOf };
      await Promise.all(clusters.map(async (cluster) => await lookAtAll(looks, [call(cluster).key], signal())));
    },
    pass: async (clusters, over) => {
      await east.report();
      await west.callers();
      await simulated.look(clusters, over);
    },
    both: async () => [await east.canary(), await west.canary()],
    until: async (what, minutes = 20) => {
      for (let count = 0; count < minutes * 12; count++) {
        const both = await simulated.both();
        if (what(...both)) return both;
        await simulated.pass();
      }
      throw new Error(JSON.stringify((await simulated.both()).map(({ status }) => status)));
    },
  };
  return simulated;
}

const historyOf = async ({ store, call }: Fleet, cluster: Place) =>
  (await store.listAudit(call(cluster).key, 100, signal())).toReversed();

/** A store of which the canary of one Kubernetes cluster cannot be read. */
const unreadable = (store: TableStore, cluster: Place): TableStore => ({
  ...store,
  getCanary: async (key, within) => {
    if (key.cluster === cluster) throw new CanaryStoreError('down');
    return await store.getCanary(key, within);
  },
});

describe('one release of several Kubernetes clusters', () => {
  test('OneByOne: the next gets its first share when the one before it is baked, each on its own evidence', async () => {
    const both = await fleet('OneByOne');
    await both.start('east', 'west');
    for (;;) {
      const [east, west] = await both.both();
      if (isWaiting(east)) break;
      expect(weightOf(west)).toBe(0);
      await both.pass();
    }
    const [, waiting] = await both.both();
    expect(waiting.status.release?.verdict).toMatchObject({
      reason: 'Clusters',
      sentence: 'waits for cart in Kubernetes cluster east: its release is not baked yet',
    });
    const [east, west] = await both.until((_, one) => isWaiting(one));
    expect([east, west].map(({ status }) => status.release?.taken.map(({ weight }) => weight))).toEqual([
      [0, 10, 50, 100],
      [0, 10, 50, 100],
    ]);
  });

  test('OneByOne: promoted counts as baked; one that was promoted before does not', async () => {
    const both = await fleet('OneByOne');
    await both.start('east', 'west');
    await both.until((east) => isWaiting(east));
    expect(await both.steer('east', 'promote')).toBe('written');
    await both.until((_, west) => isWaiting(west));
    expect(await both.steer('west', 'promote')).toBe('written');
    await both.pass();
    await both.start('west');
    for (let i = 0; i < 24; i++) await both.pass();
    const [, west] = await both.both();
    expect(weightOf(west)).toBe(0);
    expect(saying(west)).toContain('waits for cart in Kubernetes cluster east: no release of it goes on; start it');
    // A person may go on without it.
    expect(await both.steer('west', 'skip')).toBe('written');
    await both.until((_, one) => isWaiting(one));
  });

  test('AtOnce: side by side once all have begun, and none ends before all have everything', async () => {
    const both = await fleet('AtOnce');
    await both.start('east');
    for (let i = 0; i < 24; i++) await both.pass();
    const [alone] = await both.both();
    expect([weightOf(alone), saying(alone)]).toEqual([0, expect.stringContaining('cluster west: no release of it')]);
    await both.start('west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    expect(await both.steer('west', 'pause')).toBe('written');
    await both.until((east) => weightOf(east) === 100);
    for (let i = 0; i < 24; i++) await both.pass();
    const [east] = await both.both();
    expect([runningRelease(east)?.state, east.status.release?.verdict?.reason]).toEqual(['Baking', 'Clusters']);
    // It is still watched.
    expect(await both.steer('west', 'resume')).toBe('written');
    await both.until((one, other) => isWaiting(one) && isWaiting(other));
  });

  test.each<[order: 'OneByOne' | 'AtOnce', bad: Place]>([
    ['AtOnce', 'east'],
    ['AtOnce', 'west'],
    ['OneByOne', 'east'],
    ['OneByOne', 'west'],
  ])('%s: a conviction in %s takes all back, those that wait to be promoted too', async (order, bad) => {
    const both = await fleet(order);
    both[bad].behaviour = BAD;
    await both.start('east', 'west');
    await both.until((east, west) => isFailed(bad === 'east' ? east : west));
    await both.look();
    const [east, west] = await both.both();
    expect([weightOf(east), weightOf(west), isFailed(east), isFailed(west)]).toEqual([0, 0, true, true]);
    const [cause, other] = bad === 'east' ? [east, west] : [west, east];
    expect([cause.status.abortedWith, other.status.abortedWith]).toEqual([undefined, bad]);
    const why = new RegExp(`^aborted: cart in Kubernetes cluster ${bad}: canary .*: convicted$`);
    expect(saying(other)).toMatch(why);
    const last = (await historyOf(both, bad === 'east' ? 'west' : 'east')).at(-1);
    expect(last).toMatchObject({ verb: 'abort', who: 'advance', verdict: 'Clusters', release: { state: 'Aborted' } });
  });

  test('an abort by a person takes all back, also where it was retried, or edited, before they have looked', async () => {
    for (const next of ['nothing', 'retry', 'edit'] as const) {
      const both = await fleet('AtOnce');
      await both.start('east', 'west');
      await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
      expect((await abortRelease(both.call('east'), 'p99 doubled')).outcome).toBe('written');
      if (next === 'retry') expect(await both.steer('east', 'retry')).toBe('written');
      const spec = { clusters: { names: NAMES, order: 'AtOnce' }, strategy: LONG, totalWeight: 100 };
      const edited = releaseManifest('cart', { ...spec, match: [{ headers: { 'x-tester': { exact: 'yes' } } }] });
      if (next === 'edit') expect((await applyRelease(both.call('east'), edited)).outcome).toBe('written');
      await both.pass();
      const [east, west] = await both.both();
      expect([next, isFailed(west), weightOf(west), isFailed(east)]).toEqual([next, true, 0, next === 'nothing']);
      const why = next === 'nothing' ? 'p99 doubled' : 'it was aborted at';
      expect(saying(west)).toContain(`aborted: cart in Kubernetes cluster east: ${why}`);
    }
  });

  test('what was taken back with another one takes back nothing, so that both can be retried, in any order', async () => {
    for (const order of [NAMES, NAMES.toReversed()]) {
      const both = await fleet('AtOnce');
      await both.start('east', 'west');
      await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
      await abortRelease(both.call('east'), undefined);
      // The other one follows only after the retry.
      if (order[0] === 'east') expect(await both.steer('east', 'retry')).toBe('written');
      for (let i = 0; i < 3; i++) await both.pass();
      for (const cluster of order) {
        if (cluster === 'east' && order[0] === 'east') continue;
        expect(await both.steer(cluster === 'east' ? 'east' : 'west', 'retry')).toBe('written');
        for (let i = 0; i < 3; i++) await both.pass();
      }
      const [east, west] = await both.until((one, other) => isWaiting(one) && isWaiting(other));
      expect([east, west].map(({ status }) => status.release?.attempt)).toEqual([2, 2]);
      expect([east, west].map(({ status }) => status.abortedWith)).toEqual([undefined, undefined]);
    }
  });

  test('one that cannot be read holds the steps of the others, and keeps none from being taken back', async () => {
    const both = await fleet('AtOnce');
    await both.start('east', 'west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    const store = unreadable(both.store, 'west');
    for (let i = 0; i < 24; i++) await both.pass(['east'], store);
    const [held] = await both.both();
    expect([weightOf(held), saying(held)]).toEqual([10, expect.stringContaining('cluster west: it could not be read')]);
    both.east.behaviour = BAD;
    for (let i = 0; i < 60 && !isFailed((await both.both())[0]); i++) await both.pass(['east'], store);
    expect(isFailed((await both.both())[0])).toBe(true);
    await both.look(['west']);
    expect(isFailed((await both.both())[1])).toBe(true);
  });

  test('a look whose own evidence cannot be read is no reason to stay where another one was aborted', async () => {
    const both = await fleet('AtOnce');
    await both.start('east', 'west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    await abortRelease(both.call('west'), undefined);
    const readEvidence = async (): Promise<never> => {
      throw new CanaryStoreError('down');
    };
    await both.look(['east'], { ...both.store, readEvidence });
    expect(isFailed((await both.both())[0])).toBe(true);
  });

  test.each<[title: string, act: (both: Fleet) => Promise<unknown>, sentence: string]>([
    ['was deleted', async (both) => await deleteRelease(both.call('west'), {}), 'it was deleted'],
    ['was undone', async (both) => await both.steer('west', 'undo'), 'no release of it goes on; start it'],
    [
      'names others',
      async (both) =>
        await applyRelease(
          both.call('west'),
          releaseManifest('cart', { clusters: { names: ['west', 'north'] }, strategy: LONG }),
        ),
      'it is not there, or its spec.clusters does not name east',
    ],
  ])('one that %s has the others wait before their end, and is taken back by none', async (_title, act, sentence) => {
    const both = await fleet('AtOnce');
    await both.start('east', 'west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    await act(both);
    for (let i = 0; i < 100; i++) await both.pass();
    const east = await both.east.canary();
    expect([runningRelease(east)?.state, weightOf(east)]).toEqual(['Baking', 100]);
    expect(saying(east)).toContain(`waits for cart in Kubernetes cluster west: ${sentence}`);
  });

  test('an abort is of one that names the other: what names none of it takes nothing back', async () => {
    const both = await fleet('AtOnce');
    await both.start('east', 'west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    const alone = releaseManifest('cart', { clusters: { names: ['west', 'north'] }, strategy: LONG });
    expect((await applyRelease(both.call('west'), alone)).outcome).toBe('written');
    await abortRelease(both.call('west'), undefined);
    for (let i = 0; i < 3; i++) await both.pass();
    expect(isFailed((await both.both())[0])).toBe(false);
  });

  test('one that has left the fleet is waited for until the spec no longer names it; then the same release ends', async () => {
    const both = await fleet('AtOnce');
    await both.start('east', 'west');
    await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
    for (let i = 0; i < 100; i++) await both.pass(['east']);
    expect(saying(await both.east.canary())).toContain('cluster west: it has not got everything yet');
    const alone = releaseManifest('cart', { strategy: LONG });
    expect((await applyRelease(both.call('east'), alone)).outcome).toBe('written');
    for (let i = 0; i < 6; i++) await both.pass(['east']);
    const { phase, release } = (await both.east.canary()).status;
    expect([phase, release?.attempt]).toEqual(['WaitingPromotion', 1]);
  });

  test('a canary that does not name its own Kubernetes cluster is refused', async () => {
    const both = await fleet('AtOnce');
    const others = releaseManifest('cart', { clusters: { names: ['west', 'north'] }, strategy: LONG });
    const message = 'must have east, the Kubernetes cluster that the canary is in';
    expect(await applyRelease(both.call('east'), others)).toMatchObject({
      outcome: 'refused',
      refusal: { reason: 'Invalid', faults: [{ path: 'spec.clusters.names', message }] },
    });
    expect((await both.east.canary()).spec.clusters?.names).toEqual(NAMES);
  });

  test('in every order of an abort and a step, no step is written behind the abort, and all end at 0', async () => {
    const begun = async (passes: number): Promise<Fleet> => {
      const both = await fleet('AtOnce');
      await both.start('east', 'west');
      for (let i = 0; i < passes; i++) await both.pass();
      return both;
    };
    const found = await begun(0);
    let passes = 0;
    for (; weightOf(await found.east.canary()) < 50; passes++) await found.pass();
    let both = found;
    let written: string[] = [];
    const orders = await everyOrder<void>(
      async () => {
        both = await begun(passes - 1);
        await both.east.report();
        await both.west.callers();
        written = [];
        const order = written;
        return [
          async (gate: Gate) => await both.look(['east'], gated(both.store, gate, order)),
          async (gate: Gate) => {
            await abortRelease(both.call('west', gated(both.store, gate, order)), undefined);
          },
        ];
      },
      async () => {
        expect(['abort', 'step abort']).toContain(written.join(' '));
        await both.look();
        const ended = await both.both();
        expect(ended.map((one) => [isFailed(one), weightOf(one)])).toEqual([
          [true, 0],
          [true, 0],
        ]);
      },
    );
    expect(orders).toBeGreaterThan(5);
  }, 120_000);

  test('killed at any write, the others still find what has become of it', async () => {
    for (const kill of ['update', 'keepRelease'] as const) {
      const both = await fleet('AtOnce');
      await both.start('east', 'west');
      await both.until((east, west) => weightOf(east) === 10 && weightOf(west) === 10);
      await abortRelease(both.call('west'), undefined);
      const killed = async (): Promise<never> => {
        throw new CanaryStoreError('killed');
      };
      await both.look(['east'], { ...both.store, [kill]: killed });
      await both.pass();
      expect(isFailed((await both.both())[0])).toBe(true);
    }
  });
});

/** The store, each call of which about a canary waits for its turn. @param written is added to: what was written, in its order */
function gated(store: TableStore, gate: Gate, written: string[]): TableStore {
  return {
    ...store,
    getCanary: async (key, within) => {
      await gate(`read ${key.cluster}`);
      return await store.getCanary(key, within);
    },
    update: async (cluster, expected, canary, extras, within) => {
      await gate('update');
      const done = await store.update(cluster, expected, canary, extras, within);
      if (done.outcome === 'written' && extras.audit.verb === 'step') written.push('step');
      return done;
    },
    abort: async (...args) => {
      await gate('abort');
      written.push('abort');
      return await store.abort(...args);
    },
  };
}
