import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { CanaryKey, CanaryStore } from '../../functions/canary/store.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortOf, answerOf, auditOf, canaryOf, nextOf } from '../support/stored-canaries.ts';
import { type CanaryStoreHarness, newCluster, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every store of canaries does, one caller at a time; `canary-races.ts` has many. */
export function canaryStoreContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`canary store contract: ${title}`, () => {
    let harness: CanaryStoreHarness;
    let store: CanaryStore;
    let cluster: string;
    /** At the version after the head, which is 1 for the first. */
    const create = async (canary: Canary): Promise<string> => {
      const placed = atVersion(canary, (await head()) + 1);
      return (await store.create(cluster, placed, { audit: auditOf(placed) }, signal())).outcome;
    };
    /** Replaces what stands there, at the version after the head. */
    const replace = async (canary: Canary): Promise<unknown> => {
      const expected = (await get(canary))?.metadata.resourceVersion ?? 'none';
      const placed = atVersion(canary, (await head()) + 1);
      return await store.update(cluster, expected, placed, { audit: auditOf(placed) }, signal());
    };
    const update = async (canary: Canary, expected = Number(canary.metadata.resourceVersion) - 1): Promise<unknown> =>
      await store.update(cluster, String(expected), canary, { audit: auditOf(canary) }, signal());
    const keyOf = ({ metadata: { namespace, name } }: Canary): CanaryKey => ({ cluster, namespace, name });
    const get = async (canary: Canary): Promise<Canary | undefined> => await store.getCanary(keyOf(canary), signal());
    const head = async (): Promise<number> => await store.readHead(cluster, signal());
    const audit = async (canary: Canary, limit = 100): Promise<readonly unknown[]> =>
      await store.listAudit(keyOf(canary), limit, signal());

    withStore(open, (opened, fresh) => {
      harness = opened;
      store = opened.store;
      cluster = fresh;
    });

    test('an empty store has nothing, and its head is 0', async () => {
      expect(await store.listCanaries(cluster, signal())).toEqual({ head: 0, canaries: [], unreadable: [] });
      expect(await head()).toBe(0);
      expect(await get(canaryOf())).toBeUndefined();
      expect(await audit(canaryOf())).toEqual([]);
    });

    test('what is created comes back as it was, with its audit entry; the head moves by 1', async () => {
      const canary = canaryOf({ note: 'ä\n"\u2028{{' });
      expect(await create(canary)).toBe('written');
      expect(await get(canary)).toEqual(canary);
      expect(await store.listCanaries(cluster, signal())).toEqual({ head: 1, canaries: [canary], unreadable: [] });
      expect(await audit(canary)).toEqual([auditOf(canary)]);
    });

    test('created twice: the second conflicts, and leaves nothing', async () => {
      await create(canaryOf());
      const second = canaryOf({ note: 'second' });
      const outcome = await store.create(cluster, second, { audit: auditOf(second, { who: 'second' }) }, signal());
      expect(outcome).toEqual({ outcome: 'conflict', current: canaryOf() });
      expect(await head()).toBe(1);
      expect(await audit(second)).toHaveLength(1);
    });

    test('an update at the version that stands replaces it', async () => {
      await create(canaryOf());
      const { awaiting: _, ...status } = canaryOf().status;
      const next = nextOf({ ...canaryOf(), status }, { stable: 80, canary: 20 });
      expect(await update(next)).toEqual({ outcome: 'written' });
      expect(await get(next)).toEqual(next);
      expect(await head()).toBe(2);
    });

    test('a stale update conflicts (89): it is told what stands there, and leaves neither audit nor head', async () => {
      await create(canaryOf());
      const next = nextOf(canaryOf());
      await update(next);
      const stale = nextOf(canaryOf(), { stable: 0, canary: 100 });
      expect(await update(stale)).toEqual({ outcome: 'conflict', current: next });
      expect(await head()).toBe(2);
      expect(await audit(next)).toHaveLength(2);
    });

    test('an update of what is not there conflicts with nothing', async () => {
      expect(await update(nextOf(canaryOf()))).toEqual({ outcome: 'conflict', current: undefined });
      expect(await head()).toBe(0);
      expect(await audit(canaryOf())).toEqual([]);
    });

    test.each([1, 0])('an update that does not count further is refused: 1 to %i', async (version) => {
      await create(canaryOf());
      await expect(update(canaryOf({ version }), 1)).rejects.toThrow(CanaryStoreError);
    });

    test('one name in two clusters and two namespaces is four canaries (98)', async () => {
      const mine = [canaryOf(), canaryOf({ namespace: 'other' })];
      for (const canary of mine) expect(await create(canary)).toBe('written');
      const first = cluster;
      cluster = newCluster();
      for (const canary of mine) expect(await create(canary)).toBe('written');
      await update(nextOf(canaryOf(), { stable: 0, canary: 100 }));
      expect((await store.listCanaries(first, signal())).canaries.map((c) => c.metadata.resourceVersion)).toEqual([
        '2',
        '1',
      ]);
    });

    test('lists go by namespace, then name', async () => {
      const names = [
        ['a', 'z'],
        ['a-b', 'a'],
        ['a', 'a-b'],
        ['a', 'a'],
        ['b', 'a'],
      ] as const;
      for (const [namespace, name] of names) await create(canaryOf({ namespace, name }));
      const { canaries } = await store.listCanaries(cluster, signal());
      expect(canaries.map((c) => `${c.metadata.namespace}/${c.metadata.name}`)).toEqual([
        'a/a',
        'a/a-b',
        'a/z',
        'a-b/a',
        'b/a',
      ]);
    });

    test('a list of more than a megabyte is whole', async () => {
      const note = 'x'.repeat(60_000);
      const names = Array.from({ length: 24 }, (_, i) => `c-${String(i).padStart(2, '0')}`);
      for (const name of names) await create(canaryOf({ name, note }));
      const { head, canaries } = await store.listCanaries(cluster, signal());
      expect([head, canaries.map((c) => c.metadata.name)]).toEqual([24, names]);
    });

    test.each<[string, string]>([
      ['../../../etc/passwd', '..'],
      ['a#b', 'c'],
      ['a', 'b#c'],
      ['a%23b', 'c'],
      ["'; DROP TABLE rows; --", '\\'],
      ['__proto__', 'constructor'],
      ['ns\n', '\u{10ffff}'],
    ])('a name is only a name: %j %j', async (namespace, name) => {
      const others = [canaryOf(), canaryOf({ namespace: 'a', name: 'b#c#' }), canaryOf({ namespace: 'a#', name: 'b' })];
      for (const other of others) await create(other);
      const canary = canaryOf({ namespace, name });
      expect(await create(canary)).toBe('written');
      expect(await get(canary)).toEqual(atVersion(canary, 4));
      expect((await store.listCanaries(cluster, signal())).canaries).toHaveLength(4);
      expect(await audit(canary)).toHaveLength(1);
    });

    describe('claims', () => {
      const onCart = (name: string, port = 8080, namespace = 'shop'): Canary =>
        canaryOf({ name, service: 'cart', port, namespace });

      test('a Service and port belong to one canary of a namespace', async () => {
        await create(onCart('a'));
        const b = onCart('b');
        const outcome = await store.create(cluster, b, { audit: auditOf(b) }, signal());
        expect(outcome).toEqual({ outcome: 'claimed', by: 'a' });
        expect([await head(), await get(b), await audit(b)]).toEqual([1, undefined, []]);
        expect(await create(onCart('c', 9090))).toBe('written');
        expect(await create(onCart('d', 8080, 'other'))).toBe('written');
      });

      test('an update moves the claim, and cannot take another’s', async () => {
        await create(onCart('a'));
        await create(onCart('b', 9090));
        const taken = onCart('b');
        expect(await replace(taken)).toEqual({ outcome: 'claimed', by: 'a' });
        expect(await get(taken)).toEqual(atVersion(onCart('b', 9090), 2));
        expect(await replace(onCart('a', 7070))).toEqual({ outcome: 'written' });
        expect(await replace(taken)).toEqual({ outcome: 'written' });
        expect(await create(onCart('c', 9090))).toBe('written');
        expect(await create(onCart('d', 7070))).toBe('claimed');
      });

      test('an update of the same Service keeps it', async () => {
        await create(onCart('a'));
        await update(nextOf(onCart('a')));
        expect(await create(onCart('b'))).toBe('claimed');
      });

      /** A canary on port 7070 one write further, with its former target on 8080 kept until then. */
      const movedOf = (until: number, from = onCart('a')): Canary => {
        const { targets, ...status } = nextOf(onCart('a', 7070)).status;
        const [former] = onCart('a').status.targets.map((t) => ({ ...t, keepUntil: new Date(until).toISOString() }));
        const { metadata } = nextOf(from);
        const both = former === undefined ? targets : [former, ...targets];
        return { ...onCart('a', 7070), metadata, status: { ...status, targets: both } };
      };
      const later = (): number => Date.now() + 60_000;
      const PAST = Date.UTC(2026, 0, 1);

      test('a Service that a canary has left is claimed until its former target is gone', async () => {
        await create(onCart('a'));
        const moved = movedOf(later());
        expect(await update(moved)).toEqual({ outcome: 'written' });
        const b = onCart('b');
        const outcome = await store.create(cluster, b, { audit: auditOf(b) }, signal());
        expect(outcome).toEqual({ outcome: 'claimed', by: 'a' });
        expect([await head(), await get(b)]).toEqual([2, undefined]);
        expect(await create(onCart('c', 7070))).toBe('claimed');
        // Its end may be set anew, as a deletion does.
        expect(await replace(movedOf(PAST, moved))).toEqual({ outcome: 'written' });
        expect(await create(b)).toBe('written');
      });

      test('what another canary has taken since is out of reach for the one that left it', async () => {
        await create(onCart('a'));
        const moved = movedOf(PAST);
        await update(moved);
        expect(await create(onCart('b'))).toBe('written');
        const back = { ...onCart('a'), metadata: nextOf(moved).metadata };
        expect(await replace(back)).toEqual({ outcome: 'claimed', by: 'b' });
        const stays = { ...onCart('a', 7070), metadata: nextOf(moved).metadata };
        expect(await replace(stays)).toEqual({ outcome: 'written' });
        expect((await store.remove(keyOf(stays), '4', signal())).outcome).toBe('written');
        expect(await create(onCart('c'))).toBe('claimed');
        expect(await create(onCart('d', 7070))).toBe('written');
      });

      test('a canary may go back to what it has left', async () => {
        await create(onCart('a'));
        const moved = movedOf(later());
        await update(moved);
        expect(await update({ ...onCart('a'), metadata: nextOf(moved).metadata })).toEqual({ outcome: 'written' });
        expect(await create(onCart('b'))).toBe('claimed');
      });

      test('a canary that is being deleted keeps it until its removal, however late that is', async () => {
        await create(onCart('a'));
        const keepUntil = new Date(PAST).toISOString();
        const { metadata, status, ...rest } = nextOf(onCart('a'));
        const targets = status.targets.map((target) => ({ ...target, keepUntil }));
        const deleted = {
          ...rest,
          metadata: { ...metadata, deletionTimestamp: keepUntil },
          status: { ...status, targets },
        };
        await update(deleted);
        expect(await create(onCart('b'))).toBe('claimed');
        await store.remove(keyOf(deleted), '2', signal());
        expect(await create(onCart('b'))).toBe('written');
      });

      test('removal frees it', async () => {
        await create(onCart('a'));
        await store.remove(keyOf(onCart('a')), '1', signal());
        expect(await create(onCart('b'))).toBe('written');
      });
    });

    describe('abort', () => {
      const abort = async (canary: Canary, second = 9): Promise<Canary | undefined> =>
        await store.abort(keyOf(canary), abortOf(second), auditOf(canary, { verb: 'abort', second }), signal());

      test('sets its part, whatever the version is, and awaits the version that it makes', async () => {
        const canary = canaryOf();
        await create(canary);
        const next = nextOf(canary, { stable: 20, canary: 80 });
        await update(next);
        const { weights, phase, conditions, lastTransitionTime, awaitingUntil } = abortOf(9);
        const awaiting = { resourceVersion: '3', since: lastTransitionTime, until: awaitingUntil };
        const expected = {
          ...next,
          metadata: { ...next.metadata, resourceVersion: '3' },
          status: { ...next.status, weights, phase, conditions, lastTransitionTime, awaiting },
        };
        // It had been read before the update.
        expect(await abort(canary)).toEqual(expected);
        expect(await get(canary)).toEqual(expected);
        expect(await head()).toBe(3);
        expect(await audit(canary, 1)).toEqual([auditOf(canary, { verb: 'abort', second: 9, resourceVersion: '3' })]);
      });

      test('of a canary that awaits nothing, it awaits', async () => {
        const { awaiting: _, ...status } = canaryOf().status;
        await create({ ...canaryOf(), status });
        expect((await abort(canaryOf()))?.status.awaiting?.resourceVersion).toBe('2');
      });

      test('makes writes at the version before conflict', async () => {
        await create(canaryOf());
        await abort(canaryOf());
        expect(await update(nextOf(canaryOf()))).toMatchObject({
          outcome: 'conflict',
          current: { status: abortWeights },
        });
      });
      const abortWeights = { weights: { stable: 100, canary: 0 }, phase: 'Failed' };

      test('of what is not there does nothing', async () => {
        expect(await abort(canaryOf())).toBeUndefined();
        expect([await head(), await audit(canaryOf())]).toEqual([0, []]);
      });

      test('twice at one moment is two entries', async () => {
        await create(canaryOf());
        await abort(canaryOf());
        expect((await abort(canaryOf()))?.metadata.resourceVersion).toBe('3');
        expect(await audit(canaryOf())).toHaveLength(3);
      });
    });

    describe('removal', () => {
      test('takes the canary at the version that stands; its audit stays', async () => {
        await create(canaryOf());
        const remove = async (version: string): Promise<unknown> =>
          await store.remove(keyOf(canaryOf()), version, signal());
        expect(await remove('2')).toEqual({ outcome: 'conflict', current: canaryOf() });
        expect(await head()).toBe(1);
        expect(await remove('1')).toEqual({ outcome: 'written' });
        expect([await get(canaryOf()), await head()]).toEqual([undefined, 2]);
        expect(await audit(canaryOf())).toHaveLength(1);
        expect(await remove('1')).toEqual({ outcome: 'conflict', current: undefined });
        expect(await head()).toBe(2);
      });
    });

    test('the head is never behind a version, so a name that is taken anew can begin above its former life', async () => {
      await create(canaryOf());
      await update(nextOf(canaryOf()));
      await store.abort(keyOf(canaryOf()), abortOf(9), auditOf(canaryOf(), { verb: 'abort', second: 9 }), signal());
      expect([(await get(canaryOf()))?.metadata.resourceVersion, await head()]).toEqual(['3', 3]);
      await store.remove(keyOf(canaryOf()), '3', signal());
      expect(await create(canaryOf({ version: (await head()) + 1 }))).toBe('written');
      expect([(await get(canaryOf()))?.metadata.resourceVersion, await head()]).toEqual(['5', 5]);
    });

    describe('one version line', () => {
      test('a write at the head or below it is behind, and leaves nothing', async () => {
        await create(canaryOf());
        await create(canaryOf({ name: 'other' }));
        const late = nextOf(canaryOf());
        expect(await update(late)).toEqual({ outcome: 'behind' });
        const born = canaryOf({ name: 'born', version: 2 });
        expect(await store.create(cluster, born, { audit: auditOf(born) }, signal())).toEqual({ outcome: 'behind' });
        expect([await head(), await get(canaryOf()), await get(born)]).toEqual([2, canaryOf(), undefined]);
        expect(await audit(canaryOf())).toHaveLength(1);
      });

      test('what is written has the head as its version, whichever canary it is', async () => {
        await create(canaryOf());
        await create(canaryOf({ name: 'other' }));
        await replace(canaryOf());
        const entry = auditOf(canaryOf(), { verb: 'abort', second: 9 });
        const after = await store.abort({ cluster, namespace: 'shop', name: 'other' }, abortOf(9), entry, signal());
        expect([after?.metadata.resourceVersion, after?.status.awaiting?.resourceVersion]).toEqual(['4', '4']);
        const { canaries, head: last } = await store.listCanaries(cluster, signal());
        expect([last, canaries.map((c) => c.metadata.resourceVersion)]).toEqual([4, ['3', '4']]);
      });

      const moves = async (after: number, upTo?: number): Promise<unknown> => {
        const found = await store.listMoves(cluster, { after, upTo: upTo ?? (await head()) }, signal());
        return found === undefined ? undefined : [found.canaries.map((c) => c.metadata.name), found.gone];
      };

      test('what moved since a head is known by name, and what went', async () => {
        for (const name of ['a', 'b', 'c']) await create(canaryOf({ name }));
        await replace(canaryOf({ name: 'b' }));
        await store.abort({ cluster, namespace: 'shop', name: 'a' }, abortOf(9), auditOf(canaryOf()), signal());
        expect(await moves(3)).toEqual([['b', 'a'], []]);
        expect(await moves(3, 4)).toEqual([['b'], []]);
        expect(await moves(4)).toEqual([['a'], []]);
        await store.remove({ cluster, namespace: 'shop', name: 'b' }, '4', signal());
        expect(await moves(3)).toEqual([['a'], [{ namespace: 'shop', name: 'b' }]]);
      });

      test('what is not known whole is undefined: a list is read', async () => {
        await create(canaryOf());
        for (const [after, upTo] of [
          [1, 1],
          [5, 1],
          [0, 2],
          [0, 1_000_000],
        ] as const)
          expect(await moves(after, upTo)).toBeUndefined();
        for (let i = 0; i < 21; i++) await create(canaryOf({ name: `c-${i}` }));
        expect(await moves(1)).toBeUndefined();
        expect(await moves(2)).toBeDefined();
      });

      test('one that cannot be read is named among those that moved', async () => {
        if (harness.corrupt === undefined) return;
        await create(canaryOf());
        await harness.corrupt(keyOf(canaryOf()));
        const found = await store.listMoves(cluster, { after: 0, upTo: 1 }, signal());
        expect(found).toMatchObject({ canaries: [], gone: [], unreadable: [{ namespace: 'shop', name: 'cart' }] });
      });
    });

    test('audit entries come newest first, at most as many as asked for, over a new life of the name too', async () => {
      let canary = canaryOf();
      await create(canary);
      for (let i = 0; i < 11; i++) {
        canary = nextOf(canary);
        await update(canary);
      }
      await store.remove(keyOf(canary), '12', signal());
      const reborn = canaryOf({ note: 'reborn', version: 14 });
      await store.create(cluster, reborn, { audit: auditOf(reborn, { second: 100, verb: 'create' }) }, signal());
      await create(canaryOf({ name: 'cart-2' }));
      expect(await audit(canary, 3)).toMatchObject([
        { resourceVersion: '14', verb: 'create' },
        { resourceVersion: '12' },
        { resourceVersion: '11' },
      ]);
      expect(await audit(canary, 100)).toHaveLength(13);
    });

    describe('kept answers (90)', () => {
      const key = { caller: 'arn:aws:sts::0:assumed-role/ci#1/x', key: 'step-1' };
      const find = async (k = key): Promise<unknown> => await store.findAnswer(cluster, k, signal());
      const createWith = async (canary: Canary, seconds: number): Promise<string> => {
        const extras = {
          audit: auditOf(canary),
          idempotency: { key, answer: answerOf(seconds, canary.metadata.name) },
        };
        return (await store.create(cluster, canary, extras, signal())).outcome;
      };

      test('come with the write, for their caller and key only', async () => {
        await createWith(canaryOf(), 100);
        expect(await find()).toMatchObject({ body: 'cart', statusCode: 200 });
        expect(await find({ ...key, caller: 'arn:aws:sts::0:assumed-role/ci' })).toBeUndefined();
        expect(await find({ caller: 'arn:aws:sts::0:assumed-role/ci', key: '1/x#step-1' })).toBeUndefined();
        expect(await find({ ...key, key: 'step-2' })).toBeUndefined();
      });

      test('are not kept of a write that was refused', async () => {
        await create(canaryOf());
        expect(await createWith(canaryOf(), 100)).toBe('conflict');
        expect(await find()).toBeUndefined();
      });

      test('a key that is taken writes nothing', async () => {
        await createWith(canaryOf(), 100);
        expect(await createWith(canaryOf({ name: 'other' }), 100)).toBe('conflict');
        expect([await head(), await get(canaryOf({ name: 'other' }))]).toEqual([1, undefined]);
        expect(await find()).toMatchObject({ body: 'cart' });
      });

      test('end with their time, and the key is free again', async () => {
        await createWith(canaryOf(), -1);
        expect(await find()).toBeUndefined();
        expect(await createWith(canaryOf({ name: 'other', version: 2 }), 100)).toBe('written');
        expect(await find()).toMatchObject({ body: 'other' });
      });
    });

    test('what is too large for a store is refused with a sentence, and nothing of it is written', async () => {
      const large = canaryOf({ note: 'ä'.repeat(210_000) });
      await expect(create(large)).rejects.toThrow(/^the canary has \d+ bytes; a store takes at most \d+$/);
      const entry = auditOf(canaryOf(), { reason: 'x'.repeat(420_000) });
      await expect(store.create(cluster, canaryOf(), { audit: entry }, signal())).rejects.toThrow(
        /^the audit entry has/,
      );
      const long = canaryOf({ name: 'n'.repeat(1_100) });
      await expect(create(long)).rejects.toThrow(/use shorter names/);
      expect([await head(), await get(canaryOf())]).toEqual([0, undefined]);
    });

    test('an unreadable canary is named in the list, neither left out nor in the way of the others', async () => {
      if (harness.corrupt === undefined) return;
      await create(canaryOf());
      await create(canaryOf({ name: 'good' }));
      await create(canaryOf({ namespace: 'a#%', name: 'b%23' }));
      await harness.corrupt(keyOf(canaryOf()));
      await harness.corrupt({ cluster, namespace: 'a%23%25', name: 'b%2523' });
      const why = (sort: string): unknown =>
        expect.stringMatching(
          new RegExp(`^the stored canary at ${sort} cannot be read \\((spec|status.weights)\\): correct it`),
        );
      expect(await store.listCanaries(cluster, signal())).toEqual({
        head: 3,
        canaries: [atVersion(canaryOf({ name: 'good' }), 2)],
        unreadable: [
          { namespace: 'a#%', name: 'b%23', why: why('canary#a%23%25#b%2523') },
          { namespace: 'shop', name: 'cart', why: why('canary#shop#cart') },
        ],
      });
      await expect(get(canaryOf())).rejects.toThrow(/canary#shop#cart/);
      await expect(get(canaryOf())).rejects.toMatchObject({ field: expect.stringMatching(/^(spec|status.weights)$/) });
      expect(await get(canaryOf({ name: 'good' }))).toBeDefined();
    });

    test('a caller whose time is over gets an error', async () => {
      const over = AbortSignal.abort();
      await expect(store.listCanaries(cluster, over)).rejects.toThrow(CanaryStoreError);
      await expect(store.readHead(cluster, over)).rejects.toThrow(CanaryStoreError);
      await expect(store.create(cluster, canaryOf(), { audit: auditOf(canaryOf()) }, over)).rejects.toThrow(
        CanaryStoreError,
      );
      expect(await head()).toBe(0);
    });
  });
}
