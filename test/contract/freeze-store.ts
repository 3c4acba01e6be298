import { describe, expect, test } from 'vitest';
import type { FreezePlace } from '../../functions/canary/freeze/freeze.ts';
import type { FreezeStore } from '../../functions/canary/freeze/freeze-store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { freezeOf } from '../support/freezes.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every store of freezes does. Those of the fleet are shared by all tests of a store: each has a name of its own. */
export function freezeStoreContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`freeze store contract: ${title}`, () => {
    let harness: CanaryStoreHarness;
    let store: FreezeStore;
    let cluster: string;
    let own: FreezePlace;
    let shop: FreezePlace;
    const fleet: FreezePlace = { scope: 'Fleet' };

    withStore(open, (opened, fresh) => {
      harness = opened;
      store = opened.store;
      cluster = fresh;
      own = { scope: 'Cluster', cluster };
      shop = { scope: 'Namespace', cluster, namespace: 'shop' };
    });

    const put = (place: FreezePlace, name: string, expected?: string, version = '1') =>
      store.putFreeze(place, freezeOf(place, name, {}, version), expected, signal());
    const namesOf = async (place: FreezePlace): Promise<readonly string[]> =>
      (await store.listFreezes(place, signal())).map(({ metadata }) => metadata.name);

    test('there is none', async () => {
      expect(await store.listFreezes(own, signal())).toEqual([]);
      expect(await store.getFreeze(shop, 'stop', signal())).toBeUndefined();
      expect(await store.deleteFreeze(shop, 'stop', signal())).toBe(false);
    });

    test('a freeze comes back as it was', async () => {
      const windows = [
        { start: '2026-12-24T18:00', duration: '2d', timeZone: 'Europe/Berlin', recurrence: 'FREQ=YEARLY' },
      ];
      const freeze = freezeOf(shop, 'xmas', { reason: 'ä "{{ 🎄', until: '2027-01-01T00:00:00Z', windows });
      expect(await store.putFreeze(shop, freeze, undefined, signal())).toBe('written');
      expect(await store.getFreeze(shop, 'xmas', signal())).toEqual(freeze);
      expect(await store.listFreezes(shop, signal())).toEqual([freeze]);
    });

    test('places are apart; a list is by name', async () => {
      const name = cluster.toLowerCase();
      for (const each of ['c', 'a', 'b']) await put(shop, each);
      await put({ scope: 'Namespace', cluster, namespace: 'shop-two' }, 'two');
      await put(own, 'own');
      await put({ scope: 'Cluster', cluster: `${cluster}-other` }, 'other');
      await put(fleet, name);
      expect(await namesOf(shop)).toEqual(['a', 'b', 'c']);
      expect(await namesOf(own)).toEqual(['own']);
      expect(await namesOf(fleet)).toContain(name);
      const all = await store.readFreezes(cluster, signal());
      const ours = all.filter(({ status }) => status.scope !== 'Fleet').map(({ metadata }) => metadata.name);
      expect(ours.toSorted()).toEqual(['a', 'b', 'c', 'own', 'two']);
      expect(all.some(({ metadata, status }) => metadata.name === name && status.scope === 'Fleet')).toBe(true);
      expect(await store.deleteFreeze(fleet, name, signal())).toBe(true);
      expect(await namesOf(fleet)).not.toContain(name);
    });

    test('as many as a place may have come whole', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, i) => put(shop, `f${i}`)));
      expect(await namesOf(shop)).toHaveLength(50);
    });

    test('a write replaces the version that it has seen, and no other', async () => {
      expect(await put(shop, 'stop')).toBe('written');
      expect(await put(shop, 'stop')).toBe('conflict');
      expect(await put(shop, 'stop', '7', '8')).toBe('conflict');
      expect(await put(shop, 'stop', '1', '2')).toBe('written');
      expect((await store.getFreeze(shop, 'stop', signal()))?.metadata.resourceVersion).toBe('2');
      expect(await put(shop, 'other', '1', '2')).toBe('conflict');
    });

    test('of many at once, one is written', async () => {
      const writes = await Promise.all(Array.from({ length: 10 }, () => put(shop, 'stop')));
      expect(writes.filter((write) => write === 'written')).toHaveLength(1);
    });

    test('what is deleted is gone, and may be put again', async () => {
      await put(shop, 'stop');
      expect(await store.deleteFreeze(shop, 'stop', signal())).toBe(true);
      expect(await store.deleteFreeze(shop, 'stop', signal())).toBe(false);
      expect(await namesOf(shop)).toEqual([]);
      expect(await put(shop, 'stop', undefined, '9')).toBe('written');
    });

    test.each(['../x', 'a/b', 'a#b', '__proto__'])('a Kubernetes cluster is only a name: %j', async (name) => {
      const place: FreezePlace = { scope: 'Cluster', cluster: `${name}-${cluster}` };
      await put(place, 'stop');
      expect(await namesOf(place)).toEqual(['stop']);
      expect(await namesOf(own)).toEqual([]);
    });

    test('it is no canary: the head and the lists stay as they are', async () => {
      await put(own, 'stop');
      expect(await harness.store.listCanaries(cluster, signal())).toEqual({ head: 0, canaries: [], unreadable: [] });
    });

    test('a caller whose time is over gets an error', async () => {
      const over = AbortSignal.abort();
      await expect(store.readFreezes(cluster, over)).rejects.toThrow(CanaryStoreError);
      await expect(store.listFreezes(own, over)).rejects.toThrow(CanaryStoreError);
      await expect(store.getFreeze(own, 'a', over)).rejects.toThrow(CanaryStoreError);
      await expect(store.putFreeze(own, freezeOf(own), undefined, over)).rejects.toThrow(CanaryStoreError);
      await expect(store.deleteFreeze(own, 'a', over)).rejects.toThrow(CanaryStoreError);
    });
  });
}
