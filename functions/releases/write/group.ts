import type { Canary } from '../../canary/canary.ts';
import { GROUP_MEMBERS_MAX, matesOf } from '../../canary/group/members.ts';
import { settled } from '../../canary/settled.ts';
import type { AuditEntry } from '../../canary/store.ts';
import type { MateWrite } from '../../canary/stored/writes.ts';
import { atVersion } from '../../canary/version-line.ts';
import { keyOf } from '../../table/keys.ts';
import type { ReleaseCall } from '../call.ts';
import type { ReleaseRefusal } from '../refusal.ts';
import { auditOf } from './audit-of.ts';
import type { MateDecision } from './decision.ts';

/** The others of a canary's group: as they are stored, and with what the clock has changed. */
export interface ReadGroup {
  readonly mates: readonly { readonly stored: Canary; readonly shown: Canary }[];
  /** The head that was read before them: a write right behind it finds them as they were read. Undefined without a group. */
  readonly head?: number;
}

/**
 * The others of a canary's group; none where there is no canary, or it has no group. Throws CanaryStoreError.
 *
 * @param isOfGroup whether they are asked for
 */
export async function readGroup(
  { tools, key, moment, signal }: ReleaseCall,
  canary: Canary | undefined,
  isOfGroup: boolean | undefined,
): Promise<ReadGroup> {
  if (isOfGroup !== true || canary?.spec.group === undefined) return { mates: [] };
  const { head, canaries } = await tools.store.listCanaries(key.cluster, signal, key.namespace);
  const mates = matesOf(canary, canaries).map((stored) => ({ stored, shown: settled(stored, moment.now) }));
  return { mates, head };
}

/**
 * The head that a canary is written past: that before its group was read, where a write is about the group or makes it a member, so
 * that of two that join at once one is let through. A refusal where the group is full. Throws CanaryStoreError.
 *
 * @param read the group that the write is about
 */
export async function readJoined(
  call: ReleaseCall,
  before: Canary | undefined,
  after: Canary,
  read: ReadGroup,
): Promise<{ readonly head: number } | ReleaseRefusal> {
  const { group } = after.spec;
  const { mates, head } = group === before?.spec.group ? read : await readGroup(call, after, true);
  if (mates.length >= GROUP_MEMBERS_MAX) {
    const sentence = `group ${group} has ${mates.length} canaries; at most ${GROUP_MEMBERS_MAX} are released together`;
    return { reason: 'GroupFull', sentence };
  }
  return { head: head ?? (await call.tools.store.readHead(call.key.cluster, call.signal)) };
}

/** The call, about another member of the group. */
export function callAbout(call: ReleaseCall, canary: Canary): ReleaseCall {
  return { ...call, key: keyOf(call.key.cluster, canary) };
}

/** What becomes of the others, at the versions behind that of the canary. */
export function mateWrites(
  call: ReleaseCall,
  verb: AuditEntry['verb'],
  { mates }: ReadGroup,
  decided: readonly MateDecision[] = [],
  version = 0,
): readonly MateWrite[] {
  return decided.flatMap((mate, i) => {
    const before = mates.find(({ shown }) => shown === mate.before)?.stored;
    const canary = atVersion(mate.canary, version + 1 + i);
    return before === undefined ? [] : [{ before, canary, audit: auditOf(call, verb, mate.before, canary, mate) }];
  });
}
