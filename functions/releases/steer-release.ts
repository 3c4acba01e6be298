import type { Canary } from '../canary/canary.ts';
import { unreadiness } from '../canary/evidence/readiness.ts';
import { runningRelease } from '../canary/steps/release.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import { pauseRelease, resumeRelease } from '../canary/transitions/pause-release.ts';
import { startRelease } from '../canary/transitions/start-release.ts';
import { promoteRelease, skipStep, undoRelease } from '../canary/transitions/steer-release.ts';
import type { Transition } from '../canary/transitions/transition.ts';
import { knownLack } from '../canary/workloads/lack.ts';
import type { ReleaseCall } from './call.ts';
import { frozenBy, type Hindrance } from './hindrance.ts';
import type { Outcome } from './outcome.ts';
import { NOT_FOUND } from './refusal.ts';
import type { Readiness } from './set-release-weights.ts';
import { steerMembers } from './steer-members.ts';
import { type Decision, decline } from './write/decision.ts';
import { type Terms, write } from './write/write.ts';

/** What people do with a release that advances by itself. */
export type SteerVerb = 'start' | 'promote' | 'pause' | 'resume' | 'skip' | 'undo';

/** What comes along with a verb. */
export interface Steering {
  /** For the audit, and for the message of a pause; one line. */
  readonly reason?: string | undefined;
  /** With `promote`: straight to 100 %. */
  readonly full?: boolean;
}

/** What is known of who can judge a release, and of the backends. */
export interface SteerReadiness extends Readiness {
  /** Why none of the proxies that see a canary counts, with the namespaces that they are in; undefined where one does, or none is known. */
  readonly uncounted?: (canary: Canary, now: number) => string | undefined;
}

/** What each verb makes of a canary. */
const TRANSITIONS: Readonly<
  Record<SteerVerb, (canary: Canary, moment: Moment, steering: Steering & { readonly by: string }) => Transition>
> = {
  start: startRelease,
  promote: (canary, moment, { full = false }) => promoteRelease(canary, moment, { full }),
  pause: (canary, moment, { by, reason }) => pauseRelease(canary, moment, { by, message: reason }),
  resume: resumeRelease,
  skip: skipStep,
  undo: undoRelease,
};

/**
 * Starts a release, or steers the one that goes on, with those of the others of its group. A start is refused where no caller's proxy counts, because nothing would
 * ever judge it; a larger share while proxies that count find no Pods for it; either while a freeze is in force. Throws
 * CanaryStoreError.
 *
 * @param readiness absent: not looked at
 */
export async function steerRelease(
  call: ReleaseCall,
  verb: SteerVerb,
  steering: Steering = {},
  terms: Terms = {},
  readiness?: SteerReadiness,
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment, mates: readonly Canary[]): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    return steerMembers(current, mates, {
      verb,
      steer: (canary) => TRANSITIONS[verb](canary, moment, { ...steering, by: call.caller }),
      hindrances: (before, after) => [
        frozenBy(before, after, readiness?.frozen, moment.now),
        lackOf(verb, before, after, moment.now, readiness),
      ],
      reason: steering.reason,
      force: readiness?.force,
    });
  };
  return await write(call, { verb, decide, isOfGroup: true }, terms);
}

/** Why it is not ready for the verb. What a start needs of its backends is looked at before each step. */
function lackOf(
  verb: SteerVerb,
  current: Canary,
  next: Canary,
  now: number,
  readiness: SteerReadiness | undefined,
): Hindrance | undefined {
  if (verb !== 'start') {
    const { weights } = next.status;
    return unreadiness(current, weights, readiness?.found(current, now)) ?? workloadsOf(current, next);
  }
  const sentence = readiness?.uncounted?.(current, now);
  return sentence === undefined ? undefined : { reason: 'NoCountedCallers', sentence };
}

/** What the release waits for of its workloads, where it is to get a larger share all the same. */
function workloadsOf(current: Canary, next: Canary): Hindrance | undefined {
  const release = runningRelease(current);
  const isRaised = next.status.weights.canary > current.status.weights.canary;
  return release === undefined || !isRaised ? undefined : knownLack(release);
}
