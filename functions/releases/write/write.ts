import type { Canary } from '../../canary/canary.ts';
import { settled } from '../../canary/settled.ts';
import type { AuditEntry, WriteOutcome } from '../../canary/store.ts';
import type { SeenElsewhere } from '../../canary/stored/writes.ts';
import { amongOthers } from '../../canary/transitions/fallback.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { atVersion, versionAfterAll } from '../../canary/version-line.ts';
import { logChange, type ReleaseCall } from '../call.ts';
import { type Outcome, type RefusedCall, refused } from '../outcome.ts';
import { MODIFIED } from '../refusal.ts';
import { auditOf } from './audit-of.ts';
import { claimConflict, findClaimConflict } from './claim-conflict.ts';
import type { Decision } from './decision.ts';
import { type Expectation, unexpected } from './expectation.ts';
import { callAbout, mateWrites, readGroup, readJoined } from './group.ts';
import { abortedMeanwhile, type FirstRead, waitAside } from './lost-race.ts';
import { readStored } from './read-stored.ts';
import { findReplay, keepAnswer, type Repeatable } from './repeatable.ts';

/** On which terms a call writes; a caller that has none is served by reading again after a lost race. */
export interface Terms {
  readonly expected?: Expectation;
  readonly repeatable?: Repeatable | undefined;
  /** Whether all is checked and nothing is written. */
  readonly isDryRun?: boolean;
}

/** One change of one canary. */
export interface Change {
  /** For the audit, where there was a canary before. */
  readonly verb: AuditEntry['verb'];
  /** Decides on what stands there, at a moment: again after every lost race. What it throws is thrown. */
  readonly decide: (current: Canary | undefined, moment: Moment, mates: readonly Canary[]) => Decision;
  /** Whether it is about the canary's whole group: then `mates` are the others, and else none. */
  readonly isOfGroup?: boolean;
  /** Canaries of other Kubernetes clusters by which was decided: where one is another by then, nothing is written. */
  readonly elsewhere?: readonly SeenElsewhere[] | undefined;
}

/** A caller that insists on no version is served by reading again: as often as this, as kube-apiserver does. */
const TRIES_MAX = 5;

/**
 * Reads, decides and writes under the condition that there was no other write in between; then once more where the caller
 * does not mind and no abort came meanwhile. Audit entry and kept answer are in the same transaction as the change. What is
 * written is logged. Throws CanaryStoreError.
 */
export async function write(asked: ReleaseCall, change: Change, terms: Terms): Promise<Outcome> {
  const before = await findReplay(asked, terms.repeatable);
  if (before !== undefined) return before;
  let first: FirstRead | undefined;
  let conflicts = 0;
  // A head that others move is no conflict: their writes are of other canaries.
  for (let tries = 0; conflicts < TRIES_MAX; tries++) {
    // What is staged is staged from the write on, not from the request on.
    const call = tries === 0 ? asked : { ...asked, moment: { ...asked.moment, now: asked.tools.now() } };
    const attempt = await tryOnce(call, change, terms, first);
    if (attempt.outcome !== 'lost') return attempt;
    first ??= attempt.read;
    const { next, race } = attempt;
    // The same request may have been faster than itself: sent twice, or written and not heard of.
    const end = (await findReplay(call, terms.repeatable, next)) ?? (await refuseClaimed(call, attempt));
    if (end !== undefined) return end;
    if (race.outcome === 'elsewhere') return refused(MODIFIED);
    if (race.outcome !== 'behind') conflicts++;
    if (race.outcome !== 'claimed') await waitAside(call, tries + 1);
  }
  return refused(MODIFIED);
}

/** A write that another one has kept out. */
interface Lost {
  readonly outcome: 'lost';
  readonly race: Exclude<WriteOutcome, { readonly outcome: 'written' }>;
  readonly read: FirstRead;
  readonly next: { readonly canary: Canary; readonly isNew: boolean };
}

/** @param first what the call read at its first try; undefined at the first */
async function tryOnce(
  call: ReleaseCall,
  change: Change,
  terms: Terms,
  first: FirstRead | undefined,
): Promise<Outcome | Lost> {
  const { tools, key, moment, signal } = call;
  const stored = await readStored(call);
  const current = stored === undefined ? undefined : settled(stored, moment.now);
  const refusal = unexpected(terms.expected, current) ?? (await abortedMeanwhile(call, first, current));
  if (refusal !== undefined) return refused(refusal);
  const group = await readGroup(call, stored, change.isOfGroup);
  const decision = change.decide(
    current,
    moment,
    group.mates.map((mate) => mate.shown),
  );
  if (!decision.allowed) return refused(decision.refusal);
  // What only the clock has changed is not written here, hence not shown.
  if (decision.canary === current) return { outcome: 'unchanged', canary: stored ?? decision.canary, isNew: false };
  const joined = await readJoined(call, current, decision.canary, group);
  if ('reason' in joined) return refused(joined);
  const { head } = joined;
  const isNew = current === undefined;
  const placed = await besideOthers(call, decision.canary, isNew && head > 0);
  const version = versionAfterAll(head, [stored, ...group.mates.map((mate) => mate.stored)]);
  const next = { canary: atVersion(placed, version), isNew };
  if (terms.isDryRun === true) {
    const conflict = await findClaimConflict(call, next.canary);
    return conflict === undefined ? { outcome: 'tried', ...next } : refused(conflict);
  }
  const audit = auditOf(call, isNew ? 'create' : change.verb, current, next.canary, decision);
  const mates = mateWrites(call, change.verb, group, decision.mates, version);
  const { elsewhere } = change;
  const extras = { audit, mates, elsewhere, ...keepAnswer(terms.repeatable, next.canary, isNew, moment.now) };
  const race =
    stored === undefined
      ? await tools.store.create(key.cluster, next.canary, extras, signal)
      : await tools.store.update(key.cluster, stored.metadata.resourceVersion, next.canary, extras, signal);
  if (race.outcome !== 'written') return { outcome: 'lost', race, read: { canary: current, head }, next };
  logChange(call, audit, next.canary);
  for (const mate of mates) logChange(callAbout(call, mate.canary), mate.audit, mate.canary);
  return { outcome: 'written', ...next };
}

/** The end of a write that was lost to another canary's claim; undefined where it is to be tried again. */
async function refuseClaimed(call: ReleaseCall, { race, next }: Lost): Promise<RefusedCall | undefined> {
  const conflict = race.outcome === 'claimed' ? await claimConflict(call, race.by, next.canary) : undefined;
  return conflict === undefined ? undefined : refused(conflict);
}

/** A new canary beside the others of its Kubernetes cluster, where there are any. */
async function besideOthers(
  { tools, key, moment, signal }: ReleaseCall,
  canary: Canary,
  hasOthers: boolean,
): Promise<Canary> {
  if (!hasOthers) return canary;
  const { canaries } = await tools.store.listCanaries(key.cluster, signal);
  return amongOthers(canary, canaries, moment);
}
