import type { Canary } from '../../canary/canary.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { sightWorkload } from '../../canary/transitions/sight-workload.ts';
import { isUnreadable, type Unreadable, type Workload } from '../../canary/workloads/workload.ts';
import { releaseBegun } from '../../events.ts';
import type { ReleaseCall } from '../../releases/call.ts';
import { MODIFIED } from '../../releases/refusal.ts';
import { type Decision, decline } from '../../releases/write/decision.ts';
import { write } from '../../releases/write/write.ts';
import { noteRelease } from './note-release.ts';

/** For the history. */
const REASON = "the Pod template of the canary's workload changed";

/**
 * Writes what a sight of the canary's workload makes of it: nothing, that it was seen, or that a release begins. It gives way to
 * every other writer, an abort among them: what was seen is still to be seen then. Throws CanaryStoreError.
 */
export async function writeSight(
  call: ReleaseCall,
  looked: Canary,
  found: Workload | Unreadable | undefined,
): Promise<'nothing' | 'kept' | 'begun' | 'lost'> {
  const sight = found === undefined || isUnreadable(found) ? undefined : found.sight;
  const sighted = sightWorkload(looked, sight, call.moment);
  if (sighted.sighted === 'nothing') return 'nothing';
  if (sighted.sighted === 'kept')
    return (await noteRelease(call, looked, sighted.canary, 1)) === 'written' ? 'kept' : 'lost';
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    if (current?.metadata.resourceVersion !== looked.metadata.resourceVersion) return decline(MODIFIED);
    const next = sightWorkload(current, sight, moment);
    return next.sighted === 'begun' ? { allowed: true, canary: next.canary, reason: REASON } : decline(MODIFIED);
  };
  const outcome = await write(call, { verb: 'start', decide }, {});
  if (outcome.outcome !== 'written') return 'lost';
  call.tools.log(releaseBegun, { ...call.key, attempt: outcome.canary.status.release?.attempt ?? 1 });
  return 'begun';
}
