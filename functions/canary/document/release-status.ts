import { flag, integer, list, object, text, words } from '../../json/schema/build.ts';
import { ANALYSIS } from './strategy/analysis.ts';
import { HOOKS } from './strategy/hooks.ts';
import { STEP } from './strategy/steps.ts';
import { PROMOTION, WORKLOAD } from './strategy/workloads.ts';

const ANY_LENGTH = { min: 0, max: Number.MAX_SAFE_INTEGER, message: 'must be a list' };
/** `-1` is the baseline. */
const STEP_INDEX = integer({ min: -1, max: 64 });
const WEIGHT = integer({ min: 0, max: 10_000 });
const TIME = text({});
const COUNT = integer({ min: 0, max: Number.MAX_SAFE_INTEGER, optional: true });

/**
 * A weight that a release gave the canary. What proxies counted under a version of the canary belongs to the last one whose own
 * version is not later, where the weights are the same.
 */
const TAKEN = object(
  {
    step: STEP_INDEX,
    weight: WEIGHT,
    /** Of the write. */
    resourceVersion: text({}),
    /** When the proxies were found to run it: what they counted before counts for none. Absent while they are awaited. */
    confirmedAt: text({ optional: true }),
  },
  {},
);

/** `status.release`: the release that goes on, or the last one. Written by whatever moves it, in one write with the weights. */
export const RELEASE_STATUS = object(
  {
    /** 1 for a start; one more for each retry, and for a new spec or Pod template that takes the place of a running release. */
    attempt: integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    /** What began it; `Workload`: another Pod template of the canary's workload. */
    trigger: words(['Start', 'Retry', 'Spec', 'Workload'], {}),
    startedAt: TIME,
    /**
     * - `Baseline`: at 100/0 through the stable track, which is measured.
     * - `Progressing`: at a step's weight, which is confirmed, then judged.
     * - `Paused`: it waits; `paused` has why.
     * - `RollingBack`: it is taken back step by step, for the cause that stands in `rollback`.
     * - `Baking`: the canary has everything, and is watched a while longer.
     * - `WaitingPromotion`: done; the stable Service is to get the new version, then it is promoted.
     * - `Promoted`, `Aborted`, `Undone`, `Superseded`: over.
     */
    state: words(
      [
        ...(['Baseline', 'Progressing', 'Paused', 'RollingBack', 'Baking', 'WaitingPromotion'] as const),
        ...(['Promoted', 'Aborted', 'Undone', 'Superseded'] as const),
      ],
      {},
    ),
    /** The step that goes on, counted from 0; `-1` is the baseline, and the number of steps is their end. */
    currentStepIndex: STEP_INDEX,
    /** The steps, as they were when it began; the last weight is 100. */
    steps: list(STEP, ANY_LENGTH),
    /** Whether the first steps are left out where the traffic cannot judge them. */
    startByTraffic: flag({}),
    /** The step that comes behind the baseline, where a retry named one; counted from 0. */
    firstStepIndex: integer({ min: 0, max: 64, optional: true }),
    /** How it is judged, as it was when it began. */
    analysis: ANALYSIS,
    progressDeadline: text({}),
    /** How it is taken back, as it was when it began; absent: in one write. */
    rollback: object(
      {
        mode: words(['Stepwise'], {}),
        /** Why it is being taken back; absent while it is not. */
        cause: object(
          {
            /** As a code, as in `verdict`. */
            reason: text({}),
            sentence: text({}),
            since: TIME,
            /** How long each weight on the way stays. */
            hold: text({}),
          },
          { optional: true },
        ),
      },
      { optional: true },
    ),
    /** The hooks, as they were when it began. */
    hooks: HOOKS,
    /** The workloads, as they were named when it began; absent where none were. */
    workloads: object(
      {
        stable: WORKLOAD,
        canary: WORKLOAD,
        promotion: PROMOTION,
        /** How many replicas stable's was to have at the start; absent until it was read. */
        replicas: COUNT,
        /** How many it is to have, where that is fewer: an abort would send it everything. */
        scaledIn: COUNT,
        /** Which Pod template stable's had when promotion `Copy` began to write over it (SHA-256, hex); absent before. */
        copiedOver: text({ optional: true }),
      },
      { optional: true },
    ),
    /** The weights that it gave the canary, oldest first; the first is the baseline's. */
    taken: list(TAKEN, ANY_LENGTH),
    /**
     * Hashes of the proxies that sent its Service a request in the baseline: others are idle, and not waited for. Absent
     * where they are not told apart: before the first step, after a skipped baseline, and with more than 200 of them.
     */
    callers: list(text({}), { ...ANY_LENGTH, optional: true, stored: 'types' }),
    /** When the step, or its pause, began. */
    stepStartedAt: TIME,
    /** Why it waits for a person or a time; absent where it does not. */
    paused: object(
      {
        since: TIME,
        /** `CanaryPauseStep`: a step of its own; `InconclusiveAnalysisRun`: what an `analysis` step of its own has found. */
        reason: words(['CanaryPauseStep', 'PausedByUser', 'WeightSetByHand', 'InconclusiveAnalysisRun'], {}),
        /** Who paused it. */
        by: text({ optional: true }),
        message: text({ optional: true }),
      },
      { optional: true },
    ),
    /** The last step that reached `maximum.time` without a verdict, or whose analysis decided nothing; absent once the evidence clears a later one. */
    inconclusive: object({ step: STEP_INDEX, sentence: text({}), since: TIME }, { optional: true }),
    /** Why the step was taken, then what the release waits for. */
    verdict: object(
      {
        /** As a code: a reason of the verdict (docs/verdict.md), or what is waited for (docs/releases.md). */
        reason: text({}),
        sentence: text({}),
        /** Since when the reason is the same. */
        since: TIME,
        at: TIME,
      },
      { optional: true },
    ),
  },
  { optional: true, stored: 'types' },
);
