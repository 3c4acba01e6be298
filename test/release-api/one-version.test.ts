import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settleCanaries } from '../../functions/advance/settle-canaries.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { createLog } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import { CANARIES, openReleaseEntryPoint, type ReleaseEntryPoint, type Told } from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';

const NAMES = ['cart', 'web'] as const;
const VERBS = ['read', 'read', 'list', 'tick', 'put', 'weights', 'abort', 'retry', 'delete'] as const;

/** One act some time after the one before; `store` is what the store does to what the clock has changed meanwhile. */
const anyAct = fc.record({
  wait: fc.constantFrom(0, 1, 30, 70, 71, 200),
  verb: fc.constantFrom(...VERBS),
  name: fc.constantFrom(...NAMES),
  share: fc.constantFrom(0, 10, 100),
  store: fc.constantFrom<'writes' | 'loses' | 'fails'>('writes', 'writes', 'loses', 'fails'),
});
type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

interface Bench {
  readonly entryPoint: ReleaseEntryPoint;
  act(act: Act): Promise<void>;
  /** Reads all there is, and compares it with all that was read before. */
  look(): Promise<void>;
}

function openBench(): Bench {
  let mode: Act['store'] = 'writes';
  let now = 0;
  const inner = createMemoryStore(() => CREATED_AT + now * 1_000);
  const store: CanaryStore = { ...inner, writePhase: late(inner.writePhase), remove: late(inner.remove) };
  const entryPoint = openReleaseEntryPoint({ store });
  const seen = new Map<string, string>();
  const log = createLog(() => {}, Date.now);

  /** A write that the clock asks for, as the mode has it. */
  function late<A extends readonly unknown[]>(write: (...args: A) => ReturnType<CanaryStore['remove']>) {
    return async (...args: A): ReturnType<CanaryStore['remove']> => {
      if (mode === 'fails') throw new CanaryStoreError('down');
      return mode === 'loses' ? { outcome: 'behind' } : await write(...args);
    };
  }

  function compare(what: string, { status, body }: Told): void {
    if (status === 404) return;
    expect(status, what).toBe(200);
    const key = `${what} ${at(body, 'metadata', 'uid')} at ${at(body, 'metadata', 'resourceVersion')}`;
    const text = JSON.stringify(body);
    expect(text, key).toBe(seen.get(key) ?? text);
    seen.set(key, text);
  }

  return {
    entryPoint,
    async act({ wait, verb, name, share, store: how }) {
      now += wait;
      entryPoint.at(now);
      mode = verb === 'read' || verb === 'list' || verb === 'tick' ? how : 'writes';
      const path = `${CANARIES}/${name}`;
      const service = { name, port: 8080 };
      const backends = [
        { name: 'stable', weight: 100 - share },
        { name: 'canary', weight: share },
      ];
      const work = {
        read: () => entryPoint.ask('GET', path),
        list: () => entryPoint.ask('GET', CANARIES),
        tick: async () =>
          void (await settleCanaries(
            { canaries: store, log, now: () => CREATED_AT + now * 1_000 },
            ['local'],
            AbortSignal.timeout(9_000),
            () => {},
          )),
        put: () =>
          entryPoint.ask('PUT', path, { body: manifestOf({ service, mirror: { percentage: share } }, { name }) }),
        weights: () => entryPoint.ask('PUT', `${path}/weights`, { body: { backends }, headers: { 'if-match': '*' } }),
        abort: () => entryPoint.ask('POST', `${path}/abort`),
        retry: () => entryPoint.ask('POST', `${path}/retry`),
        delete: () => entryPoint.ask('DELETE', path),
      };
      const told = await work[verb]();
      if (told?.status === 200 && at(told.body, 'kind') === 'Canary') compare(name, told);
    },
    async look() {
      mode = 'fails';
      const list = await entryPoint.ask('GET', CANARIES);
      compare('list', list);
      for (const name of NAMES) {
        const told = await entryPoint.ask('GET', `${CANARIES}/${name}`);
        compare(name, told);
        const isListed = JSON.stringify(list.body['items']).includes(`"uid":"${at(told.body, 'metadata', 'uid')}"`);
        expect(told.status, name).toBe(isListed ? 200 : 404);
        compare(`weights of ${name}`, await entryPoint.ask('GET', `${CANARIES}/${name}/weights`));
      }
    },
  };
}

describe('whatever is done and however time passes', () => {
  test('an object, its weights and a list are the same as long as their resourceVersion is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { maxLength: 16 }), async (acts) => {
        const bench = openBench();
        for (const name of NAMES) await bench.act({ wait: 0, verb: 'put', name, share: 0, store: 'writes' });
        await bench.look();
        for (const act of acts) {
          await bench.act(act);
          await bench.look();
        }
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});
