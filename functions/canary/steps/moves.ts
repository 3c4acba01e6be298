import { durationMs } from '../../template/parameter/types.ts';
import type { CanaryWeights, Release } from '../canary.ts';
import { FIRST_STEP_RESPONSES, FIRST_STEP_SECONDS, STICKY_SHARE_MIN } from '../verdict/policy.ts';
import { workloadLack } from '../workloads/lack.ts';
import type { ReleaseWorkloads } from '../workloads/workload.ts';
import { BASELINE, lastTaken, plannedWeight, stepAfter } from './release.ts';
import type { Situation, Standing } from './situation.ts';

/** What a release waits for: a code, and a sentence for people. */
export interface Wait {
  readonly reason: string;
  readonly sentence: string;
  /** By `progressDeadline`, because machines are waited for; the name tells one such wait from the next. */
  readonly bounded?: string;
  /** The time of the step is over, and the evidence has decided nothing. */
  readonly isInconclusive?: true;
}

/** Why a release pauses itself. */
type PauseReason = 'WeightSetByHand' | 'InconclusiveAnalysisRun';

/** What is done next with a release. */
export type Move =
  | { readonly move: 'wait'; readonly wait: Wait }
  /** The proxies run the weight: from now on what they count is evidence. */
  | { readonly move: 'confirm' }
  /** It waits for a person. */
  | { readonly move: 'pause'; readonly reason: PauseReason; readonly sentence: string }
  /** What its release keeps of the workloads. */
  | { readonly move: 'keep'; readonly workloads: ReleaseWorkloads }
  /** Stable's workload is to get the Pod template of the canary's. */
  | { readonly move: 'copy'; readonly reason: 'StableDiffers'; readonly sentence: string }
  | { readonly move: 'step'; readonly to: number; readonly reason: string; readonly sentence: string }
  /** Stable runs what the canary ran: all requests go to it, and the release is over. */
  | { readonly move: 'promote'; readonly reason: string; readonly sentence: string }
  /** Back to the weight of a step before, as the first or a further part of an abort. */
  | {
      readonly move: 'lower';
      readonly to: number;
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly sentence: string;
    }
  | {
      readonly move: 'abort';
      readonly reason: string;
      readonly sentence: string;
      /** The Kubernetes cluster whose abort this one follows; absent where it begins here. */
      readonly with?: string;
    };

/** Why a release is taken back step by step. */
export type RollbackCause = NonNullable<NonNullable<Release['rollback']>['cause']>;

/** A row of the table: in these states, when this is so, that is done. */
export interface MoveRow {
  readonly states: readonly Standing[];
  /** For docs/releases.md. */
  readonly when: string;
  readonly then: string;
  readonly isSo: (situation: Situation) => boolean;
  readonly move: (situation: Situation) => Move;
}

/** A wait that nothing bounds but what it waits for. */
export function waitFor(reason: string, sentence: string): Move {
  return { move: 'wait', wait: { reason, sentence } };
}

/** An abort by the evidence, or for want of it. */
export function abortFor({ why, sentence }: { readonly why: string; readonly sentence: string }): Move {
  return { move: 'abort', reason: why, sentence };
}

/** The wait for proxies to run the weight that was taken last. */
export function followingWait({ release, following }: Situation): Wait {
  const reason = following.isCalled ? 'Confirmation' : 'NoProxies';
  const wait = { reason, sentence: following.sentence };
  return following.isCalled ? { ...wait, bounded: `Confirmation ${lastTaken(release).resourceVersion}` } : wait;
}

/** The wait for Pods that the next weight needs; undefined where there are enough, or none is known of. */
export function podsWait(situation: Situation): Wait | undefined {
  const { canary, release, unready, workloads } = situation;
  const weights = weightsAt(situation, nextIndex(situation));
  const lack = unready(weights) ?? workloadLack(canary, release, weights, workloads);
  if (lack === undefined) return undefined;
  return { ...lack, bounded: `${lack.reason} ${release.currentStepIndex}` };
}

/** Whether a wait for machines has lasted for the whole of `progressDeadline`. */
export function isOverdue({ release, waitedMs }: Situation, wait: Wait | undefined): boolean {
  return wait?.bounded !== undefined && waitedMs(wait.bounded) >= durationMs(release.progressDeadline);
}

/** The abort of a release that waits too long for machines. */
export function overdue({ release }: Situation, { sentence }: Wait): Move {
  const why = `progressDeadline of ${release.progressDeadline} is over: ${sentence}`;
  return { move: 'abort', reason: 'ProgressDeadlineExceeded', sentence: why };
}

/** The step that comes next. The first one is that which a retry named; of the default steps one that the traffic can judge. */
function nextIndex({ canary, release, baseline }: Situation): number {
  const { currentStepIndex, startByTraffic, steps } = release;
  if (currentStepIndex !== BASELINE || !startByTraffic) return stepAfter(release);
  const isSticky = canary.spec.sessionAffinity !== undefined;
  const shares = steps.map((step) => ('setWeight' in step ? step.setWeight / 100 : 0));
  const isJudged = (share: number): boolean =>
    share * baseline.perSecond * FIRST_STEP_SECONDS >= FIRST_STEP_RESPONSES && (!isSticky || share >= STICKY_SHARE_MIN);
  const first = shares.findIndex((share) => share < 1 && isJudged(share));
  return first === -1 ? shares.findLastIndex((share) => share < 1) : first;
}

/** The move to the next step, with what allows it. */
export function goOn(situation: Situation): Move {
  const { release, verdict, dryRuns, analysis } = situation;
  const to = nextIndex(situation);
  if (verdict === undefined) return { move: 'step', to, reason: 'baseline', sentence: baselineSentence(situation, to) };
  const { reason, sentence } =
    release.state === 'Baking' && verdict.decision !== 'convict'
      ? { reason: 'baked', sentence: `baked for ${release.analysis.bake.time}: nothing against it` }
      : { reason: verdict.why, sentence: verdict.sentence };
  return {
    move: 'step',
    to,
    reason,
    sentence: [...(analysis === undefined ? [] : [analysis.sentence]), sentence, ...dryRuns].join('; '),
  };
}

function baselineSentence({ release, baseline }: Situation, to: number): string {
  const rate = Number(baseline.perSecond.toPrecision(2));
  const why = release.startByTraffic ? 'the first that such traffic can judge' : 'as the retry asks';
  const first = to > 0 ? `; begun at step ${to + 1}, ${why}` : '';
  return `baseline: ${baseline.responses} responses of stable, ${rate} a second${first}`;
}

function weightsAt({ canary, release }: Situation, index: number): CanaryWeights {
  const { totalWeight } = canary.spec;
  const weight = plannedWeight(release.steps, index, totalWeight);
  return { stable: totalWeight - weight, canary: weight };
}
