import type { Canary, Release } from '../canary.ts';
import { runningRelease } from '../steps/release.ts';

/** The canary of the same namespace and name in another Kubernetes cluster of its release. */
export interface Counterpart {
  /** The Kubernetes cluster. */
  readonly cluster: string;
  /** As it was read; undefined where there is none. */
  readonly canary: Canary | undefined | 'unreadable';
}

/** What the sentence of an abort begins with. */
const ABORTED = /^aborted: /;

/**
 * How far a counterpart is in the release that goes on here. `outside`, with a sentence for people, where it has no part in it:
 * it is absent, does not name this Kubernetes cluster, or no release of it goes on.
 */
export type Progress = 'begun' | 'baking' | 'done' | { readonly outside: string };

/** Where a release stands in a Kubernetes cluster, for another one. @param cluster the one that asks */
export function progressOf({ canary }: Counterpart, cluster: string, release: Release): Progress {
  if (canary === 'unreadable') return { outside: 'it could not be read' };
  // Of one that does not name it, a Kubernetes cluster is not told that it is there.
  if (canary === undefined || !names(canary, cluster)) {
    return { outside: `it is not there, or its spec.clusters does not name ${cluster}` };
  }
  if (canary.metadata.deletionTimestamp !== undefined) return { outside: 'it was deleted' };
  const { phase, lastTransitionTime } = canary.status;
  const running = runningRelease(canary);
  if (running?.state === 'WaitingPromotion') return 'done';
  if (running?.state === 'Baking') return 'baking';
  if (running !== undefined) return 'begun';
  if (phase === 'Failed') return { outside: 'it was aborted; retry it' };
  // One that was promoted before is of an earlier version.
  const isPromoted = phase === 'Succeeded' && Date.parse(lastTransitionTime) >= Date.parse(release.startedAt);
  return isPromoted ? 'done' : { outside: 'no release of it goes on; start it' };
}

/**
 * Why a counterpart was aborted since the release here began; undefined where it was not. One that only followed another abort
 * begins none: of two that were taken back, neither takes back what is retried in the other.
 *
 * @param cluster the one that asks: only a counterpart that names it takes it back
 */
export function abortOfRelease({ canary }: Counterpart, cluster: string, release: Release): string | undefined {
  if (canary === undefined || canary === 'unreadable' || !names(canary, cluster)) return undefined;
  const { phase, lastTransitionTime, abortedAt, abortedWith, conditions } = canary.status;
  const isStanding = phase === 'Failed' && abortedWith === undefined;
  const at = isStanding ? lastTransitionTime : abortedAt;
  if (at === undefined || Date.parse(at) < Date.parse(release.startedAt)) return undefined;
  const message = isStanding ? conditions.find(({ type }) => type === 'Progressing')?.message : undefined;
  return message?.replace(ABORTED, '') ?? `it was aborted at ${at}`;
}

/** A sentence about a counterpart. */
export function aboutCounterpart({ metadata }: Canary, cluster: string, sentence: string): string {
  return `${metadata.name} in Kubernetes cluster ${cluster}: ${sentence}`;
}

function names({ spec }: Canary, cluster: string): boolean {
  return spec.clusters?.names.includes(cluster) === true;
}
