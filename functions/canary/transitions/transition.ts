import type { Fault } from '../../json/faults.ts';
import type { Canary, CanaryPhase, CanaryStatus, CanaryTarget, CanaryWeights, Release } from '../canary.ts';
import { conditionsOf } from '../conditions.ts';
import { mayRest } from '../rest.ts';
import { iso } from '../stage-targets.ts';
import { releaseIn, runningIn } from '../steps/release.ts';
import { releaseWords } from '../steps/sentence.ts';
import { servedFrom, servedTarget } from '../targets.ts';
import { withFallback } from './fallback.ts';
import type { Moment } from './moment.ts';

/** Why a canary may not become what was asked for. */
export interface Refusal {
  readonly reason:
    | ('NotReady' | 'Aborted' | 'Terminating' | 'NotAborted' | 'Staging' | 'Invalid')
    | ('NoStrategy' | 'AlreadyReleasing' | 'HasShare' | 'NotReleasing' | 'NotPaused' | 'NothingToPromote')
    | 'RollingBack';
  readonly sentence: string;
  /** Milliseconds since the epoch: from then on it may. */
  readonly until?: number;
  /** With `Invalid`. */
  readonly faults?: readonly Fault[];
}

/** Why there is no next canary. */
export interface Refused {
  readonly allowed: false;
  readonly refusal: Refusal;
}

/** The next canary; the very same object where nothing changes and nothing is to be written. Or why not. */
export type Transition = { readonly allowed: true; readonly canary: Canary } | Refused;

/** The refusal as a transition. */
export function refuse(refusal: Refusal): Refused {
  return { allowed: false, refusal };
}

/** The refusal of every change to a canary that is being deleted; undefined where it is not. */
export function refuseTerminating({ metadata, status }: Canary): Refused | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  // Then proxies have forgotten it, and one of its name may be made.
  const ends = status.targets.flatMap((t) => (t.keepUntil === undefined ? [] : [Date.parse(t.keepUntil)]));
  const until = ends.length === 0 ? {} : { until: Math.max(...ends) };
  return refuse({ reason: 'Terminating', sentence: `it was deleted at ${metadata.deletionTimestamp}`, ...until });
}

/** The refusal of what would hold up a release on its way back; undefined where it is on none. */
export function refuseRollingBack(release: Release | undefined): Refused | undefined {
  if (release?.rollback?.cause === undefined) return undefined;
  return refuse({
    reason: 'RollingBack',
    sentence: 'it is taken back step by step; abort sends all to stable at once',
  });
}

/** All requests to stable. */
export function allStable({ totalWeight }: Canary['spec']): CanaryWeights {
  return { stable: totalWeight, canary: 0 };
}

/** The phase of a canary at 100/0 that has not failed. */
export function restingPhase(canary: Canary, now: number): CanaryPhase {
  return servedTarget(canary, now) === undefined ? 'Initializing' : 'Initialized';
}

/** One write further: resourceVersion + 1, and the status that follows from spec, weights and phase. */
export function written(
  canary: Canary,
  status: Partial<Omit<CanaryStatus, 'conditions' | 'atRest'>> & { readonly phase: CanaryPhase },
  moment: Moment,
  why?: string,
): Canary {
  const { metadata } = canary;
  const { restSince: _, abortedWith: __, ...last } = canary.status;
  const time = iso(moment.now);
  const targets = status.targets ?? last.targets;
  const kept = status.release ?? last.release;
  const release = kept === undefined ? undefined : releaseIn(status.phase, kept);
  const running = runningIn(status.phase, release);
  const words = running === undefined ? undefined : releaseWords({ ...canary.metadata, ...canary.spec }, running);
  const next: CanaryStatus = {
    ...last,
    ...status,
    ...(release === undefined ? {} : { release }),
    targets: status.phase === 'Terminating' ? targets : withFallback(targets, moment),
    ...abortIn(canary, status.phase),
    ...restOf(canary.status, mayRest(canary.spec, { ...last, ...status }), time),
    observedGeneration: metadata.generation,
    conditions: conditionsOf(status.phase, last.conditions, metadata.generation, time, why, words),
    lastTransitionTime: status.phase === last.phase ? last.lastTransitionTime : time,
  };
  return { ...canary, metadata: { ...metadata, resourceVersion: nextVersion(canary) }, status: next };
}

/** What the canaries of the release in other Kubernetes clusters have to know of an abort: until it is left, then from when it was. */
function abortIn({ spec, status }: Canary, phase: CanaryPhase): Pick<CanaryStatus, 'abortedAt' | 'abortedWith'> {
  const { abortedWith, lastTransitionTime } = status;
  if (status.phase !== 'Failed') return {};
  if (abortedWith !== undefined) return phase === 'Failed' ? { abortedWith } : {};
  return phase === 'Failed' || spec.clusters === undefined ? {} : { abortedAt: lastTransitionTime };
}

/** Whether it is at rest after a write, and since when where a release was over with it. */
function restOf(
  { atRest, restSince }: CanaryStatus,
  isAtRest: boolean,
  time: string,
): Pick<CanaryStatus, 'atRest' | 'restSince'> {
  if (!isAtRest) return { atRest: false };
  const since = atRest ? restSince : time;
  return { atRest: true, ...(since === undefined ? {} : { restSince: since }) };
}

/**
 * What is awaited of the proxies after a write of routes. A target that they are still learning puts it off until the
 * routes lead there: before, nothing shows whether they follow.
 *
 * @param resourceVersion the write's
 * @param targets those after the write
 * @param isIdle whether the proxies ask as seldom as they do at rest
 */
export function awaiting(
  resourceVersion: string,
  targets: readonly CanaryTarget[],
  { now, times }: Moment,
  isIdle: boolean,
): NonNullable<CanaryStatus['awaiting']> {
  const since = servedFrom(targets, now);
  const awaitMs = isIdle ? times.awaitIdleMs : times.awaitMs;
  return { resourceVersion, since: iso(since), until: iso(since + awaitMs) };
}

/** The resourceVersion that the next write makes. */
export function nextVersion({ metadata }: Canary): string {
  return String(Number(metadata.resourceVersion) + 1);
}
