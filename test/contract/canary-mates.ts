import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { CanaryKey, CanaryStore } from '../../functions/canary/store.ts';
import type { MateWrite } from '../../functions/canary/stored/writes.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortOf, answerOf, auditOf, canaryOf, nextOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const NAMES = ['cart', 'pay', 'web'] as const;
/** As many as a group has at most. */
const MOST = 20;

/** What every store of canaries does with several that are written in one transaction. */
export function canaryMatesContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`canary store, several in one transaction: ${title}`, () => {
    let store: CanaryStore;
    let cluster: string;
    const key = (name: string): CanaryKey => ({ cluster, namespace: 'shop', name });
    const get = async (name: string): Promise<Canary> => {
      const canary = await store.getCanary(key(name), signal());
      if (canary === undefined) throw new Error(`there is no ${name}`);
      return canary;
    };
    const head = async (): Promise<number> => await store.readHead(cluster, signal());
    const create = async (names: readonly string[], namespace = 'shop'): Promise<void> => {
      for (const name of names) {
        const canary = canaryOf({ name, namespace, version: (await head()) + 1 });
        const outcome = await store.create(cluster, canary, { audit: auditOf(canary) }, signal());
        expect(outcome).toEqual({ outcome: 'written' });
      }
    };
    /** The canaries with a weight, at versions from `first` on. */
    const together = async (names: readonly string[], weight: number, first?: number) => {
      const found = await head();
      const all = await Promise.all(names.map(get));
      const versions = all.map(({ metadata }) => Number(metadata.resourceVersion));
      const start = first ?? Math.max(found, ...versions) + 1;
      const written: MateWrite[] = [];
      for (const [i, before] of all.entries()) {
        const canary = atVersion(nextOf(before, { stable: 100 - weight, canary: weight }), start + i);
        written.push({ before, canary, audit: auditOf(canary, { who: `with ${names[0]}` }) });
      }
      return written;
    };
    const write = async ([asked, ...mates]: readonly MateWrite[], more: object = {}) => {
      if (asked === undefined) throw new Error('there is one at least');
      const { before, canary, audit } = asked;
      return await store.update(cluster, before.metadata.resourceVersion, canary, { audit, mates, ...more }, signal());
    };
    const standing = async () => (await store.listCanaries(cluster, signal())).canaries;

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test.each([
      NAMES,
      Array.from({ length: MOST }, (_, i) => `c-${String(i).padStart(2, '0')}`),
    ])('all are written, each at a version of its own, with its audit entry, and readers find each (%s, …)', async (...names) => {
      await create(names);
      const before = await head();
      const all = await together(names, 40);
      const idempotency = { key: { caller: 'ci', key: 'k' }, answer: answerOf(100) };
      expect(await write(all, { idempotency })).toEqual({ outcome: 'written' });
      expect(await standing()).toEqual(all.map(({ canary }) => canary));
      expect(await head()).toBe(before + names.length);
      const moves = await store.listMoves(cluster, { after: before, upTo: await head() }, signal());
      expect(moves?.canaries.map(({ metadata }) => metadata.name).sort()).toEqual(names);
      for (const { canary, audit } of all) {
        expect((await store.listAudit(key(canary.metadata.name), 1, signal()))[0]).toEqual(audit);
      }
      expect(await store.findAnswer(cluster, idempotency.key, signal())).toEqual(idempotency.answer);
    });

    test.each(NAMES)('where %s is another one by then, nothing is written', async (name) => {
      await create(NAMES);
      const all = await together(NAMES, 40, 5);
      await write(await together([name], 10));
      const before = await standing();
      expect(await write(all)).toEqual({ outcome: 'conflict', current: await get('cart') });
      expect([await standing(), await head()]).toEqual([before, 4]);
      for (const each of NAMES) {
        const entries = await store.listAudit(key(each), 10, signal());
        expect(entries.filter(({ who }) => who === 'with cart')).toHaveLength(name === 'cart' && each === name ? 1 : 0);
      }
    });

    test('where a mate is gone by then, nothing is written', async () => {
      await create(NAMES);
      const all = await together(NAMES, 40, 6);
      await store.remove(key('web'), (await get('web')).metadata.resourceVersion, signal());
      const before = await standing();
      expect(await write(all)).toMatchObject({ outcome: 'conflict' });
      expect([await standing(), await head()]).toEqual([before, 4]);
    });

    test('where the head has moved, nothing is written', async () => {
      await create(NAMES);
      const all = await together(NAMES, 40);
      await create(['other']);
      const before = await standing();
      expect(await write(all)).toEqual({ outcome: 'behind' });
      expect([await standing(), await head()]).toEqual([before, 4]);
    });

    test.each([
      ['a version that is not past the one before', [4, 4]],
      ['a version that is below the one before', [5, 4]],
      ['a version that it has', [4, 2]],
    ])('a mate at %s is refused', async (_title, versions) => {
      await create(NAMES);
      const all = await together(['cart', 'pay'], 40);
      const at = all.map((one, i) => ({ ...one, canary: atVersion(one.canary, versions[i] ?? 0) }));
      await expect(write(at)).rejects.toThrow(CanaryStoreError);
      expect(await head()).toBe(3);
    });

    test('a list of one namespace has those of no other', async () => {
      await create(['cart']);
      await create(['cart', 'pay'], 'shop-b');
      const { canaries, head: found } = await store.listCanaries(cluster, signal(), 'shop');
      expect([found, canaries.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)]).toEqual([
        3,
        ['shop/cart'],
      ]);
    });

    const abortionOf = (name: string, second = 50) => ({
      key: key(name),
      patch: abortOf(second),
      audit: auditOf(canaryOf({ name }), { verb: 'abort', who: 'a person', second }),
    });
    const abort = async ([name = '', ...mates]: readonly string[]) => {
      const { patch, audit } = abortionOf(name);
      return await store.abort(
        key(name),
        patch,
        audit,
        signal(),
        mates.map((mate) => abortionOf(mate)),
      );
    };

    test.each([
      NAMES,
      Array.from({ length: MOST }, (_, i) => `c-${String(i).padStart(2, '0')}`),
    ])('an abort takes all back at once, each at a version of its own (%s, …)', async (...names) => {
      await create(names);
      const before = await head();
      expect(await abort(names)).toEqual(await get(names[0] ?? ''));
      for (const [i, name] of names.entries()) {
        const { metadata, status } = await get(name);
        expect([metadata.resourceVersion, status.phase, status.weights.canary]).toEqual([
          String(before + 1 + i),
          'Failed',
          0,
        ]);
        expect(status.awaiting?.resourceVersion).toBe(metadata.resourceVersion);
        const [entry] = await store.listAudit(key(name), 1, signal());
        expect([entry?.verb, entry?.resourceVersion]).toEqual(['abort', metadata.resourceVersion]);
      }
      expect(await head()).toBe(before + names.length);
      const moves = await store.listMoves(cluster, { after: before, upTo: await head() }, signal());
      expect(moves?.canaries).toHaveLength(names.length);
    });

    test('a mate that is gone stands in the way of no abort; without the first there is none', async () => {
      await create(NAMES);
      await store.remove(key('pay'), '2', signal());
      expect((await abort(NAMES))?.status.phase).toBe('Failed');
      expect((await get('web')).status.phase).toBe('Failed');
      expect((await standing()).map(({ metadata }) => metadata.name)).toEqual(['cart', 'web']);
      await create(['pay']);
      const before = await standing();
      expect(await abort(['gone', 'pay'])).toBeUndefined();
      expect(await standing()).toEqual(before);
    });

    test('an abort of all beside writers of all: nothing is half written, and the abort stands', async () => {
      await create(NAMES);
      let isOver = false;
      const writer = async (weight: number): Promise<void> => {
        while (!isOver) {
          const all = await together(NAMES, weight);
          // Like use cases: nothing is decided on what was aborted, and a lost race waits.
          if (all.some(({ before }) => before.status.phase === 'Failed')) return;
          const { outcome } = await write(all);
          // A store in memory takes no time.
          await new Promise((resolve) => setTimeout(resolve, outcome === 'written' ? 1 : 30));
        }
      };
      const watcher = async (): Promise<void> => {
        while (!isOver) {
          const { canaries, head: listed } = await store.listCanaries(cluster, signal());
          const weights = new Set(canaries.map(({ status }) => status.weights.canary));
          // Of DynamoDB a list is of one moment only where the head has not moved meanwhile.
          if ((await head()) === listed) expect([...weights], JSON.stringify(canaries)).toHaveLength(1);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const work = [writer(10), writer(20), writer(30), watcher()];
      await new Promise((resolve) => setTimeout(resolve, 150));
      await abort(NAMES);
      isOver = true;
      await Promise.all(work);
      for (const { status } of await standing()) expect([status.phase, status.weights.canary]).toEqual(['Failed', 0]);
    });
  });
}
