import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { checkVersion } from '../../canary/aborted.ts';
import type { Canary } from '../../canary/canary.ts';
import { claimChanges } from '../../canary/claims.ts';
import type { CanaryKey, WriteExtras, WriteOutcome } from '../../canary/store.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { createKeptStores } from '../kept/kept-stores.ts';
import { auditKey, keyOf } from '../keys.ts';
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
import { HEAD, type TransactionOutcome, transact } from './transact.ts';

/** What the parts that put claims are called, before their number. */
const CLAIM = 'claim ';

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
      replace(tools, keyOf(cluster, canary), { before: undefined, after: canary }, extras, signal),

    update: async (cluster, expected, canary, extras, signal) => {
      checkVersion(expected, canary);
      const key = keyOf(cluster, canary);
      // Which claim it has is not known otherwise; the condition of the write holds what is read here.
      const current = await readCanaryAt(tools, key, signal);
      if (current?.metadata.resourceVersion !== expected) return { outcome: 'conflict', current };
      return await replace(tools, key, { before: current, after: canary }, extras, signal);
    },

    abort: (key, patch, audit, signal) => abortAtHead(tools, key, patch, audit, signal),

    writePhase: async (cluster, expected, canary, signal) => {
      checkVersion(expected, canary);
      const key = keyOf(cluster, canary);
      const parts = new Map([['canary', partsOf(tools.table, key).putPhase(expected, canary)]]);
      const version = Number(canary.metadata.resourceVersion);
      const how = { key, version, leaves: 'moved', inTheWay: 'behind' } as const;
      const outcome = await transact(tools, { ...how, parts, token: tools.newToken() }, signal);
      return outcome.done ? { outcome: 'written' } : await refused(tools, key, outcome.failed, signal);
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

/** Writes `after` where `before` stands, and all that goes with it. */
async function replace(
  tools: DynamoTools,
  key: CanaryKey,
  { before, after }: { readonly before: Canary | undefined; readonly after: Canary },
  { audit, idempotency }: WriteExtras,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const parts = partsOf(tools.table, key);
  const token = tools.newToken();
  const proof = auditKey(key, audit, token);
  const writes = new Map<string, TransactWriteItem>([
    ['canary', parts.putCanary(before?.metadata.resourceVersion, after)],
    ['audit', parts.putAudit(proof, audit)],
  ]);
  const now = tools.now();
  const { put, drop } = claimChanges(before, after);
  for (const [i, claim] of put.entries()) writes.set(`${CLAIM}${i}`, parts.putClaim(claim, now));
  for (const [i, service] of drop.entries()) writes.set(`dropped claim ${i}`, parts.deleteClaim(service));
  if (idempotency !== undefined) writes.set('answer', parts.putAnswer(idempotency, now));
  const version = Number(after.metadata.resourceVersion);
  const how = { key, version, leaves: 'moved', inTheWay: 'behind' } as const;
  const outcome = await transact(tools, { ...how, parts: writes, token, proof }, signal);
  return outcome.done ? { outcome: 'written' } : await refused(tools, key, outcome.failed, signal);
}

/** What the failed conditions mean: where several failed, that the canary is another one comes first. */
async function refused(
  tools: DynamoTools,
  key: CanaryKey,
  failed: Extract<TransactionOutcome, { done: false }>['failed'],
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const item = failed.get('canary');
  if (item !== undefined) return { outcome: 'conflict', current: readCanaryItem(item) };
  if (failed.has('canary')) return { outcome: 'conflict', current: undefined };
  if (failed.has('answer')) return { outcome: 'conflict', current: await readCanaryAt(tools, key, signal) };
  const [name, claim] = [...failed].find(([part]) => part.startsWith(CLAIM)) ?? [];
  if (name === undefined && failed.has(HEAD)) return { outcome: 'behind' };
  return { outcome: 'claimed', by: claim?.['canary']?.S ?? 'another canary' };
}
