import type { Canary } from '../../canary/canary.ts';
import type { AuditEntry, CanaryAbort, CanaryKey } from '../../canary/store.ts';
import { pauseAfter } from '../../canary/store-time.ts';
import { auditKey } from '../keys.ts';
import type { DynamoTools } from './call.ts';
import { partsOf } from './parts.ts';
import { headIn, readCanaryAt, readHeadOf } from './reads.ts';
import { ABORT_PAUSE_MS_MAX, HEAD, transact } from './transact.ts';

/**
 * Aborts at the version after the head. Where others move the head meanwhile it goes on from theirs, which the failed
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
): Promise<Canary | undefined> {
  const parts = partsOf(tools.table, key);
  let head = await readHeadOf(tools, key.cluster, signal);
  for (let tries = 1; ; tries++) {
    const version = head + 1;
    const entry = { ...audit, resourceVersion: String(version) };
    const token = tools.newToken();
    const proof = auditKey(key, entry, token);
    const writes = [
      ['canary', parts.abortCanary(patch, version)],
      ['audit', parts.putAudit(proof, entry)],
    ] as const;
    const how = { key, version, leaves: 'moved', inTheWay: 'again' } as const;
    const outcome = await transact(tools, { ...how, parts: new Map(writes), token, proof }, signal);
    if (outcome.done) return await readCanaryAt(tools, key, signal);
    const { failed } = outcome;
    const canary = failed.get('canary');
    if (failed.has('canary') && canary === undefined) return undefined;
    // A canary past the head is one whose head was lost.
    head = Math.max(head, headIn(failed.get(HEAD)), Number(canary?.['resourceVersion']?.N ?? 0));
    await pauseAfter(tries, tools.random, signal, ABORT_PAUSE_MS_MAX);
  }
}
