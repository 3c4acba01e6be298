import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { mayRest } from '../../functions/canary/rest.ts';
import { settled } from '../../functions/canary/settled.ts';
import type { CanaryKey, CanaryStore } from '../../functions/canary/store.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { abortOf as abortBy } from '../../functions/canary/transitions/change-weights.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { settle, settleAll } from '../../functions/releases/settle/settle.ts';
import { CREATED_AT, canaryOf } from '../support/canaries.ts';
import { TIMES } from '../support/release-times.ts';
import { auditOf, nextOf } from '../support/stored-canaries.ts';
import { releaseManifest } from '../support/use-cases.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);
/** Proxies know the canaries from second 70 on. */
const READY = CREATED_AT + 70_000;
const AWAITING = { resourceVersion: '1', since: '2026-11-22T12:01:10.000Z', until: '2026-11-22T12:01:50.000Z' };
const CART = dueOf('cart', 1, { awaiting: AWAITING });
const LATER = { now: READY + 5_000, times: releaseTimes(undefined) };

/** A canary on a Service of its own name, being learned until `READY` if nothing else is said. */
function dueOf(name: string, version: number, status: Partial<Canary['status']> = {}): Canary {
  const canary = canaryOf({ metadata: { name, resourceVersion: String(version) }, status });
  const service = { name, port: 8080 };
  const atRest = mayRest(canary.spec, canary.status);
  const targets = canary.status.targets.map((target) => ({ ...target, service }));
  return { ...canary, spec: { ...canary.spec, service }, status: { ...canary.status, atRest, targets } };
}

/** What every store of canaries does with what the clock has changed. */
export function canaryClockContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`canary store, what the clock changes: ${title}`, () => {
    let store: CanaryStore;
    let cluster: string;
    const key = (name = 'cart'): CanaryKey => ({ cluster, namespace: 'shop', name });
    const get = async (name = 'cart'): Promise<Canary | undefined> => await store.getCanary(key(name), signal());
    const head = async (): Promise<number> => await store.readHead(cluster, signal());
    const create = async (canary: Canary): Promise<void> => {
      expect(await store.create(cluster, canary, { audit: auditOf(canary) }, signal())).toEqual({ outcome: 'written' });
    };
    const abort = async (): Promise<Canary | undefined> =>
      await store.abort(key(), abortBy(CART, LATER, 'slow'), auditOf(CART, { verb: 'abort' }), signal());
    /** `Initialized`, as it was read at version 1. */
    const initialized = (version: number): Canary => ({
      ...settled(CART, READY),
      metadata: { ...CART.metadata, resourceVersion: String(version) },
    });
    const write = async (version: number, expected = '1') =>
      await store.writePhase(cluster, expected, initialized(version), signal());

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test('what a release waits for is written with the rest of the status, and moves no weight', async () => {
      await create(CART);
      const verdict = {
        reason: 'minimum',
        sentence: 'held',
        since: '2026-11-22T12:00:00.000Z',
        at: '2026-11-22T12:00:00.000Z',
      };
      const { strategy } = releaseManifest('cart', { strategy: {} }).spec;
      if (strategy === undefined) throw new Error('it has one');
      const moment = { now: Date.parse('2026-11-22T12:00:00.000Z'), times: TIMES };
      const { release } = begin(CART, strategy, 'Start', moment).status;
      if (release === undefined) throw new Error('it has one');
      const status = { ...CART.status, phase: 'Progressing', atRest: false, release: { ...release, verdict } } as const;
      const noted = { ...CART, status, metadata: { ...CART.metadata, resourceVersion: '2' } };
      expect(await store.writePhase(cluster, '1', noted, signal())).toEqual({ outcome: 'written' });
      expect(await get()).toEqual(noted);
      expect(await store.listAudit(key(), 10, signal())).toHaveLength(1);
    });

    test('when it is awaited is written, and which write is awaited stays', async () => {
      const awaiting = { resourceVersion: '1', since: '2026-11-22T12:01:40.000Z', until: '2026-11-22T12:03:00.000Z' };
      const waits = { ...CART, status: { ...CART.status, awaiting } };
      await create(waits);
      const earlier = { ...awaiting, since: '2026-11-22T12:01:10.000Z', until: '2026-11-22T12:02:30.000Z' };
      const noted = {
        ...waits,
        status: { ...waits.status, awaiting: earlier },
        metadata: { ...CART.metadata, resourceVersion: '2' },
      };
      expect(await store.writePhase(cluster, '1', noted, signal())).toEqual({ outcome: 'written' });
      expect(await get()).toEqual(noted);
    });

    test('a phase is written with its conditions and time at the version after the head, and nothing else', async () => {
      await create(CART);
      expect(await write(2)).toEqual({ outcome: 'written' });
      const { metadata, spec, status } = CART;
      expect(await get()).toEqual({
        ...CART,
        metadata: { ...metadata, resourceVersion: '2' },
        spec,
        status: {
          ...status,
          phase: 'Initialized',
          lastTransitionTime: '2026-11-22T12:01:10.000Z',
          conditions: initialized(2).status.conditions,
        },
      });
      expect(await head()).toBe(2);
      const moves = await store.listMoves(cluster, { after: 1, upTo: 2 }, signal());
      expect([moves?.canaries, moves?.gone]).toEqual([[await get()], []]);
      expect(await store.listAudit(key(), 10, signal())).toHaveLength(1);
      const rival = { ...CART, metadata: { ...CART.metadata, name: 'rival', resourceVersion: '3' } };
      const outcome = await store.create(cluster, rival, { audit: auditOf(rival) }, signal());
      expect(outcome).toEqual({ outcome: 'claimed', by: 'cart' });
    });

    test('it gives way to every other write, and then leaves nothing', async () => {
      expect(await write(2)).toEqual({ outcome: 'conflict', current: undefined });
      expect([await head(), await get()]).toEqual([0, undefined]);
      await create(CART);
      await create(dueOf('web', 2));
      expect(await write(2)).toEqual({ outcome: 'behind' });
      expect([await head(), await get()]).toEqual([2, CART]);
      const failed = await abort();
      expect(await write(4)).toEqual({ outcome: 'conflict', current: failed });
      expect([await head(), await get()]).toEqual([3, failed]);
      await expect(write(1)).rejects.toThrow(CanaryStoreError);
    });

    test('many who find the same canary due write it once', async () => {
      await create(CART);
      const all = await Promise.all(Array.from({ length: 10 }, () => settle(store, key(), CART, READY, signal())));
      expect(all.filter(({ isWritten }) => isWritten)).toHaveLength(1);
      expect(all.map(({ hasMoved }) => hasMoved)).toEqual(all.map(() => true));
      expect(all.map(({ canary }) => canary)).toEqual(all.map(() => initialized(2)));
      expect([await head(), await get()]).toEqual([2, initialized(2)]);
    });

    test('one that is not due is neither written nor another', async () => {
      await create(CART);
      const early = await settle(store, key(), CART, READY - 1, signal());
      expect(early).toEqual({ hasMoved: false, isWritten: false, canary: CART });
      expect([await head(), await get()]).toEqual([1, CART]);
    });

    test('one that meets a write of another canary stays as it was', async () => {
      await create(CART);
      await create(dueOf('web', 2));
      const before = { ...store, readHead: async () => 1 };
      const behind = await settle(before, key(), CART, READY, signal());
      expect(behind).toEqual({ hasMoved: false, isWritten: false, canary: CART });
      const all = await settleAll(before, cluster, [CART], { now: READY, most: 1, signal: signal() });
      expect(all).toEqual({ initialized: 0, removed: 0, lost: 0 });
      expect([await head(), await get()]).toEqual([2, CART]);
    });

    test('an abort at the same time wins, whichever comes first', async () => {
      await create(CART);
      for (let round = 0; round < 10; round++) {
        const before = await get();
        await Promise.all([abort(), settle(store, key(), before ?? CART, READY, signal())]);
        const { metadata, status } = (await get()) ?? CART;
        expect([status.phase, status.weights.canary]).toEqual(['Failed', 0]);
        expect(Number(metadata.resourceVersion)).toBe(await head());
        const retried = { ...CART, metadata: { ...metadata, resourceVersion: String((await head()) + 1) } };
        const extras = { audit: auditOf(retried) };
        expect(await store.update(cluster, metadata.resourceVersion, retried, extras, signal())).toEqual({
          outcome: 'written',
        });
      }
    });

    test('of many only those that are due are written, as many as there is room for', async () => {
      const keepUntil = '2026-11-22T12:00:30.000Z';
      const leaving = dueOf('b', 2, { phase: 'Terminating' });
      const targets = leaving.status.targets.map((target) => ({ ...target, keepUntil }));
      await create(dueOf('a', 1));
      await create({
        ...leaving,
        metadata: { ...leaving.metadata, deletionTimestamp: keepUntil },
        status: { ...leaving.status, targets },
      });
      await create(dueOf('c', 3, { phase: 'Failed' }));
      await create(dueOf('d', 4));
      const { canaries } = await store.listCanaries(cluster, signal());
      const settleThem = async (most: number): Promise<unknown> =>
        await settleAll(store, cluster, canaries, { now: READY, most, signal: signal() });
      expect(await settleThem(2)).toEqual({ initialized: 1, removed: 1, lost: 0 });
      expect(await settleThem(3)).toEqual({ initialized: 1, removed: 0, lost: 2 });
      const list = await store.listCanaries(cluster, signal());
      expect([list.head, list.canaries.map((c) => [c.metadata.name, c.status.phase])]).toEqual([
        7,
        [
          ['a', 'Initialized'],
          ['c', 'Failed'],
          ['d', 'Initialized'],
        ],
      ]);
    });

    test('a deleted canary that an abort has met is Terminating, the same at every read', async () => {
      await create(CART);
      const { metadata } = nextOf(CART);
      const deletionTimestamp = '2026-11-22T12:01:11.000Z';
      const deleted = {
        ...CART,
        metadata: { ...metadata, deletionTimestamp },
        status: { ...CART.status, atRest: false, phase: 'Terminating' as const },
      };
      await store.update(cluster, '1', deleted, { audit: auditOf(deleted) }, signal());
      const after = await abort();
      expect([after?.status.phase, after?.metadata.resourceVersion]).toEqual(['Terminating', '3']);
      expect(await get()).toEqual(after);
      expect(after?.status.conditions.map(({ reason }) => reason)).toEqual(Array(3).fill('Terminating'));
    });
  });
}
