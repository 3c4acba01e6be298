import { checkVersion, checkVersions } from '../../canary/aborted.ts';
import type { CanaryList, CanaryStore, WriteOutcome } from '../../canary/store.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { auditPrefix, canaryKey, canaryPrefix, claimKey, goneKey, keyOf, movedKey } from '../keys.ts';
import { readRows } from '../read-list.ts';
import { partitionOf } from '../row-key.ts';
import type { Rows, Transact } from '../rows.ts';
import { parseJson, readAudit, readCanary } from '../stored.ts';
import { listMoves } from './moves.ts';
import { abortOne, replaceCanary } from './replace.ts';
import { findAnswer, moveHead, readHead, readRow, writeCanary } from './writes.ts';

/** What a store on this machine is given from outside. */
export interface RowStoreTools {
  readonly transact: Transact;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Unique for each write. */
  newToken(): string;
}

/** The record of all releases on rows with transactions: what the memory and the file store have in common. */
export function createRowStore({ transact, now, newToken }: RowStoreTools): CanaryStore {
  return {
    readHead: (cluster, signal) => transact('read', (rows) => readHead(rows, cluster), signal),
    listCanaries: (cluster, signal, namespace) =>
      transact(
        'read',
        (rows) => ({ head: readHead(rows, cluster), ...listCanaries(rows, cluster, namespace) }),
        signal,
      ),
    listMoves: (cluster, heads, signal) => transact('read', (rows) => listMoves(rows, cluster, heads), signal),
    getCanary: (key, signal) => transact('read', (rows) => readRow(rows, key), signal),

    create: (cluster, canary, extras, signal) => {
      const writing = { key: keyOf(cluster, canary), extras, token: newToken(), now: now() };
      return transact('write', (rows) => replaceCanary(rows, writing, undefined, canary), signal);
    },
    update: async (cluster, expected, canary, extras, signal) => {
      checkVersions(expected, canary, extras.mates);
      const writing = { key: keyOf(cluster, canary), extras, token: newToken(), now: now() };
      return await transact('write', (rows) => replaceCanary(rows, writing, expected, canary), signal);
    },

    abort: (key, patch, audit, signal, mates = []) =>
      transact(
        'write',
        (rows) => {
          const [first, ...others] = [{ key, patch, audit }, ...mates];
          const canary = abortOne(rows, first, newToken(), now());
          if (canary !== undefined) for (const mate of others) abortOne(rows, mate, newToken(), now());
          return canary;
        },
        signal,
      ),

    writePhase: async (cluster, expected, canary, signal) => {
      checkVersion(expected, canary);
      const key = keyOf(cluster, canary);
      return await transact(
        'write',
        (rows): WriteOutcome => {
          const current = readRow(rows, key);
          if (current?.metadata.resourceVersion !== expected) return { outcome: 'conflict', current };
          const version = Number(canary.metadata.resourceVersion);
          if (readHead(rows, cluster) >= version) return { outcome: 'behind' };
          writeCanary(rows, key, canary);
          moveHead(rows, key, version, movedKey);
          return { outcome: 'written' };
        },
        signal,
      );
    },

    remove: (key, expected, signal) =>
      transact(
        'write',
        (rows): WriteOutcome => {
          const current = readRow(rows, key);
          if (current?.metadata.resourceVersion !== expected) return { outcome: 'conflict', current };
          rows.delete(canaryKey(key));
          rows.delete(claimKey(key.cluster, key.namespace, current.spec.service));
          moveHead(rows, key, versionAfter(readHead(rows, key.cluster), current), goneKey);
          return { outcome: 'written' };
        },
        signal,
      ),

    listAudit: (key, limit, signal) =>
      transact(
        'read',
        (rows) => {
          const range = { partition: partitionOf(key.cluster), prefix: auditPrefix(key), newestFirst: { limit } };
          return rows.list(range).map(({ sort, text }) => readAudit(parseJson(text), sort));
        },
        signal,
      ),
    findAnswer: (cluster, key, signal) => transact('read', (rows) => findAnswer(rows, cluster, key, now()), signal),
  };
}

function listCanaries(rows: Rows, cluster: string, namespace?: string): Pick<CanaryList, 'canaries' | 'unreadable'> {
  const found = rows.list({ partition: partitionOf(cluster), prefix: canaryPrefix(namespace) });
  return readRows(
    found,
    ({ sort }) => sort,
    ({ sort, text }) => readCanary(parseJson(text), sort),
  );
}
