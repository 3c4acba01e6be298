import type { Canary } from './canary.ts';
import { stagingTarget } from './staging/staging-target.ts';
import { knowsCallers } from './steps/callers.ts';

/**
 * How soon something may happen to a canary, hence how often its proxies ask:
 * - `idle`: at rest; a release has to begin first.
 * - `moving`: from leaving rest until five minutes after coming back.
 * - `holding`: off rest, and unchanged for half an hour. Never idle: an abort is to be quick. Also while proxies learn new
 *   Envoy clusters, so that it is soon known when all hold them.
 */
export type ReleasePace = 'idle' | 'holding' | 'moving';

/** A pace, and when the clock alone changes it, in milliseconds since the epoch; infinite for never. */
export interface TimedPace {
  readonly pace: ReleasePace;
  readonly until: number;
}

/** After a release proxies keep asking: the next one, or a correction, often follows at once. */
const AFTER_RELEASE_MS = 5 * 60_000;
/** Without a write for as long as this a release waits for people. */
const HOLDING_AFTER_MS = 30 * 60_000;

const IDLE: TimedPace = { pace: 'idle', until: Number.POSITIVE_INFINITY };
const HOLDING: TimedPace = { pace: 'holding', until: Number.POSITIVE_INFINITY };

/** The pace of a canary. @param now milliseconds since the epoch */
export function paceOf(canary: Canary, now: number): TimedPace {
  const timed = releasePaceOf(canary, now);
  const staging = stagingTarget(canary, now);
  if (timed.pace !== 'idle' || staging === undefined) return timed;
  return { pace: 'holding', until: staging.until };
}

/** The same without what is staged. */
function releasePaceOf({ metadata, status }: Canary, now: number): TimedPace {
  const { atRest, restSince, awaiting, lastTransitionTime } = status;
  // Its routes are gone with the write that deleted it.
  if (metadata.deletionTimestamp !== undefined) return IDLE;
  if (atRest) return movingUntil(restSince, AFTER_RELEASE_MS, now) ?? IDLE;
  // An abort or a staged change moves its routes later than it was written.
  return movingUntil(awaiting?.since ?? lastTransitionTime, HOLDING_AFTER_MS, now) ?? HOLDING;
}

/** Whether the proxies of a canary ask seldom, or did when something began to be staged. @param now milliseconds since the epoch */
export function isIdle(canary: Canary, now: number): boolean {
  return releasePaceOf(canary, now).pace === 'idle';
}

/** Whether some proxies of a canary ask as seldom as at rest, perhaps though its release goes on. @param now as `isIdle` */
export function isSeldomAsked(canary: Canary, now: number): boolean {
  return isIdle(canary, now) || knowsCallers(canary);
}

/** The quickest pace of several canaries: a proxy asks for all that it sees at once. */
export function quickestPace(canaries: Iterable<Canary>, now: number): TimedPace {
  let quickest = IDLE;
  let until = Number.POSITIVE_INFINITY;
  for (const canary of canaries) {
    const timed = paceOf(canary, now);
    if (RANKS[timed.pace] > RANKS[quickest.pace]) quickest = timed;
    until = Math.min(until, timed.until);
  }
  return { pace: quickest.pace, until };
}

const RANKS: Readonly<Record<ReleasePace, number>> = { idle: 0, holding: 1, moving: 2 };

/** Undefined where that is over, and for a time that is none. A clock that was set back is `moving`. */
function movingUntil(since: string | undefined, forMs: number, now: number): TimedPace | undefined {
  const until = since === undefined ? Number.NaN : Date.parse(since) + forMs;
  return now < until ? { pace: 'moving', until } : undefined;
}
