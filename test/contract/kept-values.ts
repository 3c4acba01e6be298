import { describe, expect, test } from 'vitest';
import { CanaryStoreError } from '../../functions/errors.ts';
import type { KeptStores } from '../../functions/table/kept/kept-stores.ts';
import { driftReportOf } from '../support/drift-reports.ts';
import { noticeIn } from '../support/notices.ts';
import { RELEASE_RECORD } from '../support/release-record.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

/** One kind of kept value. A value of a higher rank takes the place of one of a lower rank. */
export interface KeptRow {
  readonly title: string;
  /** What it brings to the store. */
  readonly methods: readonly (keyof KeptStores)[];
  /** The value of a rank from 0 to 19, the same at every call. */
  value(cluster: string, rank: number): unknown;
  write(store: KeptStores, cluster: string, rank: number, signal: AbortSignal): Promise<void>;
  read(store: KeptStores, cluster: string, signal: AbortSignal): Promise<unknown>;
}

/** When every pace and confirmation was: no clock decides between two of them. */
const AT = Date.UTC(2026, 0, 1);
/** A drift report is forgotten after a day, so its time is counted back from now; asked for once, at the first value. */
let began: number | undefined;

/** Every kind of kept value. */
export const KEPT_ROWS: readonly KeptRow[] = [
  rowOf({
    title: 'pace',
    methods: ['notePace', 'findPace'],
    value: (_, rank) => ({ refreshMs: 1_000 * (rank + 1), at: AT }),
    write: (store, cluster, pace, signal) => store.notePace(cluster, pace, signal),
    read: (store, cluster, signal) => store.findPace(cluster, signal),
  }),
  rowOf({
    title: 'confirmation',
    methods: ['keepConfirmation', 'findConfirmation'],
    value: (_, rank) => ({
      resourceVersion: String(rank + 1),
      asOf: new Date(AT).toISOString(),
      seen: 2,
      converged: 1,
    }),
    write: (store, cluster, confirmation, signal) =>
      store.keepConfirmation({ cluster, namespace: 'shop', name: 'cart' }, confirmation, signal),
    read: (store, cluster, signal) => store.findConfirmation({ cluster, namespace: 'shop', name: 'cart' }, signal),
  }),
  rowOf({
    title: 'record of a release',
    methods: ['keepRelease', 'findRelease'],
    value: (_, rank) => ({ ...RELEASE_RECORD, revision: rank, lookedAt: AT + rank }),
    write: (store, cluster, record, signal) =>
      store.keepRelease({ cluster, namespace: 'shop', name: 'cart' }, record, signal),
    read: (store, cluster, signal) => store.findRelease({ cluster, namespace: 'shop', name: 'cart' }, signal),
  }),
  rowOf({
    title: 'lease of releases',
    methods: ['takeLease', 'findLease'],
    value: (_, rank) => ({ since: AT + rank }),
    write: (store, cluster, lease, signal) => store.takeLease(cluster, lease, signal),
    read: (store, cluster, signal) => store.findLease(cluster, signal),
  }),
  rowOf({
    title: 'record of notifications',
    methods: ['keepNotices', 'findNotices'],
    value: (cluster, rank) => ({
      ...{ revision: rank, at: AT + rank, until: 7, round: 'a', busyUntil: 0 },
      pending: [{ notice: noticeIn(cluster), foundAt: AT, deliveries: [{ to: 'oncall', tries: 1, after: AT }] }],
    }),
    write: (store, cluster, record, signal) => store.keepNotices(cluster, record, signal),
    read: (store, cluster, signal) => store.findNotices(cluster, signal),
  }),
  rowOf({
    title: 'drift report',
    methods: ['writeDrift', 'readDrift'],
    value: (cluster, rank) => {
      began ??= Date.now();
      const asOf = new Date(began - 60_000 + 1_000 * rank).toISOString();
      return { ...driftReportOf(cluster, 0, { name: 'ä\n"\u2028{{' }), asOf };
    },
    write: (store, _, report, signal) => store.writeDrift(report, signal),
    read: (store, cluster, signal) => store.readDrift(cluster, signal),
  }),
];

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** What every store of kept values does. */
export function keptValuesContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe.each(KEPT_ROWS)(`kept values contract: ${title}: $title`, (row) => {
    let store: CanaryStoreHarness['store'];
    let cluster: string;
    const write = async (...ranks: readonly number[]): Promise<void> => {
      for (const rank of ranks) await row.write(store, cluster, rank, signal());
    };
    const read = async (of = cluster): Promise<unknown> => await row.read(store, of, signal());

    withStore(open, (opened, fresh) => {
      store = opened.store;
      cluster = fresh;
    });

    test('there is none', async () => {
      expect(await read()).toBeUndefined();
    });

    test('it comes back as it was; Kubernetes clusters are apart', async () => {
      await write(3);
      expect(await read()).toEqual(row.value(cluster, 3));
      expect(await read(`${cluster}-other`)).toBeUndefined();
    });

    test('a better one takes its place; a lesser one changes nothing and is no error', async () => {
      await write(1, 2);
      expect(await read()).toEqual(row.value(cluster, 2));
      await write(0, 1);
      expect(await read()).toEqual(row.value(cluster, 2));
    });

    test('of many at the same time the best is kept', async () => {
      const ranks = Array.from({ length: 20 }, (_, i) => (i * 7) % 20);
      await Promise.all(ranks.map((rank) => write(rank)));
      expect(await read()).toEqual(row.value(cluster, 19));
    });

    test('it is no canary and no proxy report: heads and lists stay as they are', async () => {
      await write(0);
      expect(await store.listCanaries(cluster, signal())).toEqual({ head: 0, canaries: [], unreadable: [] });
      expect(await store.readProxyReports(cluster, signal())).toEqual([]);
    });

    test('kinds of values are apart', async () => {
      for (const other of KEPT_ROWS) await other.write(store, cluster, 5, signal());
      expect(await read()).toEqual(row.value(cluster, 5));
    });

    test('a caller whose time is over gets an error', async () => {
      await expect(row.read(store, cluster, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
      await expect(row.write(store, cluster, 0, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
    });
  });
}

/** A row whose `write` is given the value instead of its rank. */
function rowOf<T>(
  row: Omit<KeptRow, 'value' | 'write'> & {
    value(cluster: string, rank: number): T;
    write(store: KeptStores, cluster: string, value: T, signal: AbortSignal): Promise<void>;
  },
): KeptRow {
  return {
    ...row,
    write: (store, cluster, rank, within) => row.write(store, cluster, row.value(cluster, rank), within),
  };
}
