import type { Canary, Release } from '../canary.ts';
import { isSeldomAsked } from '../release-pace.ts';
import { iso } from '../stage-targets.ts';
import type { Move, Wait } from '../steps/moves.ts';
import { BASELINE, plannedWeight, standing } from '../steps/release.ts';
import { setWeights } from './change-weights.ts';
import type { Moment } from './moment.ts';
import { placeAt, taking } from './place-release.ts';
import { allStable, awaiting, nextVersion, written } from './transition.ts';

/** Decisions of the evidence that clear a step (`Why` of the verdict). */
const CLEARED: ReadonlySet<string> = new Set(['ratio', 'budget']);
/** A wait's reason, or its sentence, is written no more often than this: each write moves the head. */
const REASON_EVERY_MS = 15_000;
const SENTENCE_EVERY_MS = 60_000;

/**
 * What a move makes of a canary; the very same canary where nothing is to be written.
 *
 * @param callers the proxies that have sent it requests, for a step that ends the baseline; undefined where that is not known
 */
export function advanced(
  canary: Canary,
  release: Release,
  move: Move,
  moment: Moment,
  callers?: readonly string[],
): Canary {
  const { totalWeight } = canary.spec;
  switch (move.move) {
    case 'wait':
      return noted(canary, release, move.wait, moment);
    case 'confirm': {
      const [last, rest] = [release.taken.slice(-1), release.taken.slice(0, -1)];
      const confirmed = last.map((taken) => ({ ...taken, confirmedAt: iso(moment.now) }));
      return rewritten(canary, { ...release, taken: [...rest, ...confirmed] }, moment);
    }
    // It is written to the API server; the canary has noted that before.
    case 'copy':
      return canary;
    case 'keep':
      return rewritten(canary, { ...release, workloads: move.workloads }, moment);
    case 'pause': {
      const paused = { since: iso(moment.now), reason: move.reason };
      const verdict = verdictOf(release, move, moment);
      const isRun = move.reason === 'InconclusiveAnalysisRun';
      const found = isRun ? inconclusiveAt(release, move.sentence, moment) : {};
      return rewritten(canary, standing({ ...release, paused, verdict, ...found }, totalWeight), moment);
    }
    case 'step':
      return placeAt(canary, left(release, callers, move, moment), move.to, moment, verdictOf(release, move, moment));
    case 'lower':
      return lowered(canary, release, move, moment);
    case 'promote': {
      const promoted = setWeights(canary, allStable(canary.spec), moment);
      return promoted.allowed ? promoted.canary : canary;
    }
    case 'abort':
      return takenBack(canary, move.sentence, moment, move.with);
  }
}

/** The release as it leaves its step. */
function left(
  release: Release,
  callers: readonly string[] | undefined,
  why: { readonly reason: string; readonly sentence: string },
  moment: Moment,
): Release {
  const { currentStepIndex, inconclusive: _, ...rest } = release;
  if (currentStepIndex === BASELINE) return callers === undefined ? release : { ...release, callers };
  if (why.reason === 'inconclusive') return { ...release, ...inconclusiveAt(release, why.sentence, moment) };
  return CLEARED.has(why.reason) ? { ...rest, currentStepIndex } : release;
}

function inconclusiveAt(release: Release, sentence: string, moment: Moment): Pick<Release, 'inconclusive'> {
  const { currentStepIndex: step, inconclusive: last } = release;
  return { inconclusive: { step, sentence, since: last?.step === step ? last.since : iso(moment.now) } };
}

/** Which decision a step's reason is of, for those who read the status. */
function verdictOf(release: Release, { reason, sentence }: { reason: string; sentence: string }, moment: Moment) {
  const time = iso(moment.now);
  return { reason, sentence, since: release.verdict?.reason === reason ? release.verdict.since : time, at: time };
}

/** The canary at a weight on its way back: never more than it has. */
function lowered(
  canary: Canary,
  release: Release,
  { to, cause, reason, sentence }: Extract<Move, { move: 'lower' }>,
  moment: Moment,
): Canary {
  const time = iso(moment.now);
  const { paused: _, ...rest } = release;
  const rollback = { mode: 'Stepwise', cause: { ...cause, since: release.rollback?.cause?.since ?? time } } as const;
  const verdict = verdictOf(release, { reason, sentence }, moment);
  const next = { ...rest, rollback, verdict, currentStepIndex: to, stepStartedAt: time };
  const weight = Math.min(canary.status.weights.canary, plannedWeight(release.steps, to, canary.spec.totalWeight));
  return written(canary, { phase: 'Progressing', ...taking(canary, next, weight, moment) }, moment);
}

/** The canary with what its release waits for, where that is news. */
function noted(canary: Canary, release: Release, wait: Wait, moment: Moment): Canary {
  const last = release.verdict;
  const age = last === undefined ? Number.POSITIVE_INFINITY : Math.abs(moment.now - Date.parse(last.at));
  const found = wait.isInconclusive === true ? inconclusiveAt(release, wait.sentence, moment) : {};
  const isNews =
    (wait.isInconclusive === true && release.inconclusive?.step !== release.currentStepIndex) ||
    (last?.reason !== wait.reason && age >= REASON_EVERY_MS) ||
    (last?.sentence !== wait.sentence && age >= SENTENCE_EVERY_MS);
  if (!isNews) return canary;
  return rewritten(canary, { ...release, ...found, verdict: verdictOf(release, wait, moment) }, moment);
}

/**
 * All requests to stable, for a reason that the evidence or a deadline gave. As an abort by hand, it ends a release.
 *
 * @param abortedWith the Kubernetes cluster whose abort it follows, if any
 */
export function takenBack(canary: Canary, sentence: string, moment: Moment, abortedWith?: string): Canary {
  const status = {
    ...(abortedWith === undefined ? {} : { abortedWith }),
    phase: 'Failed',
    weights: allStable(canary.spec),
    awaiting: awaiting(nextVersion(canary), canary.status.targets, moment, isSeldomAsked(canary, moment.now)),
  } as const;
  return written(canary, status, moment, `aborted: ${sentence}`);
}

/** No route moves by it. */
function rewritten(canary: Canary, release: Release, moment: Moment): Canary {
  return written(canary, { phase: canary.status.phase, release }, moment);
}
