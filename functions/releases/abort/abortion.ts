import type { Canary } from '../../canary/canary.ts';
import { settled } from '../../canary/settled.ts';
import { iso } from '../../canary/stage-targets.ts';
import { auditedRelease } from '../../canary/steps/audited-release.ts';
import type { AuditEntry } from '../../canary/store.ts';
import type { MateAbort } from '../../canary/stored/writes.ts';
import { abortOf } from '../../canary/transitions/change-weights.ts';
import { keyOf } from '../../table/keys.ts';
import { logChange, type ReleaseCall } from '../call.ts';
import { persist } from './persist.ts';

/**
 * Aborts a canary and others in one transaction, and logs what is written; undefined where the first is not there. Throws
 * CanaryStoreError, after a log line of its own.
 */
export async function abortWith(
  call: ReleaseCall,
  abort: MateAbort,
  others: readonly MateAbort[] = [],
): Promise<Canary | undefined> {
  const { tools, signal } = call;
  const after = await persist(call, () => tools.store.abort(abort.key, abort.patch, abort.audit, signal, others));
  if (after === undefined) return undefined;
  logChange({ ...call, key: abort.key }, abort.audit, after);
  for (const [i, { key, audit, patch }] of others.entries()) {
    const resourceVersion = String(Number(after.metadata.resourceVersion) + 1 + i);
    logChange({ ...call, key }, audit, { metadata: { resourceVersion }, status: patch });
  }
  return after;
}

/** What an abort of a canary writes, as it was read. @param reason for the audit and the canary's conditions */
export function abortionOf(
  { caller, key: { cluster }, moment }: ReleaseCall,
  stored: Canary,
  reason: string | undefined,
): MateAbort {
  const patch = abortOf(settled(stored, moment.now), moment, reason);
  const audit: AuditEntry = {
    time: iso(moment.now),
    who: caller,
    verb: 'abort',
    from: stored.status.weights,
    fromIsLastRead: true,
    to: patch.weights,
    ...(reason === undefined ? {} : { reason }),
    ...auditedRelease(stored, { status: { ...stored.status, phase: patch.phase } }),
    resourceVersion: stored.metadata.resourceVersion,
  };
  return { key: keyOf(cluster, stored), patch, audit };
}
