import { describe, expect, test } from 'vitest';
import {
  EVIDENCE_SECONDS,
  type EvidenceRow,
  type EvidenceStore,
  type HostsRow,
  SLOT_MS,
} from '../../functions/canary/evidence/evidence-store.ts';
import type { CanaryKey } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { ROW_BYTES_MAX } from '../../functions/traffic/evidence/rows/write-row.ts';
import { type CanaryStoreHarness, withStore } from './canary-harness.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);
/** The beginning of the present slot, or of one so many before it. */
const slot = (before = 0): number => (Math.floor(Date.now() / SLOT_MS) - before) * SLOT_MS;

function rowOf(at: number, late = 0): EvidenceRow {
  const steps = [['shop', '0123456789abcdef', '7', 80, 20]] as const;
  const windows = [
    [
      5_000,
      0,
      [[10, 1]],
      [
        [3, 0, 0, 0, 0, -1],
        [15, 3],
      ],
    ],
  ] as const;
  return {
    ...{ slot: at, writtenAt: at + 1, steps, windows, late, hosts: [1, 1, 0, 0] },
    proxies: [['0123456789ab', 1, 0, [[10, 1]], [[]]]],
    names: [['0123456789ab', 'shop', 'web-1']],
    ...{ reporting: '0123456789ab', silent: '', numbers: [['shop', 'abcdef']], full: [], kept: [] },
  };
}

function hostsOf(writtenAt = Date.now()): HostsRow {
  return { writtenAt, targets: [['shop/cart/8080/r1', [['0123456789ab', 1, 0, 2, 2, 1, 1]]]] };
}

/** What every store of what proxies counted does. */
export function evidenceStoreContract(title: string, open: () => Promise<CanaryStoreHarness>): void {
  describe(`evidence store contract: ${title}`, () => {
    let store: EvidenceStore & TableStore;
    let key: CanaryKey;
    const all = { from: 0, to: Number.MAX_SAFE_INTEGER };

    withStore(open, (opened, cluster) => {
      store = opened.store;
      key = { cluster, namespace: 'shop', name: 'cart' };
    });

    test('rows come back as they were, by time; an environment’s of one slot replaces its last one', async () => {
      await store.writeEvidence(key, 'env-1', rowOf(slot(), 1), signal());
      await store.writeEvidence(key, 'env-2', rowOf(slot(2), 2), signal());
      await store.writeEvidence(key, 'env-2', rowOf(slot(), 3), signal());
      await store.writeEvidence(key, 'env-1', rowOf(slot(), 4), signal());
      expect(await store.readEvidence(key, all, signal())).toEqual([
        rowOf(slot(2), 2),
        rowOf(slot(), 4),
        rowOf(slot(), 3),
      ]);
    });

    test('only the slots of a range are read, its ends included', async () => {
      for (const before of [0, 1, 2, 3]) await store.writeEvidence(key, 'env', rowOf(slot(before), before), signal());
      const rows = await store.readEvidence(key, { from: slot(2), to: slot(1) }, signal());
      expect(rows.map(({ late }) => late)).toEqual([2, 1]);
      expect(await store.readEvidence(key, { from: slot(1), to: slot(2) }, signal())).toEqual([]);
      // What is no longer kept.
      expect(await store.readEvidence(key, { from: slot(9_000), to: slot(8_000) }, signal())).toEqual([]);
    });

    test('canaries and Kubernetes clusters are apart, also where one name begins as another', async () => {
      await store.writeEvidence(key, 'env', rowOf(slot()), signal());
      for (const other of [
        { ...key, name: 'car' },
        { ...key, name: 'cart2' },
        { ...key, namespace: 'sho' },
        { ...key, cluster: `${key.cluster}-other` },
      ]) {
        expect(await store.readEvidence(other, all, signal())).toEqual([]);
      }
    });

    test('a row is forgotten after some hours', async () => {
      const old = slot(EVIDENCE_SECONDS / (SLOT_MS / 1_000) + 1);
      await store.writeEvidence(key, 'env', rowOf(old, 1), signal());
      await store.writeEvidence(key, 'env', rowOf(slot(), 2), signal());
      expect((await store.readEvidence(key, all, signal())).map(({ late }) => late)).toEqual([2]);
    });

    test('the largest row is taken', async () => {
      const row = rowOf(slot());
      const large = { ...row, silent: 'x'.repeat(ROW_BYTES_MAX - Buffer.byteLength(JSON.stringify(row))) };
      await store.writeEvidence(key, 'env', large, signal());
      expect(await store.readEvidence(key, all, signal())).toEqual([large]);
      const writing = store.writeEvidence(key, 'env', { ...row, silent: 'x'.repeat(420_000) }, signal());
      await expect(writing).rejects.toThrow(/^the evidence has \d+ bytes/);
    });

    test('nothing of it moves the head, or is a report of what proxies run', async () => {
      await store.writeEvidence(key, 'env', rowOf(slot()), signal());
      await store.writeHosts(key.cluster, 'env', hostsOf(), signal());
      expect(await store.readHead(key.cluster, signal())).toBe(0);
      expect(await store.readProxyReports(key.cluster, signal())).toEqual([]);
      expect((await store.listCanaries(key.cluster, signal())).canaries).toEqual([]);
    });

    test('hosts come back as they were heard, an environment’s last; forgotten after an hour', async () => {
      const { cluster } = key;
      expect(await store.readHosts(cluster, signal())).toEqual([]);
      const row = hostsOf();
      await store.writeHosts(cluster, 'env-1', hostsOf(row.writtenAt - 1), signal());
      await store.writeHosts(cluster, 'env-1', row, signal());
      await store.writeHosts(cluster, 'env-2', hostsOf(Date.now() - 61 * 60_000), signal());
      await store.writeHosts(`${cluster}-other`, 'env-3', hostsOf(), signal());
      expect(await store.readHosts(cluster, signal())).toEqual([row]);
    });

    test.each(['../x', 'a/b', 'a#b', '__proto__'])('an environment is only a name: %j', async (environment) => {
      await store.writeEvidence(key, environment, rowOf(slot()), signal());
      expect(await store.readEvidence(key, { from: slot(), to: slot() }, signal())).toEqual([rowOf(slot())]);
    });

    test('a caller whose time is over gets an error', async () => {
      await expect(store.readEvidence(key, all, AbortSignal.abort())).rejects.toThrow(CanaryStoreError);
    });
  });
}
