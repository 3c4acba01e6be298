import type { Canary, Release } from '../../canary/canary.ts';
import type { EvidenceStore } from '../../canary/evidence/evidence-store.ts';
import { type HookFindings, hooksAlways, hooksBefore } from '../../canary/hooks/release-hooks.ts';
import { callersIn } from '../../canary/steps/callers.ts';
import { convictionOf } from '../../canary/steps/findings.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import type { Move } from '../../canary/steps/moves.ts';
import { nextMove } from '../../canary/steps/next-move.ts';
import { lastTaken, runningRelease, waitsForPerson } from '../../canary/steps/release.ts';
import type { ReleaseRecordStore } from '../../canary/steps/release-record.ts';
import type { ReleaseCall } from '../../releases/call.ts';
import { type ClusterView, freezesIn } from './cluster-view.ts';
import { copyTemplate, rehearseCopy } from './copy-template.ts';
import { foldEvidence, rangeOf } from './fold-evidence.ts';
import { judgedMetrics, type Measured, measureRelease } from './measure-release.ts';
import type { Written } from './note-release.ts';
import { looked, recordOf } from './record-of.ts';
import { figuresOf, type ReleaseFigures } from './release-figures.ts';
import { seenWorkloads } from './seen-workloads.ts';
import { situationOf } from './situation-of.ts';
import { type Looked, writeMove } from './write-move.ts';
import { writeSight } from './write-sight.ts';

/** What a look at releases reads besides the canaries themselves. */
export type StepStore = Pick<EvidenceStore, 'readEvidence'> & ReleaseRecordStore;

/** What one look has found. */
export interface Found extends Looked {
  readonly figures?: ReleaseFigures;
}

/** What one look has done. */
export interface Stepped extends Found {
  readonly written: Written;
}

/**
 * One look at one release that is in no group: what follows is written. Undefined where no release goes on. Throws
 * CanaryStoreError. Its parameters are those of `lookAtRelease`.
 */
export async function stepRelease(...look: Parameters<typeof lookAtRelease>): Promise<Stepped | undefined> {
  const [call] = look;
  const found = await lookAtRelease(...look);
  return found && { ...found, written: await writeMove(call, found) };
}

/**
 * One look at one release: what its proxies have counted is added to its record, and judged. It may be done twice, by two at
 * once, and end anywhere: every write is conditional, and the next look goes on from what stands there. Undefined where no
 * release goes on. Throws CanaryStoreError.
 *
 * @param call by `advance`
 * @param canary as it was read
 * @param measure measures what other providers have
 */
export async function lookAtRelease(
  call: ReleaseCall,
  store: StepStore,
  canary: Canary,
  view: ClusterView,
  measure: MeasureMetrics,
): Promise<Found | undefined> {
  const release = runningRelease(canary);
  if (release === undefined) return undefined;
  const { key, signal } = call;
  const { now } = call.moment;
  // It waits for a person; nothing is judged any more.
  const isDone = release.state === 'WaitingPromotion';
  if (waitsForPerson(release)) return { canary, release, move: WAITING };
  const record = recordOf(canary, release, await store.findRelease(key, signal), now);
  const [rows, workloads] = await Promise.all([
    store.readEvidence(key, rangeOf(record, now), signal),
    seenWorkloads(key, release, view.workloads),
  ]);
  const folded = foldEvidence(record, canary, release, rows, now);
  const isAwaited = lastTaken(release).confirmedAt === undefined;
  const reports = isAwaited ? await view.reports() : [];
  const known = { reports, workloads };
  const copying = { release, seen: workloads, writer: view.templates };
  let observed = situationOf(canary, release, folded, { ...known, hosts: undefined, freezes: undefined }, now);
  // A conviction waits for no other system.
  const isConvicted = convictionOf(observed) !== undefined;
  const asking = { cluster: key.cluster, canary, release, ask: view.hooks, now };
  const [kept, always]: readonly [Measured, HookFindings] =
    isConvicted || isDone
      ? [record, { hooks: record.hooks }]
      : await Promise.all([measureRelease(call, measure, canary, release, record), hooksAlways(asking, record.hooks)]);
  const judged = { ...judgedMetrics(release, kept), ...always };
  let hooked = always;
  // Only a larger share needs Pods, and is held by freezes; by these whatever metrics say, so that no deadline counts them.
  if (nextMove({ ...observed, ...judged, gate: undefined, metrics: { decision: 'Go' }, dryRuns: [] }).move === 'step') {
    const [hosts, freezes, uncopyable] = await Promise.all([
      view.hosts(),
      freezesIn(view.freezes),
      rehearseCopy(call, copying),
    ]);
    const found = { ...known, hosts, freezes, uncopyable };
    observed = situationOf(canary, release, folded, found, now);
    // A step is rare, and a pass over many releases takes seconds: a freeze that was put meanwhile holds too.
    const next = nextMove({ ...observed, ...judged });
    if (next.move === 'step') {
      hooked = await hooksBefore(asking, next, always.hooks);
      const frozenNow = await freezesIn(view.freezesNow);
      observed = situationOf(canary, release, folded, { ...found, freezes: frozenNow }, now);
    }
  }
  const situation = { ...observed, ...judged, ...hooked };
  const move = nextMove(situation);
  // First the record, so that a conviction is never found again under other numbers.
  await store.keepRelease(
    key,
    { ...looked(folded.record, situation, move, now), metrics: kept.metrics, run: kept.run, hooks: hooked.hooks },
    signal,
  );
  // Another version is another release; an abort comes first.
  const sight = isTakenBack(release, move) ? 'nothing' : await writeSight(call, canary, workloads?.canary);
  if (sight !== 'nothing') return { canary, release, move: SIGHTED, written: sight === 'lost' ? 'lost' : 'written' };
  // Behind all that ends it, or begins another release.
  const next = move.move === 'copy' ? await copyTemplate(call, canary, copying, move.sentence) : move;
  const figures = figuresOf(canary, release, folded.record, observed.verdict, now);
  return { canary, release, move: next, callers: callersIn(folded), figures };
}

const WAITING: Move = { move: 'wait', wait: { reason: 'WaitingPromotion', sentence: 'it waits to be promoted' } };

const SIGHTED: Move = { move: 'wait', wait: { reason: 'Workload', sentence: "the canary's workload was seen" } };

function isTakenBack({ rollback }: Release, { move }: Move): boolean {
  return move === 'abort' || move === 'lower' || rollback?.cause !== undefined;
}
