import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type RecordDocument,
  type RecordStore,
  RecordStoreError,
} from '../../functions/registration/record/record-store.ts';

/** A record store under test, with the means to spoil a record behind its back. */
export interface RecordHarness {
  readonly store: RecordStore;
  /** Absent where nothing but records can be held. */
  putBroken?(cluster: string): Promise<unknown>;
  /** Takes all records away. */
  clear(): Promise<void>;
  close?(): Promise<void>;
}

const signal = new AbortController().signal;
/** About 6 KB that gzip cannot make much smaller. */
const LARGE = Array.from({ length: 400 }, (_, i) => (Math.sin(i + 1) * 1e15).toString(36)).join('');

/** What every record store does. */
export function recordStoreContract(title: string, make: () => Promise<RecordHarness>): void {
  describe(`cluster records: ${title}`, () => {
    let harness: RecordHarness;
    let store: RecordStore;
    beforeAll(async () => {
      harness = await make();
      store = harness.store;
    });
    beforeEach(async () => await harness.clear());
    afterAll(async () => await harness.close?.());

    test('there is none until one is written; then it is read as it was written', async () => {
      expect(await store.readRecord('eu-1', signal)).toBeUndefined();
      const record = { epoch: 3, policy: 'enabled', next: { channel: 'canary', share: 5 }, unknown: ['{{', null] };
      expect(await store.updateRecord('eu-1', () => record, signal)).toEqual(record);
      expect(await store.readRecord('eu-1', signal)).toEqual(record);
      expect(await store.readRecord('eu-2', signal)).toBeUndefined();
    });

    test('a change sees what stands there; fields that it does not know stay', async () => {
      await store.updateRecord('eu-1', () => ({ ofTheFuture: { a: [1] }, minEpoch: 1, gone: true }), signal);
      const seen: (RecordDocument | undefined)[] = [];
      await store.updateRecord(
        'eu-1',
        (record) => {
          seen.push(record);
          const { gone: _, ...kept } = record ?? {};
          return { ...kept, minEpoch: 2 };
        },
        signal,
      );
      expect(seen).toEqual([{ ofTheFuture: { a: [1] }, minEpoch: 1, gone: true }]);
      expect(await store.readRecord('eu-1', signal)).toEqual({ ofTheFuture: { a: [1] }, minEpoch: 2 });
    });

    test('a record that is large is one record all the same', async () => {
      await store.updateRecord('eu-1', () => ({ jwks: { keys: [{ kid: LARGE }] } }), signal);
      await store.updateRecord('eu-1', (record) => ({ ...record, epoch: 2 }), signal);
      expect(await store.readRecord('eu-1', signal)).toEqual({ jwks: { keys: [{ kid: LARGE }] }, epoch: 2 });
    });

    test('all records are listed; one that cannot be read hides no other', async () => {
      await store.updateRecord('eu-1', () => ({ epoch: 1 }), signal);
      await store.updateRecord('eu-2', () => ({ epoch: 2 }), signal);
      await harness.putBroken?.('eu-3');
      const wanted = new Map<string, RecordDocument | undefined>([
        ['eu-1', { epoch: 1 }],
        ['eu-2', { epoch: 2 }],
      ]);
      if (harness.putBroken !== undefined) wanted.set('eu-3', undefined);
      expect(await store.listRecords(signal)).toEqual(wanted);
    });

    test('one that cannot be read is neither read nor written over', async () => {
      if (harness.putBroken === undefined) return;
      await harness.putBroken('eu-3');
      await expect(store.readRecord('eu-3', signal)).rejects.toThrow(RecordStoreError);
      await expect(store.updateRecord('eu-3', () => ({}), signal)).rejects.toThrow(/record of eu-3/);
    });

    test('taking one away says whether there was one', async () => {
      await store.updateRecord('eu-1', () => ({ epoch: 1 }), signal);
      expect(await store.removeRecord('eu-1', signal)).toBe(true);
      expect(await store.removeRecord('eu-1', signal)).toBe(false);
      expect(await store.readRecord('eu-1', signal)).toBeUndefined();
      await store.updateRecord('eu-1', () => ({ epoch: 2 }), signal);
      expect(await store.readRecord('eu-1', signal)).toEqual({ epoch: 2 });
    });

    test('writers at one time do not lose each other’s fields', async () => {
      const names = ['a', 'b', 'c', 'd'];
      await Promise.all(names.map((key) => store.updateRecord('eu-1', (r) => ({ ...r, [key]: key }), signal)));
      expect(await store.readRecord('eu-1', signal)).toEqual(Object.fromEntries(names.map((n) => [n, n])));
    });

    test('a change that throws writes nothing', async () => {
      await store.updateRecord('eu-1', () => ({ epoch: 1 }), signal);
      const refuse = (): never => {
        throw new RangeError('no');
      };
      await expect(store.updateRecord('eu-1', refuse, signal)).rejects.toThrow(RangeError);
      expect(await store.readRecord('eu-1', signal)).toEqual({ epoch: 1 });
    });

    test.each(['', '..', '../x', 'a/b', '.hidden', 'a'.repeat(101), 'a\n'])('%j is no name', async (name) => {
      await expect(store.readRecord(name, signal)).rejects.toThrow(RecordStoreError);
      await expect(store.updateRecord(name, () => ({}), signal)).rejects.toThrow(RecordStoreError);
      await expect(store.removeRecord(name, signal)).rejects.toThrow(RecordStoreError);
    });

    test('after its caller has given up nothing is done', async () => {
      const over = AbortSignal.abort(new Error('over'));
      await expect(store.readRecord('eu-1', over)).rejects.toThrow();
      await expect(store.updateRecord('eu-1', () => ({ epoch: 1 }), over)).rejects.toThrow();
      expect(await store.readRecord('eu-1', signal)).toBeUndefined();
    });
  });
}
