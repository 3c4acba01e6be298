import { EVIDENCE_SECONDS, type EvidenceStore } from '../../canary/evidence/evidence-store.ts';
import { evidenceKey, evidenceRange, HOSTS_PREFIX, hostsKey } from '../keys.ts';
import { proxyPartitionOf } from '../row-key.ts';
import type { Transact } from '../rows.ts';
import { parseJson, writeStored } from '../stored.ts';
import { HOSTS_SECONDS, parseEvidence, parseHostsRow } from '../stored-evidence.ts';

/**
 * What proxies counted, on rows with transactions.
 *
 * @param now milliseconds since the epoch
 */
export function createRowEvidence(transact: Transact, now: () => number): EvidenceStore {
  const keptFrom = (): number => now() - EVIDENCE_SECONDS * 1_000;
  const isOver = ({ writtenAt }: { readonly writtenAt: number }): boolean => writtenAt + HOSTS_SECONDS * 1_000 <= now();
  return {
    writeEvidence: async (key, environment, row, signal) => {
      const text = writeStored('evidence', row);
      await transact(
        'write',
        (rows) => {
          const over = evidenceRange(key, { from: 0, to: keptFrom() });
          for (const { sort } of rows.list(over)) rows.delete({ partition: over.partition, sort });
          rows.put(evidenceKey(key, row.slot, environment), text);
        },
        signal,
      );
    },
    readEvidence: (key, { from, to }, signal) =>
      transact(
        'read',
        (rows) =>
          rows
            .list(evidenceRange(key, { from: Math.max(from, keptFrom() + 1), to }))
            .flatMap(({ text }) => parseEvidence(parseJson(text)) ?? []),
        signal,
      ),
    writeHosts: async (cluster, environment, row, signal) => {
      const text = writeStored('hosts', row);
      await transact(
        'write',
        (rows) => {
          const partition = proxyPartitionOf(cluster);
          for (const { sort, text: other } of rows.list({ partition, prefix: HOSTS_PREFIX })) {
            const heard = parseHostsRow(parseJson(other));
            if (heard === undefined || isOver(heard)) rows.delete({ partition, sort });
          }
          rows.put(hostsKey(cluster, environment), text);
        },
        signal,
      );
    },
    readHosts: (cluster, signal) =>
      transact(
        'read',
        (rows) =>
          rows
            .list({ partition: proxyPartitionOf(cluster), prefix: HOSTS_PREFIX })
            .flatMap(({ text }) => parseHostsRow(parseJson(text)) ?? [])
            .filter((row) => !isOver(row)),
        signal,
      ),
  };
}
