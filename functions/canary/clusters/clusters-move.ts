import type { Canary, CanarySpec, Release } from '../canary.ts';
import { type Move, waitFor } from '../steps/moves.ts';
import { BASELINE } from '../steps/release.ts';
import { abortOfRelease, aboutCounterpart, type Counterpart, type Progress, progressOf } from './counterparts.ts';

/** The code of what a release waits for, or is taken back for, in another Kubernetes cluster. */
const REASON = 'Clusters';

/** A canary of several Kubernetes clusters whose release goes on in one of them. */
export interface Spread {
  /** The Kubernetes cluster. */
  readonly cluster: string;
  readonly canary: Canary;
  readonly release: Release;
  readonly clusters: NonNullable<CanarySpec['clusters']>;
  readonly counterparts: readonly Counterpart[];
}

/** The abort of a canary because its release was aborted in another Kubernetes cluster; undefined where it was in none. */
export function abortElsewhere({ cluster, canary, release, counterparts }: Spread): Move | undefined {
  for (const counterpart of counterparts) {
    const why = abortOfRelease(counterpart, cluster, release);
    if (why === undefined) continue;
    const sentence = aboutCounterpart(canary, counterpart.cluster, why);
    return { move: 'abort', reason: REASON, sentence, with: counterpart.cluster };
  }
  return undefined;
}

/**
 * The move of a release, or the wait for another Kubernetes cluster in its place.
 *
 * | what it would do | `OneByOne` waits for | `AtOnce` waits for |
 * |---|---|---|
 * | its first share | those before it, baked or promoted | all others, begun |
 * | its end: it waits to be promoted | none | all others, at 100 % |
 * | promote itself (`workloads.promotion`) | none | all others, baked or promoted |
 */
export function heldElsewhere(spread: Spread, move: Move): Move {
  if (move.move !== 'step' && move.move !== 'promote') return move;
  const unread = spread.counterparts.find((one) => one.canary === 'unreadable');
  // Whether it was aborted is not known.
  if (unread !== undefined) return waitsFor(spread, unread, 'it could not be read');
  const needed = neededFor(spread, move);
  if (needed === undefined) return move;
  const { cluster, release, clusters, counterparts } = spread;
  const before = clusters.names.slice(0, clusters.names.indexOf(cluster));
  const awaited =
    clusters.order === 'AtOnce' ? counterparts : counterparts.filter((one) => before.includes(one.cluster));
  for (const counterpart of awaited) {
    const progress = progressOf(counterpart, cluster, release);
    if (isSoFar(progress, needed)) continue;
    return waitsFor(spread, counterpart, typeof progress === 'object' ? progress.outside : WAITS[needed]);
  }
  return move;
}

function waitsFor({ canary }: Spread, { cluster }: Counterpart, why: string): Move {
  return waitFor(REASON, `waits for ${aboutCounterpart(canary, cluster, why)}`);
}

type Needed = Extract<Progress, string>;

/** From the first to the last. */
const ORDER: readonly Needed[] = ['begun', 'baking', 'done'];

const WAITS: Readonly<Record<Needed, string>> = {
  begun: 'its release has not begun',
  baking: 'it has not got everything yet',
  done: 'its release is not baked yet',
};

/** How far the others have to be for a move; undefined where it waits for none. */
function neededFor({ release, clusters }: Spread, move: Move): Needed | undefined {
  const isAtOnce = clusters.order === 'AtOnce';
  if (move.move === 'promote') return isAtOnce ? 'done' : undefined;
  if (move.move !== 'step') return undefined;
  if (release.currentStepIndex === BASELINE) return isAtOnce ? 'begun' : 'done';
  return isAtOnce && move.to >= release.steps.length ? 'baking' : undefined;
}

function isSoFar(progress: Progress, needed: Needed): boolean {
  return typeof progress === 'string' && ORDER.indexOf(progress) >= ORDER.indexOf(needed);
}
