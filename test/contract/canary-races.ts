import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { CanaryKey, CanaryStore, WriteOutcome } from '../../functions/canary/store.ts';
import { abortOf, answerOf, auditOf, canaryOf, nextOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const WRITERS = 50;
const ROUNDS = 4;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const outcomes = (all: readonly WriteOutcome[]): string[] => all.map((o) => o.outcome).sort();
const crowd = <T>(size: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: size }, (_, i) => work(i)));

/** What every store of canaries does when many write at once. */
export function canaryRacesContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`canary store races: ${title}`, () => {
    let store: CanaryStore;
    let cluster: string;
    const key = (name = 'cart'): CanaryKey => ({ cluster, namespace: 'shop', name });
    const create = async (canary: Canary): Promise<WriteOutcome> =>
      await store.create(cluster, canary, { audit: auditOf(canary) }, signal());
    /** Reads and writes until its own change is in, as a client does who was told of a conflict. */
    const persist = async (who: string): Promise<string> => {
      for (;;) {
        const current = await store.getCanary(key(), signal());
        if (current === undefined) throw new Error('the canary is gone');
        const next = nextOf(current);
        const audit = auditOf(next, { who });
        const { outcome } = await store.update(cluster, current.metadata.resourceVersion, next, { audit }, signal());
        if (outcome === 'written') return next.metadata.resourceVersion;
      }
    };

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test('50 writers on one canary: exactly one wins each version (89)', async () => {
      await create(canaryOf());
      let current = canaryOf();
      for (let round = 0; round < ROUNDS; round++) {
        const rivals = Array.from({ length: WRITERS }, (_, i) => nextOf(current, { stable: 100 - i, canary: i }));
        const all = await crowd(WRITERS, async (i) => {
          const rival = rivals[i] ?? current;
          const extras = { audit: auditOf(rival, { who: String(i) }) };
          return await store.update(cluster, current.metadata.resourceVersion, rival, extras, signal());
        });
        const winners = all.flatMap((o, i) => (o.outcome === 'written' ? [i] : []));
        expect(winners).toHaveLength(1);
        const winner = rivals[winners[0] ?? -1];
        expect(await store.getCanary(key(), signal())).toEqual(winner);
        for (const o of all) if (o.outcome !== 'written') expect(o).toEqual({ outcome: 'conflict', current: winner });
        const [newest] = await store.listAudit(key(), 1, signal());
        expect(newest?.who).toBe(String(winners[0]));
        current = winner ?? current;
      }
      expect(await store.readHead(cluster, signal())).toBe(1 + ROUNDS);
      expect(await store.listAudit(key(), 1_000, signal())).toHaveLength(1 + ROUNDS);
    });

    test('10 writers who persist: every one gets in once, and none is lost', async () => {
      await create(canaryOf());
      const versions = await crowd(10, (i) => persist(`writer-${i}`));
      expect(versions.map(Number).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      const entries = await store.listAudit(key(), 100, signal());
      const told = entries.map((e) => [e.resourceVersion, e.who]).filter(([, who]) => who?.startsWith('writer'));
      expect(told.sort()).toEqual(versions.map((v, i) => [v, `writer-${i}`]).sort());
      expect(await store.readHead(cluster, signal())).toBe(11);
    });

    test('an abort lands in a storm of writers, in one write', async () => {
      await create(canaryOf());
      let isOver = false;
      let written = 0;
      const storm = crowd(8, async (i) => {
        // A store on this machine keeps 1,000 audit entries, and all are counted below.
        for (let n = 1; !isOver && written < 900; n++, written++) await persist(`${i}-${n}`);
      });
      await persist('first');
      const entry = auditOf(canaryOf(), { verb: 'abort' });
      const after = await store.abort(key(), abortOf(5), entry, signal());
      isOver = true;
      await storm;
      expect(Number(after?.metadata.resourceVersion)).toBeGreaterThan(2);
      const canary = await store.getCanary(key(), signal());
      // Nobody else changed the phase, so it stands; every write, the abort too, counted exactly once.
      expect(canary?.status.phase).toBe('Failed');
      const entries = await store.listAudit(key(), 10_000, signal());
      expect(entries.filter((e) => e.verb === 'abort')).toHaveLength(1);
      expect(entries).toHaveLength(Number(canary?.metadata.resourceVersion));
      expect(await store.readHead(cluster, signal())).toBe(entries.length);
    });

    test('10 aborts at once are all counted', async () => {
      await create(canaryOf());
      await crowd(10, () => store.abort(key(), abortOf(5), auditOf(canaryOf(), { verb: 'abort' }), signal()));
      const canary = await store.getCanary(key(), signal());
      expect([canary?.metadata.resourceVersion, canary?.status.awaiting?.resourceVersion]).toEqual(['11', '11']);
      expect(await store.listAudit(key(), 100, signal())).toHaveLength(11);
    });

    test('of canaries that race for one Service and port one wins', async () => {
      const all = await crowd(10, (i) => create(canaryOf({ name: `c-${i}`, service: 'cart' })));
      expect(outcomes(all)).toEqual([...Array.from({ length: 9 }, () => 'claimed'), 'written']);
      const winner = `c-${all.findIndex((o) => o.outcome === 'written')}`;
      for (const o of all) if (o.outcome === 'claimed') expect(o.by).toBe(winner);
      const { canaries, head } = await store.listCanaries(cluster, signal());
      expect([canaries.map((c) => c.metadata.name), head]).toEqual([[winner], 1]);
    });

    test('of creations of one name one wins', async () => {
      const all = await crowd(10, (i) => create(canaryOf({ service: `s-${i}` })));
      expect(outcomes(all)).toEqual([...Array.from({ length: 9 }, () => 'conflict'), 'written']);
    });

    test('of repetitions under one idempotency key one is written (90)', async () => {
      const idempotency = { key: { caller: 'ci', key: 'k' }, answer: answerOf(100) };
      const all = await crowd(10, async (i) => {
        const canary = canaryOf({ name: `c-${i}` });
        return await store.create(cluster, canary, { audit: auditOf(canary), idempotency }, signal());
      });
      expect(outcomes(all)).toEqual([...Array.from({ length: 9 }, () => 'conflict'), 'written']);
      expect((await store.listCanaries(cluster, signal())).canaries).toHaveLength(1);
    });

    test('a list is never older than its head', async () => {
      await create(canaryOf());
      let isOver = false;
      const writing = persist('0').then(async () => {
        for (let n = 1; n < 40; n++) await persist(String(n));
        isOver = true;
      });
      let seen = 0;
      while (!isOver) {
        const { head, canaries } = await store.listCanaries(cluster, signal());
        // One canary, so its resourceVersion counts what the head counts.
        expect(Number(canaries[0]?.metadata.resourceVersion)).toBeGreaterThanOrEqual(head);
        expect(head).toBeGreaterThanOrEqual(seen);
        seen = head;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      expect(await store.readHead(cluster, signal())).toBe(41);
    });
  });
}
