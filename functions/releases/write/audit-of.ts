import type { Canary } from '../../canary/canary.ts';
import { iso } from '../../canary/stage-targets.ts';
import { auditedRelease } from '../../canary/steps/audited-release.ts';
import type { AuditEntry } from '../../canary/store.ts';
import type { ReleaseCall } from '../call.ts';

/** The audit entry of a write. @param current undefined for a creation */
export function auditOf(
  { caller, moment }: ReleaseCall,
  verb: AuditEntry['verb'],
  current: Canary | undefined,
  next: Canary,
  { reason, verdict }: { readonly reason?: string | undefined; readonly verdict?: string | undefined },
): AuditEntry {
  return {
    time: iso(moment.now),
    who: caller,
    verb,
    ...(current === undefined ? {} : { from: current.status.weights }),
    to: next.status.weights,
    ...(reason === undefined ? {} : { reason }),
    ...(verdict === undefined ? {} : { verdict }),
    ...auditedRelease(current, next),
    resourceVersion: next.metadata.resourceVersion,
  };
}
