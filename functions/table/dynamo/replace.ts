import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Canary } from '../../canary/canary.ts';
import { claimChanges } from '../../canary/claims.ts';
import type { AuditEntry, CanaryKey, WriteExtras, WriteOutcome } from '../../canary/store.ts';
import { auditKey, keyOf } from '../keys.ts';
import type { DynamoTools } from './call.ts';
import { readCanaryItem } from './item.ts';
import { partsOf } from './parts.ts';
import { readCanaryAt } from './reads.ts';
import { HEAD, type TransactionOutcome, transact } from './transact.ts';

/** What the parts that put claims are called, before their number. */
const CLAIM = 'claim ';
/** What the parts of mates are called, before their number. */
const MATE = 'mate ';

/** What the parts are called that look at other Kubernetes clusters, before their number. */
const ELSEWHERE = 'elsewhere ';

/** One canary in place of another, or of none. */
interface Replacement {
  readonly before: Canary | undefined;
  readonly after: Canary;
}

/** Writes `after` where `before` stands, and all that goes with it, mates included, in one transaction. Throws CanaryStoreError. */
export async function replaceCanary(
  tools: DynamoTools,
  key: CanaryKey,
  replacement: Replacement,
  { audit, idempotency, mates = [], elsewhere = [] }: WriteExtras,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const token = tools.newToken();
  const writes = new Map(partsOfOne(tools, key, replacement, audit, token));
  for (const [i, { before, canary, audit: entry }] of mates.entries()) {
    const mate = { before, after: canary };
    const parts = partsOfOne(tools, keyOf(key.cluster, canary), mate, entry, token);
    for (const [name, part] of parts) writes.set(`${MATE}${i} ${name}`, part);
  }
  for (const [i, { key: other, resourceVersion }] of elsewhere.entries()) {
    writes.set(`${ELSEWHERE}${i}`, partsOf(tools.table, other).checkCanary(resourceVersion));
  }
  if (idempotency !== undefined) writes.set('answer', partsOf(tools.table, key).putAnswer(idempotency, tools.now()));
  const version = Number(replacement.after.metadata.resourceVersion);
  const moved = mates.map(({ canary }) => ({
    key: keyOf(key.cluster, canary),
    version: Number(canary.metadata.resourceVersion),
  }));
  const how = { key, version, mates: moved, leaves: 'moved', inTheWay: 'behind' } as const;
  const proof = auditKey(key, audit, token);
  const outcome = await transact(tools, { ...how, parts: writes, token, proof }, signal);
  return outcome.done ? { outcome: 'written' } : await refusedBy(tools, key, outcome.failed, signal);
}

/** What there is of one canary in the transaction, by name. */
function partsOfOne(
  { table, now }: DynamoTools,
  key: CanaryKey,
  { before, after }: Replacement,
  audit: AuditEntry,
  token: string,
): readonly (readonly [string, TransactWriteItem])[] {
  const parts = partsOf(table, key);
  const { put, drop } = claimChanges(before, after);
  return [
    ['canary', parts.putCanary(before?.metadata.resourceVersion, after)],
    ['audit', parts.putAudit(auditKey(key, audit, token), audit)],
    ...put.map((claim, i) => [`${CLAIM}${i}`, parts.putClaim(claim, now())] as const),
    ...drop.map((service, i) => [`dropped claim ${i}`, parts.deleteClaim(service)] as const),
  ];
}

/**
 * What the failed conditions mean: where several failed, that the canary is another one comes first. Throws CanaryStoreError.
 *
 * @param failed as `transact` has it
 */
export async function refusedBy(
  tools: DynamoTools,
  key: CanaryKey,
  failed: Extract<TransactionOutcome, { done: false }>['failed'],
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const item = failed.get('canary');
  if (item !== undefined) return { outcome: 'conflict', current: readCanaryItem(item) };
  if (failed.has('canary')) return { outcome: 'conflict', current: undefined };
  const hasFailed = (kind: string): boolean => [...failed.keys()].some((part) => part.startsWith(kind));
  if (failed.has('answer') || hasFailed(MATE)) {
    return { outcome: 'conflict', current: await readCanaryAt(tools, key, signal) };
  }
  if (hasFailed(ELSEWHERE)) return { outcome: 'elsewhere' };
  const [name, claim] = [...failed].find(([part]) => part.startsWith(CLAIM)) ?? [];
  if (name === undefined && failed.has(HEAD)) return { outcome: 'behind' };
  return { outcome: 'claimed', by: claim?.['canary']?.S ?? 'another canary' };
}
