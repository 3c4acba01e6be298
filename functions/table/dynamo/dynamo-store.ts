import { checkVersion, checkVersions } from '../../canary/aborted.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { createKeptStores } from '../kept/kept-stores.ts';
import { keyOf } from '../keys.ts';
import type { TableStore } from '../table-store.ts';
import { abortAtHead } from './abort.ts';
import type { DynamoTools } from './call.ts';
import { createDynamoEvidence } from './evidence.ts';
import { createDynamoFreezes } from './freezes.ts';
import { readCanaryItem } from './item.ts';
import { createDynamoKeptValues } from './kept-values.ts';
import { partsOf } from './parts.ts';
import { createDynamoProxyReports } from './proxy-reports.ts';
import { createDynamoReads, readCanaryAt, readHeadOf } from './reads.ts';
import { refusedBy, replaceCanary } from './replace.ts';
import { transact } from './transact.ts';

/**
 * The record of all releases, the proxy and the drift reports, in one table of DynamoDB (infra/deploy/storage.yml);
 * `keys.ts` has its layout. Each write is one transaction: the canary, its claim, the audit entry, the kept answer and the head.
 */
export function createDynamoStore(tools: DynamoTools): TableStore {
  return {
    ...createDynamoReads(tools),
    ...createDynamoProxyReports(tools),
    ...createDynamoEvidence(tools),
    ...createDynamoFreezes(tools),
    ...createKeptStores(createDynamoKeptValues(tools)),

    create: (cluster, canary, extras, signal) =>
      replaceCanary(tools, keyOf(cluster, canary), { before: undefined, after: canary }, extras, signal),

    update: async (cluster, expected, canary, extras, signal) => {
      checkVersions(expected, canary, extras.mates);
      const key = keyOf(cluster, canary);
      // Which claim it has is not known otherwise; the condition of the write holds what is read here.
      const current = await readCanaryAt(tools, key, signal);
      if (current?.metadata.resourceVersion !== expected) return { outcome: 'conflict', current };
      return await replaceCanary(tools, key, { before: current, after: canary }, extras, signal);
    },

    abort: (key, patch, audit, signal, mates) => abortAtHead(tools, key, patch, audit, signal, mates),

    writePhase: async (cluster, expected, canary, signal) => {
      checkVersion(expected, canary);
      const key = keyOf(cluster, canary);
      const parts = new Map([['canary', partsOf(tools.table, key).putPhase(expected, canary)]]);
      const version = Number(canary.metadata.resourceVersion);
      const how = { key, version, leaves: 'moved', inTheWay: 'behind' } as const;
      const outcome = await transact(tools, { ...how, parts, token: tools.newToken() }, signal);
      return outcome.done ? { outcome: 'written' } : await refusedBy(tools, key, outcome.failed, signal);
    },

    remove: async (key, expected, signal) => {
      const current = await readCanaryAt(tools, key, signal);
      if (current?.metadata.resourceVersion !== expected) return { outcome: 'conflict', current };
      const parts = partsOf(tools.table, key);
      const writes = [
        ['canary', parts.deleteCanary(expected)],
        ['claim', parts.deleteClaim(current.spec.service)],
      ] as const;
      const version = versionAfter(await readHeadOf(tools, key.cluster, signal), current);
      const how = { key, version, leaves: 'gone', inTheWay: 'behind' } as const;
      const token = tools.newToken();
      const outcome = await transact(tools, { ...how, parts: new Map(writes), token }, signal);
      if (!outcome.done && !outcome.failed.has('canary')) return { outcome: 'behind' };
      const item = outcome.done ? undefined : outcome.failed.get('canary');
      // Gone, and an answer to us was lost: it was this very removal, or it is not missed.
      if (outcome.done || (item === undefined && outcome.mayBeRepeated)) return { outcome: 'written' };
      return { outcome: 'conflict', current: item === undefined ? undefined : readCanaryItem(item) };
    },
  };
}
