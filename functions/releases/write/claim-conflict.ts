import type { Canary } from '../../canary/canary.ts';
import { isGone } from '../../canary/settled.ts';
import { liveTargets } from '../../canary/targets.ts';
import type { ReleaseCall } from '../call.ts';
import type { ReleaseRefusal } from '../refusal.ts';
import { readStored } from './read-stored.ts';

/** What a write would find: another canary of the namespace that proxies know at this Service and port. */
export async function findClaimConflict(call: ReleaseCall, next: Canary): Promise<ReleaseRefusal | undefined> {
  const { tools, key, moment, signal } = call;
  const { name, port } = next.spec.service;
  const { canaries } = await tools.store.listCanaries(key.cluster, signal);
  const holder = canaries.find(
    (other) =>
      other.metadata.namespace === key.namespace &&
      other.metadata.name !== key.name &&
      liveTargets(other, moment.now).some((t) => t.service.name === name && t.service.port === port),
  );
  return holder === undefined ? undefined : await claimConflict(call, holder.metadata.name, next);
}

/**
 * One release for each Service and port: why a claim keeps the canary out. Undefined where the claim's canary is gone or
 * has left; then the claim is given up, and the write is tried again.
 *
 * @param by the canary that has the claim
 */
export async function claimConflict(
  call: ReleaseCall,
  by: string,
  { spec }: Canary,
): Promise<ReleaseRefusal | undefined> {
  const holder = await readStored({ ...call, key: { ...call.key, name: by } });
  if (holder === undefined || isGone(holder, call.moment.now)) return undefined;
  const { name, port } = spec.service;
  const last = liveTargets(holder, call.moment.now).findLast((t) => t.service.name === name && t.service.port === port);
  // It has left, and its claim has ended since.
  if (last === undefined) return undefined;
  const isDeleted = holder.metadata.deletionTimestamp !== undefined;
  const how = isDeleted ? 'which is being deleted' : 'which has left it';
  const end = last.keepUntil === undefined ? '' : `, ${how}; proxies know it until ${last.keepUntil}`;
  const sentence = `Service ${name}, port ${port} is released by canary ${by}${end}`;
  return { reason: 'Claimed', sentence, faults: [{ path: 'spec.service', message: sentence }] };
}
