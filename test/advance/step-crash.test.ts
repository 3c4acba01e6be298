import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { Hook } from '../../functions/canary/document/strategy/hooks.ts';
import type { AskedRelease, HookResponse } from '../../functions/canary/hooks/ask-hooks.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { everyOrder, type Gate } from '../support/every-order.ts';
import { type Behaviour, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';

const TIMES = { baseline: '10s', minimum: { time: '5s' }, bake: { time: '10s' } };
const url = 'https://gate.example.com/';
const STRATEGY = {
  steps: [{ setWeight: 10 }, { pause: { duration: '10s' } }, { setWeight: 50 }],
  analysis: TIMES,
};
const HOOKED = {
  ...STRATEGY,
  hooks: ['confirm-rollout', 'pre-rollout', 'rollout', 'confirm-traffic-increase', 'confirm-promotion'].map((type) => {
    return { name: type, type, url, interval: '10s' };
  }),
};
const GOOD: Behaviour = { rps: 2_000, proxies: 2 };
const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const isOver = (canary: Canary): boolean => isWaiting(canary) || isFailed(canary);
const weightsOf = ({ status }: Canary) => status.release?.taken.map(({ weight }) => weight);
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** Everything that a look does outside of itself. */
const CALLS = [
  'findRelease',
  'readEvidence',
  'keepRelease',
  'getCanary',
  'readHead',
  'update',
  'writePhase',
  'listAudit',
] as const;
type Wrapped = Pick<TableStore, (typeof CALLS)[number]>;

/** The store, where something is done before and behind each call. */
function around(store: TableStore, before: (call: string) => Promise<void>, behind: (call: string) => Promise<void>) {
  const wrap =
    <A extends readonly unknown[], T>(name: string, act: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await before(name);
      const result = await act(...args);
      await behind(name);
      return result;
    };
  const wrapped: Wrapped = {
    findRelease: wrap('findRelease', store.findRelease),
    readEvidence: wrap('readEvidence', store.readEvidence),
    keepRelease: wrap('keepRelease', store.keepRelease),
    getCanary: wrap('getCanary', store.getCanary),
    readHead: wrap('readHead', store.readHead),
    update: wrap('update', store.update),
    writePhase: wrap('writePhase', store.writePhase),
    listAudit: wrap('listAudit', store.listAudit),
  };
  const canaries = { ...store, ...wrapped };
  const hooks = wrap('hooks', async (_: AskedRelease, all: readonly Hook[]) => all.map(() => SAID));
  return { canaries, steps: canaries, hooks };
}

/** What every hook responds. */
const SAID: HookResponse = { isSuccess: true };

class Killed extends Error {}

/** Looks that end at each of their calls, one after the other, before it or behind it; then one that does not. */
async function killedEverywhere(release: ReleaseSimulator): Promise<number> {
  let kills = 0;
  for (const side of ['before', 'behind'] as const) {
    for (let at = 1; ; at++) {
      let calls = 0;
      const kill = async (): Promise<void> => {
        if (++calls === at) throw new Killed();
      };
      const go = async (): Promise<void> => {};
      const looks = around(release.store, side === 'before' ? kill : go, side === 'behind' ? kill : go);
      const isKilled = await release.look(looks).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          return true;
        },
      );
      if (!isKilled) break;
      kills++;
    }
  }
  return kills;
}

describe('a look that ends anywhere', () => {
  test.each<[string, Behaviour, readonly number[], RegExp]>([
    ['a good canary takes the same steps, each once', GOOD, [0, 10, 50, 100], /WaitingPromotion/],
    ['a bad one is taken back once', { ...GOOD, canaryBad: 0.3 }, [0, 10], /Failed/],
  ])(
    '%s',
    async (_title, behaviour, weights, phase) => {
      const release = await simulateRelease(HOOKED, behaviour);
      let kills = 0;
      for (let looks = 0; looks < 200 && !isOver(await release.canary()); looks++) {
        await release.callers();
        kills += await killedEverywhere(release);
      }
      const canary = await release.canary();
      expect([canary.status.phase, weightsOf(canary)]).toEqual([expect.stringMatching(phase), weights]);
      expect(kills).toBeGreaterThan(50);
      const entries = await release.store.listAudit(release.use.call().key, 100, signal());
      const ends = entries.filter(({ verb }) => ['step', 'abort'].includes(verb)).map(({ to }) => to?.canary);
      // Newest first; the pause, and the end of all steps, move no weight.
      expect(ends).toEqual(phase.test('Failed') ? [0, 10] : [100, 100, 50, 10, 10]);
    },
    60_000,
  );
});

/** A release to which something happens at the next look. */
const DUE = {
  'the first share': [GOOD, ({ status }: Canary) => status.release?.state === 'Baseline', 2],
  'the second share': [GOOD, (canary: Canary) => runningRelease(canary)?.state === 'Paused', 2],
  'the end': [GOOD, (canary: Canary) => runningRelease(canary)?.state === 'Baking', 3],
  'a conviction': [{ ...GOOD, canaryBad: 0.3 }, ({ status }: Canary) => status.weights.canary === 10, 3],
} as const;

/** A release shortly before that, and how many looks until then: found once, then made again and again alike. */
async function shortlyBefore(name: keyof typeof DUE): Promise<number> {
  const [behaviour, what] = DUE[name];
  const release = await simulateRelease(STRATEGY, behaviour);
  await release.until(what);
  for (let looks = 0; looks < 60; looks++) {
    const before = await release.canary();
    const stepped = await release.pass();
    const after = await release.canary();
    const moved = before.status.weights.canary !== after.status.weights.canary || isOver(after);
    if (stepped !== undefined && moved) return (release.seconds() - 100) / 5;
  }
  throw new Error(`nothing happens within five minutes of ${name}`);
}

describe.each(Object.keys(DUE) as (keyof typeof DUE)[])('in every order, where %s is due', (name) => {
  const begin = async (looks: number): Promise<ReleaseSimulator> => {
    const release = await simulateRelease(STRATEGY, DUE[name][0]);
    for (let i = 1; i < looks; i++) await release.pass();
    await release.callers();
    return release;
  };
  const looking = (release: ReleaseSimulator) => async (gate: Gate) => {
    const looks = around(
      release.store,
      async (call) => (['readEvidence', 'listAudit', 'readHead'].includes(call) ? undefined : await gate(call)),
      async () => {},
    );
    await release.look(looks);
  };

  test('two looks at once make one step', async () => {
    const looks = await shortlyBefore(name);
    let release: ReleaseSimulator;
    const before: Canary[] = [];
    const orders = await everyOrder(
      async () => {
        release = await begin(looks);
        before.splice(0, 1, await release.canary());
        return [looking(release), looking(release)];
      },
      async () => {
        const after = await release.canary();
        const [first] = before;
        if (first === undefined) throw new Error('there is one');
        expect(Number(after.metadata.resourceVersion)).toBe(Number(first.metadata.resourceVersion) + 1);
        expect((weightsOf(after)?.length ?? 0) - (weightsOf(first)?.length ?? 0)).toBeLessThanOrEqual(1);
      },
    );
    expect(orders).toBeGreaterThan(10);
  }, 120_000);

  test('an abort by a person wins, whenever it comes', async () => {
    const looks = await shortlyBefore(name);
    let release: ReleaseSimulator;
    const orders = await everyOrder(
      async () => {
        release = await begin(looks);
        const aborting = async (gate: Gate): Promise<void> => {
          const store = around(
            release.store,
            async () => {},
            async () => {},
          ).canaries;
          const slow = {
            ...store,
            getCanary: async (...args: Parameters<TableStore['getCanary']>) => {
              await gate('read');
              return await store.getCanary(...args);
            },
            abort: async (...args: Parameters<TableStore['abort']>) => {
              await gate('abort');
              return await store.abort(...args);
            },
          };
          await abortRelease(release.use.call('cart', slow), 'enough');
        };
        return [looking(release), aborting];
      },
      async () => {
        expect((await release.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
        for (let i = 0; i < 4; i++) await release.pass();
        expect((await release.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
      },
    );
    expect(orders).toBeGreaterThan(10);
  }, 120_000);
});
