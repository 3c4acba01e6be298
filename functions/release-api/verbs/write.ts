import type { Canary } from '../../canary/canary.ts';
import { isGone, settled } from '../../canary/settled.ts';
import { iso } from '../../canary/stage-targets.ts';
import type { AuditEntry } from '../../canary/store.ts';
import { liveTargets } from '../../canary/targets.ts';
import { amongOthers } from '../../canary/transitions/fallback.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import type { Refused, Transition } from '../../canary/transitions/transition.ts';
import { atVersion, versionAfter } from '../../canary/version-line.ts';
import type { HttpResult } from '../../http/result.ts';
import { type CanaryCall, logChange, readStored } from '../call.ts';
import { ApiError, invalid, modified, subject } from '../response/api-error.ts';
import { findReplay, keepAnswer, type Repeatable } from './idempotency.ts';
import { refuseAborted, waitAside } from './lost-race.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';

/** A change that one request asks for. */
export interface Change {
  readonly verb: AuditEntry['verb'];
  readonly preconditions: Preconditions;
  readonly repeatable: Repeatable | undefined;
  readonly isDryRun: boolean;
  /** Why, in the caller's words; known once it has been decided. */
  readonly reason?: () => string | undefined;
  /** What the canary becomes at a moment; throws ApiError where it may not. The same object means that nothing changes. */
  readonly decide: (current: Canary | undefined, moment: Moment) => Canary;
  /** The answer to the caller, from what is written then. */
  readonly show: (canary: Canary, isNew: boolean) => HttpResult;
}

/** A caller that insists on no version is served by reading again: as often as this, as kube-apiserver does. */
const TRIES_MAX = 5;

/**
 * Reads, decides and writes under the condition that there was no other write in between; then once more where the caller
 * does not mind and no abort came meanwhile. Audit entry and kept answer are in the same transaction as the change.
 */
export async function write(asked: CanaryCall, change: Change): Promise<HttpResult> {
  const { tools, cluster, key, signal } = asked;
  const replay = (): Promise<HttpResult | undefined> => findReplay(tools.store, cluster, change.repeatable, signal);
  const before = await replay();
  if (before !== undefined) return before;
  let first: Canary | undefined;
  let firstHead = 0;
  let conflicts = 0;
  // A head that others move is no conflict: their writes are of other canaries.
  for (let tries = 0; conflicts < TRIES_MAX; tries++) {
    // What is staged is staged from the write on, not from the request on.
    const call = tries === 0 ? asked : { ...asked, moment: { ...asked.moment, now: tools.now() } };
    const { moment } = call;
    const stored = await readStored(call);
    const current = stored === undefined ? undefined : settled(stored, moment.now);
    if (tries === 0) first = current;
    checkPreconditions(change.preconditions, key.name, current);
    if (tries > 0) await refuseAborted(call, first, firstHead, current);
    const decided = change.decide(current, moment);
    // What only the clock has changed is not written here, hence not shown.
    if (decided === current) return change.show(stored ?? decided, false);
    const head = await tools.store.readHead(cluster, signal);
    if (tries === 0) firstHead = head;
    const placed = current === undefined && head > 0 ? await besideOthers(call, decided) : decided;
    const next = atVersion(placed, versionAfter(head, stored));
    const result = change.show(next, current === undefined);
    if (change.isDryRun) {
      await checkClaim(call, next);
      return result;
    }
    const audit = auditOf(call, change, current, next);
    const extras = {
      audit,
      ...keepAnswer(change.repeatable, result, moment.now),
    };
    const { store } = tools;
    const outcome =
      stored === undefined
        ? await store.create(cluster, next, extras, signal)
        : await store.update(cluster, stored.metadata.resourceVersion, next, extras, signal);
    if (outcome.outcome === 'written') {
      logChange(call, audit, next);
      return result;
    }
    // The same request may have been faster than itself: sent twice, or written and not heard of.
    const meanwhile = await replay();
    if (meanwhile !== undefined) return meanwhile;
    if (outcome.outcome === 'claimed') await refuseClaimed(call, outcome.by, next);
    if (outcome.outcome !== 'behind') conflicts++;
    if (outcome.outcome !== 'claimed') await waitAside(call, tries + 1);
  }
  throw modified(key.name);
}

/** A new canary beside the others of its Kubernetes cluster. */
async function besideOthers({ tools, cluster, moment, signal }: CanaryCall, canary: Canary): Promise<Canary> {
  const { canaries } = await tools.store.listCanaries(cluster, signal);
  return amongOthers(canary, canaries, moment);
}

/** The canary of an allowed transition; throws what a refused one is to the caller. */
export function allowed(transition: Transition, name: string): Canary {
  if (transition.allowed) return transition.canary;
  throw refusalError(transition, name);
}

/** From when on what was refused may be done, where the clock decides. */
export function whenAllowed({ refusal: { until } }: Refused): string {
  return until === undefined ? '' : `; from ${iso(until)} on it may`;
}

function refusalError(refused: Refused, name: string): ApiError {
  const { reason, sentence, faults } = refused.refusal;
  if (reason === 'Invalid') return invalid(name, faults ?? []);
  const when = whenAllowed(refused);
  return new ApiError('Conflict', `${subject(name)} cannot be changed like this: ${sentence}${when}`, { name });
}

function auditOf(call: CanaryCall, change: Change, current: Canary | undefined, next: Canary): AuditEntry {
  const reason = change.reason?.();
  return {
    time: iso(call.moment.now),
    who: call.caller,
    verb: current === undefined ? 'create' : change.verb,
    ...(current === undefined ? {} : { from: current.status.weights }),
    to: next.status.weights,
    ...(reason === undefined ? {} : { reason }),
    resourceVersion: next.metadata.resourceVersion,
  };
}

/** What a write would find: another canary of the namespace that proxies know at this Service and port. */
async function checkClaim(call: CanaryCall, next: Canary): Promise<void> {
  const { tools, cluster, key, moment, signal } = call;
  const { name, port } = next.spec.service;
  const { canaries } = await tools.store.listCanaries(cluster, signal);
  const holder = canaries.find(
    (other) =>
      other.metadata.namespace === key.namespace &&
      other.metadata.name !== key.name &&
      liveTargets(other, moment.now).some((t) => t.service.name === name && t.service.port === port),
  );
  if (holder !== undefined) await refuseClaimed(call, holder.metadata.name, next);
}

/** One release for each Service and port; a claim whose canary is gone is given up, and the write tried again. */
async function refuseClaimed(call: CanaryCall, by: string, { spec }: Canary): Promise<void> {
  const holder = await readStored({ ...call, key: { ...call.key, name: by } });
  if (holder === undefined || isGone(holder, call.moment.now)) return;
  const { name, port } = spec.service;
  const last = liveTargets(holder, call.moment.now).findLast((t) => t.service.name === name && t.service.port === port);
  // It has left, and its claim has ended since.
  if (last === undefined) return;
  const isDeleted = holder.metadata.deletionTimestamp !== undefined;
  const how = isDeleted ? 'which is being deleted' : 'which has left it';
  const end = last.keepUntil === undefined ? '' : `, ${how}; proxies know it until ${last.keepUntil}`;
  const message = `Service ${name}, port ${port} is released by canary ${by}${end}`;
  throw new ApiError('Conflict', message, { name: call.key.name, faults: [{ path: 'spec.service', message }] });
}
