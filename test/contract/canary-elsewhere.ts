import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { abortOf, auditOf, canaryOf, nextOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, newCluster, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** What every store of canaries does with a write that depends on canaries of other Kubernetes clusters. */
export function canaryElsewhereContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`canary store, across Kubernetes clusters: ${title}`, () => {
    let store: CanaryStore;
    let here: string;
    let there: string;
    const keyIn = (cluster: string) => ({ cluster, namespace: 'shop', name: 'cart' });
    const create = async (cluster: string): Promise<Canary> => {
      const canary = canaryOf();
      const outcome = await store.create(cluster, canary, { audit: auditOf(canary) }, signal());
      expect(outcome).toEqual({ outcome: 'written' });
      return canary;
    };
    const abort = async (cluster: string): Promise<void> => {
      const canary = await store.getCanary(keyIn(cluster), signal());
      if (canary === undefined) throw new Error('there is none');
      await store.abort(keyIn(cluster), abortOf(9), auditOf(canary), signal());
    };
    const write = async (before: Canary, seen: readonly { cluster: string; resourceVersion: string | undefined }[]) => {
      const next = nextOf(before, { stable: 90, canary: 10 });
      const elsewhere = seen.map(({ cluster, resourceVersion }) => ({ key: keyIn(cluster), resourceVersion }));
      const extras = { audit: auditOf(next, { who: 'advance' }), elsewhere };
      return await store.update(here, before.metadata.resourceVersion, next, extras, signal());
    };

    withStore(open, (opened, fresh) => {
      store = opened.store;
      here = fresh;
      there = newCluster();
    });

    test('it is written where all others are what was seen, and changes none of them', async () => {
      const [own, other] = [await create(here), await create(there)];
      const seen = [
        { cluster: there, resourceVersion: other.metadata.resourceVersion },
        { cluster: newCluster(), resourceVersion: undefined },
      ];
      expect(await write(own, seen)).toEqual({ outcome: 'written' });
      expect((await store.getCanary(keyIn(here), signal()))?.status.weights.canary).toBe(10);
      expect(await store.getCanary(keyIn(there), signal())).toEqual(other);
      expect(await store.readHead(there, signal())).toBe(1);
    });

    test.each<[title: string, seen: string | undefined, change: () => Promise<unknown>]>([
      ['was aborted', '1', async () => await abort(there)],
      ['is gone', '1', async () => await store.remove(keyIn(there), '1', signal())],
      ['is there, and was not', undefined, async () => undefined],
    ])('where another one %s, nothing is written', async (_title, resourceVersion, change) => {
      const own = await create(here);
      await create(there);
      await change();
      expect(await write(own, [{ cluster: there, resourceVersion }])).toEqual({ outcome: 'elsewhere' });
      expect(await store.getCanary(keyIn(here), signal())).toEqual(own);
      expect(await store.readHead(here, signal())).toBe(1);
      const entries = await store.listAudit(keyIn(here), 10, signal());
      expect(entries.map(({ who }) => who)).not.toContain('advance');
    });

    test('that the canary itself is another one comes first', async () => {
      const own = await create(here);
      await create(there);
      await abort(here);
      expect(await write(own, [{ cluster: there, resourceVersion: '9' }])).toMatchObject({ outcome: 'conflict' });
    });

    test('ten Kubernetes clusters that each depend on all others and write at once: none is half written', async () => {
      const clusters = [here, ...Array.from({ length: 9 }, () => newCluster())];
      const own = await Promise.all(clusters.map(create));
      const outcomes = await Promise.all(
        clusters.map(async (cluster, i) => {
          const before = own[i] ?? canaryOf();
          const next = nextOf(before, { stable: 90, canary: 10 });
          const others = clusters.filter((other) => other !== cluster);
          const elsewhere = others.map((other) => ({ key: keyIn(other), resourceVersion: '1' }));
          return (await store.update(cluster, '1', next, { audit: auditOf(next), elsewhere }, signal())).outcome;
        }),
      );
      const stand = await Promise.all(clusters.map(async (cluster) => await store.getCanary(keyIn(cluster), signal())));
      expect(stand.map((canary) => canary?.status.weights.canary)).toEqual(
        outcomes.map((outcome) => (outcome === 'written' ? 10 : canaryOf().status.weights.canary)),
      );
      // What one has written is another version for all others.
      expect(outcomes.filter((outcome) => outcome === 'written').length).toBeLessThanOrEqual(1);
    });
  });
}
