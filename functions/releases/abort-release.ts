import { aborted } from '../canary/aborted.ts';
import { versionAfter } from '../canary/version-line.ts';
import { abortGroup } from './abort/abort-group.ts';
import { abortionOf, abortWith } from './abort/abortion.ts';
import { persist } from './abort/persist.ts';
import type { ReleaseCall } from './call.ts';
import { type Outcome, refused } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import { unexpected } from './write/expectation.ts';
import type { Terms } from './write/write.ts';

/**
 * All requests to stable, from every phase, whatever others write at the same time; with the canary all others of its group
 * that have a share or a release. A repeated call finds its work done and changes nothing. Throws CanaryStoreError, after a log
 * line of its own.
 *
 * @param reason for the audit and the canary's conditions
 */
export async function abortRelease(
  call: ReleaseCall,
  reason: string | undefined,
  { expected, isDryRun = false }: Omit<Terms, 'repeatable'> = {},
): Promise<Outcome> {
  const { tools, key, signal } = call;
  // One whose deletion is over is there until others, who have the time and the right, take it away.
  const stored = await persist(call, () => tools.store.getCanary(key, signal));
  if (stored === undefined) return refused(NOT_FOUND);
  const refusal = unexpected(expected, stored);
  if (refusal !== undefined) return refused(refusal);
  const { phase } = stored.status;
  // A deleted one has no routes already.
  const own = phase === 'Failed' || phase === 'Terminating' ? [] : [abortionOf(call, stored, reason)];
  if (isDryRun) {
    const [abort] = own;
    if (abort === undefined) return { outcome: 'unchanged', canary: stored, isNew: false };
    const head = await persist(call, () => tools.store.readHead(key.cluster, signal));
    return { outcome: 'tried', canary: aborted(stored, abort.patch, versionAfter(head, stored)), isNew: false };
  }
  if (stored.spec.group !== undefined) return await abortGroup(call, stored, own, reason);
  const [abort] = own;
  if (abort === undefined) return { outcome: 'unchanged', canary: stored, isNew: false };
  const after = await abortWith(call, abort);
  return after === undefined ? refused(NOT_FOUND) : { outcome: 'written', canary: after, isNew: false };
}
