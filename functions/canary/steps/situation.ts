import type { Canary, CanaryWeights, Release } from '../canary.ts';
import type { Unreadiness } from '../evidence/readiness.ts';
import type { FreezeWait } from '../freeze/freeze-wait.ts';
import type { MetricsJudgement } from '../metrics/judge.ts';
import type { RunJudgement } from '../metrics/judge-run.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { SeenWorkloads } from '../workloads/workload.ts';
import { BASELINE } from './release.ts';

/** Whether the proxies run the weight that was taken last. */
export interface Following {
  readonly confirmed: boolean;
  /** Whether any proxy that sees the canary has polled lately: without one there is none to wait for. */
  readonly isCalled: boolean;
  /** For people. */
  readonly sentence: string;
}

/** Why a hook takes a canary back, as a code and a sentence. */
export interface HookCause {
  readonly reason: 'RollbackHook' | 'HookFailed';
  readonly sentence: string;
}

/** Everything that the next move of a running release depends on. */
export interface Situation {
  readonly canary: Canary;
  readonly release: Release;
  readonly following: Following;
  /** Of the weight that is in force; undefined in the baseline. */
  readonly verdict: Pick<Verdict, 'decision' | 'why' | 'sentence'> | undefined;
  /** A conviction that was found before, and may not have been written yet. */
  readonly convicted: { readonly why: string; readonly sentence: string } | undefined;
  /** Whether all that proxies counted until now is in the verdict: after a pause of the control plane it takes some looks. */
  readonly isCaughtUp: boolean;
  /** What stable was measured to have in the baseline. */
  readonly baseline: { readonly responses: number; readonly perSecond: number };
  /** What metrics of other providers ask for, and a sentence for each dry run that would have aborted the release. */
  readonly metrics: MetricsJudgement;
  readonly dryRuns: readonly string[];
  /** What the run of an `analysis` step asks for; undefined in any other, and before it begins. */
  readonly analysis: RunJudgement | undefined;
  /** Why the canary is not ready for a larger share. */
  readonly unready: (weights: CanaryWeights) => Unreadiness | undefined;
  /** Its workloads; undefined where the release names none, or this program reaches no API server. */
  readonly workloads: SeenWorkloads | undefined;
  /** Why promotion `Copy` cannot be done, as a rehearsal before the first step found; undefined where it can, or was not tried. */
  readonly uncopyable: string | undefined;
  /** The freeze that keeps it from a larger share, as what it waits for. */
  readonly frozen: FreezeWait | undefined;
  /** The hook that holds the release; absent where none was asked, or none does. */
  readonly gate?: { readonly reason: string; readonly sentence: string } | undefined;
  /** The hook that takes the canary back. */
  readonly takenBack?: HookCause | undefined;
  /** Milliseconds since the weight was confirmed, and since the pause began. */
  readonly weightMs: number;
  readonly pauseMs: number;
  /** Milliseconds that the release waits for something, as the wait is called. */
  readonly waitedMs: (wait: string) => number;
}

/** Where a release stands, for the table of moves. A pause of the strategy and one by hand are two; what an analysis asks a person is one by hand. */
export type Standing =
  | ('Baseline' | 'Progressing' | 'Pause' | 'Analysis' | 'PausedByHand' | 'Baking')
  | ('WaitingPromotion' | 'RollingBack');

/** Wherever a release goes on that is not on its way back. */
export const ALL = ['Baseline', 'Progressing', 'Pause', 'Analysis', 'PausedByHand', 'Baking'] as const;
/** Wherever it goes on without a person. */
export const BY_ITSELF = ['Baseline', 'Progressing', 'Pause', 'Analysis', 'Baking'] as const;

/** Where the release of a situation stands. */
export function standingOf({ paused, state, currentStepIndex, steps, rollback }: Release): Standing {
  if (rollback?.cause !== undefined) return 'RollingBack';
  if (paused !== undefined) return paused.reason === 'CanaryPauseStep' ? 'Pause' : 'PausedByHand';
  if (currentStepIndex === BASELINE) return 'Baseline';
  if (currentStepIndex >= steps.length) return 'WaitingPromotion';
  const step = steps[currentStepIndex];
  if (step !== undefined && 'analysis' in step) return 'Analysis';
  return state === 'Baking' ? 'Baking' : 'Progressing';
}
