import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Canary } from '../../canary/canary.ts';
import type { AuditEntry, CanaryAbort, CanaryKey } from '../../canary/store.ts';
import { pauseAfter } from '../../canary/store-time.ts';
import type { MateAbort } from '../../canary/stored/writes.ts';
import { auditKey } from '../keys.ts';
import type { DynamoTools } from './call.ts';
import type { Item } from './item.ts';
import { partsOf } from './parts.ts';
import { headIn, readCanaryAt, readHeadOf } from './reads.ts';
import { ABORT_PAUSE_MS_MAX, HEAD, transact } from './transact.ts';

/**
 * Aborts at the version after the head, mates at those after it. Where others move the head meanwhile it goes on from theirs, which the failed
 * condition brings along, within `ABORT_PAUSE_MS_MAX`: they wait longer, so that an abort is soon through. Throws
 * CanaryStoreError when the time is over.
 *
 * @returns what stands there afterwards; undefined where nothing does
 */
export async function abortAtHead(
  tools: DynamoTools,
  key: CanaryKey,
  patch: CanaryAbort,
  audit: AuditEntry,
  signal: AbortSignal,
  mates: readonly MateAbort[] = [],
): Promise<Canary | undefined> {
  let all: readonly MateAbort[] = [{ key, patch, audit }, ...mates];
  let head = await readHeadOf(tools, key.cluster, signal);
  for (let tries = 1; ; tries++) {
    const version = head + 1;
    const token = tools.newToken();
    const writes = all.flatMap((one, i) => partsOfOne(tools, one, version + i, token));
    const proof = auditKey(key, { ...audit, resourceVersion: String(version) }, token);
    const [, ...moved] = all.map((one, i) => ({ key: one.key, version: version + i }));
    const how = { key, version, mates: moved, leaves: 'moved', inTheWay: 'again' } as const;
    const outcome = await transact(tools, { ...how, parts: new Map(writes), token, proof }, signal);
    if (outcome.done) return await readCanaryAt(tools, key, signal);
    const { failed } = outcome;
    const isMissing = (one: MateAbort): boolean => failed.has(nameOf(one)) && failed.get(nameOf(one)) === undefined;
    if (all.slice(0, 1).some(isMissing)) return undefined;
    // A canary past the head is one whose head was lost.
    const versions = all.map((one) => versionIn(failed.get(nameOf(one))));
    head = Math.max(head, headIn(failed.get(HEAD)), ...versions);
    all = all.filter((one) => !isMissing(one));
    await pauseAfter(tries, tools.random, signal, ABORT_PAUSE_MS_MAX);
  }
}

/** What there is of one canary in the transaction, by name. */
function partsOfOne(
  { table }: DynamoTools,
  one: MateAbort,
  version: number,
  token: string,
): readonly (readonly [string, TransactWriteItem])[] {
  const parts = partsOf(table, one.key);
  const entry = { ...one.audit, resourceVersion: String(version) };
  return [
    [nameOf(one), parts.abortCanary(one.patch, version)],
    [`audit of ${nameOf(one)}`, parts.putAudit(auditKey(one.key, entry, token), entry)],
  ];
}

function nameOf({ key: { namespace, name } }: MateAbort): string {
  return `canary ${namespace}/${name}`;
}

function versionIn(item: Item | undefined): number {
  return Number(item?.['resourceVersion']?.N ?? 0);
}
