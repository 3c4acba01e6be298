import type { Canary, CanaryTarget } from '../canary.ts';
import { settled } from '../settled.ts';
import { iso } from '../stage-targets.ts';

/** A target that the proxies are learning; times in milliseconds since the epoch. */
export interface StagingTarget {
  readonly target: CanaryTarget;
  /** The same text for the same target in all function environments, and in no other canary's. */
  readonly id: string;
  readonly since: number;
  /** Each proxy that lives has asked for its configuration between `since` and then. */
  readonly askedBy: number;
  /** When routes lead to it at the latest. */
  readonly until: number;
}

/** The target whose staging may end before its time; undefined where there is none. @param now milliseconds since the epoch */
export function stagingTarget({ metadata, status }: Canary, now: number): StagingTarget | undefined {
  const target = status.targets.at(-1);
  if (target?.learning === undefined || target.keepUntil !== undefined) return undefined;
  const { learning, routesFrom } = target;
  const since = Date.parse(learning.since);
  const askedBy = Date.parse(learning.askedBy);
  const until = Date.parse(routesFrom);
  // A time that cannot be read is no time before any other.
  if (!(now < until && since <= askedBy)) return undefined;
  const id = `${metadata.namespace}/${metadata.name}/${metadata.uid}/${target.revision}`;
  return { target, id, since, askedBy, until };
}

/**
 * The canary with routes that lead to the target which its proxies were learning, from now on: all of them hold it. What is
 * awaited of them by the write that staged it is awaited from now on as well. The same object where nothing is learned.
 *
 * @param now milliseconds since the epoch
 */
export function withStagingEnded(canary: Canary, now: number): Canary {
  const staging = stagingTarget(canary, now);
  if (staging === undefined) return canary;
  const { learning: _, ...target } = staging.target;
  const { awaiting, ...status } = canary.status;
  const isFirst = (time: string | undefined): boolean => time !== undefined && Date.parse(time) <= staging.until;
  const targets = [
    ...status.targets.slice(0, -1),
    // One that waits for a deployment to be over goes on waiting.
    { ...target, routesFrom: iso(now), ...(isFirst(target.fallbackFrom) ? { fallbackFrom: iso(now) } : {}) },
  ];
  return settled({ ...canary, status: { ...status, targets, ...awaitedFrom(awaiting, now) } }, now);
}

/** What is awaited, from a moment on at the latest, and for as long. */
function awaitedFrom(awaiting: Canary['status']['awaiting'], from: number): Pick<Canary['status'], 'awaiting'> {
  if (awaiting === undefined) return {};
  const ahead = Math.max(0, Date.parse(awaiting.since) - from);
  const earlier = (time: string): string => (ahead > 0 ? iso(Date.parse(time) - ahead) : time);
  return { awaiting: { ...awaiting, since: earlier(awaiting.since), until: earlier(awaiting.until) } };
}
