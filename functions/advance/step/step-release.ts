import type { Canary, Release } from '../../canary/canary.ts';
import type { EvidenceStore } from '../../canary/evidence/evidence-store.ts';
import { convictionOf } from '../../canary/steps/findings.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import type { Move } from '../../canary/steps/moves.ts';
import { nextMove } from '../../canary/steps/next-move.ts';
import { lastTaken, releaseId, runningRelease } from '../../canary/steps/release.ts';
import { countOn, elapsedMs, type ReleaseRecord, type ReleaseRecordStore } from '../../canary/steps/release-record.ts';
import type { Situation } from '../../canary/steps/situation.ts';
import { advanced } from '../../canary/transitions/advance-release.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { releaseStepped } from '../../events.ts';
import type { ReleaseCall } from '../../releases/call.ts';
import { MODIFIED } from '../../releases/refusal.ts';
import { type Decision, decline } from '../../releases/write/decision.ts';
import { write } from '../../releases/write/write.ts';
import { type ClusterView, freezesIn } from './cluster-view.ts';
import { foldEvidence, rangeOf } from './fold-evidence.ts';
import { judgedMetrics, measureRelease } from './measure-release.ts';
import { CONFIRM_TRIES_MAX, noteRelease, type Written } from './note-release.ts';
import { recordOf } from './record-of.ts';
import { figuresOf, type ReleaseFigures } from './release-figures.ts';
import { seenWorkloads } from './seen-workloads.ts';
import { situationOf } from './situation-of.ts';

/** What a look at releases reads besides the canaries themselves. */
export type StepStore = Pick<EvidenceStore, 'readEvidence'> & ReleaseRecordStore;

/** What one look has done. */
export interface Stepped {
  readonly move: Move;
  readonly written: Written;
  readonly figures?: ReleaseFigures;
}

/**
 * One look at one release: what its proxies have counted is added to its record, judged, and what follows is written. It may
 * be done twice, by two at once, and end anywhere: every write is conditional, and the next look goes on from what stands
 * there. Undefined where no release goes on. Throws CanaryStoreError.
 *
 * @param call by `advance`
 * @param canary as it was read
 * @param measure measures what other providers have
 */
export async function stepRelease(
  call: ReleaseCall,
  store: StepStore,
  canary: Canary,
  view: ClusterView,
  measure: MeasureMetrics,
): Promise<Stepped | undefined> {
  const release = runningRelease(canary);
  if (release === undefined) return undefined;
  const { key, signal } = call;
  const { now } = call.moment;
  // It waits for a person; nothing is judged any more.
  if (release.state === 'WaitingPromotion') return { move: WAITING, written: 'nothing' };
  const record = recordOf(canary, release, await store.findRelease(key, signal), now);
  const [rows, workloads] = await Promise.all([
    store.readEvidence(key, rangeOf(record, now), signal),
    seenWorkloads(key, release, view.workloads),
  ]);
  const folded = foldEvidence(record, canary, release, rows, now);
  const isAwaited = lastTaken(release).confirmedAt === undefined;
  const reports = isAwaited ? await view.reports() : [];
  const known = { reports, workloads };
  let observed = situationOf(canary, release, folded, { ...known, hosts: undefined, freezes: undefined }, now);
  // A conviction waits for no other system.
  const isConvicted = convictionOf(observed) !== undefined;
  const metrics = isConvicted ? record.metrics : await measureRelease(call, measure, canary, release, record.metrics);
  const judged = judgedMetrics(release, metrics);
  // Only a larger share needs Pods, and is held by freezes; by these whatever metrics say, so that no deadline counts them.
  if (nextMove({ ...observed, metrics: { decision: 'Go' }, dryRuns: [] }).move === 'step') {
    const [hosts, freezes] = await Promise.all([view.hosts(), freezesIn(view.freezes)]);
    const found = { ...known, hosts, freezes };
    observed = situationOf(canary, release, folded, found, now);
    // A step is rare, and a pass over many releases takes seconds: a freeze that was put meanwhile holds too.
    if (nextMove({ ...observed, ...judged }).move === 'step') {
      const frozenNow = await freezesIn(view.freezesNow);
      observed = situationOf(canary, release, folded, { ...found, freezes: frozenNow }, now);
    }
  }
  const situation = { ...observed, ...judged };
  const move = nextMove(situation);
  // First the record, so that a conviction is never found again under other numbers.
  await store.keepRelease(key, { ...looked(folded.record, situation, move, now), metrics }, signal);
  const figures = figuresOf(canary, release, folded.record, observed.verdict, now);
  return { move, written: await act(call, canary, release, move), figures };
}

const WAITING: Move = { move: 'wait', wait: { reason: 'WaitingPromotion', sentence: 'it waits to be promoted' } };

/** The record after a look: its times, and a conviction that is found. */
function looked(record: ReleaseRecord, situation: Situation, move: Move, now: number): ReleaseRecord {
  const { release, weightMs, pauseMs } = situation;
  const bounded = move.move === 'wait' ? (move.wait.bounded ?? '') : '';
  const convicted = convictionOf(situation);
  return {
    ...record,
    revision: record.revision + 1,
    lookedAt: now,
    weight: { of: lastTaken(release).resourceVersion, ms: weightMs },
    pause: { of: release.stepStartedAt, ms: pauseMs },
    wait: countOn(record.wait, bounded, elapsedMs(record, now)),
    ...(convicted === undefined ? {} : { convicted }),
  };
}

/** Writes what the move makes of the canary, where it is still what was looked at; an abort also where it was written meanwhile. */
async function act(call: ReleaseCall, looked: Canary, release: Release, move: Move): Promise<Written> {
  const next = advanced(looked, release, move, call.moment);
  if (next === looked) return 'nothing';
  if (move.move === 'wait' || move.move === 'keep') return await noteRelease(call, looked, next, 1);
  if (move.move === 'confirm') return await noteRelease(call, looked, next, CONFIRM_TRIES_MAX);
  const isAbort = move.move === 'abort';
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    const running = current === undefined ? undefined : runningRelease(current);
    if (current === undefined || running === undefined || releaseId(running) !== releaseId(release)) {
      return decline(MODIFIED);
    }
    const isSame = current.metadata.resourceVersion === looked.metadata.resourceVersion;
    if (!isSame && !isAbort) return decline(MODIFIED);
    const why = 'sentence' in move ? { reason: move.sentence, verdict: move.reason } : {};
    return { allowed: true, canary: advanced(current, running, move, moment), ...why };
  };
  const outcome = await write(call, { verb: isAbort ? 'abort' : 'step', decide }, {});
  if (outcome.outcome !== 'written') return 'lost';
  const { currentStepIndex, attempt } = outcome.canary.status.release ?? release;
  const reason = 'reason' in move ? { reason: move.reason } : {};
  call.tools.log(releaseStepped, { ...call.key, move: move.move, step: currentStepIndex, attempt, ...reason });
  return 'written';
}
