import type { Canary, Release } from '../../canary/canary.ts';
import { EVIDENCE_SECONDS, type EvidenceRow, SLOT_MS, type TimeRange } from '../../canary/evidence/evidence-store.ts';
import type { ProxyRecord, ReleaseRecord } from '../../canary/steps/release-record.ts';
import { foldWindow } from '../../canary/verdict/fold-window.ts';
import type { VerdictRecord } from '../../canary/verdict/record.ts';
import { CLOSED_AFTER_MS, WINDOW_MS } from '../../traffic/evidence/canary-evidence.ts';
import { type MergedEvidence, type MergedWindow, mergeRows } from '../../traffic/evidence/rows/merge-rows.ts';
import { addTracks } from '../../traffic/evidence/sums/track-sums.ts';
import { placeIn } from './place-in.ts';
import { addProxies, settleTracks } from './proxy-counts.ts';

/**
 * Rows from so long before what is not folded yet, in milliseconds: a report that is sent again counts unless a row of its first
 * arrival has its number, which is a poll or two before; while a release moves, polls are some seconds apart.
 */
const LEAD_MS = 2 * SLOT_MS;
/** So much of the past is folded by one look, in milliseconds: rows of a long one do not fit into its time. */
const SPAN_MS = 10 * 60_000;

/** From when on the evidence of a release that began then is read, in milliseconds since the epoch. */
export function evidenceFrom(startedAt: number): number {
  return startOf(startedAt - LEAD_MS);
}

/**
 * The rows that the next look at a release needs: of what is kept, so that a release that was not looked at for long is not
 * searched for in a time that has no rows. @param now milliseconds since the epoch
 */
export function rangeOf({ windowsUntil, slotsUntil }: ReleaseRecord, now: number): TimeRange {
  const first = Math.max(Math.min(windowsUntil, slotsUntil), now - EVIDENCE_SECONDS * 1_000);
  return { from: first - LEAD_MS, to: Math.min(now, first + SPAN_MS) };
}

/** What a look has found. */
export interface Folded {
  readonly record: ReleaseRecord;
  /** Of all slots, those that are not over included. */
  readonly proxies: readonly ProxyRecord[];
  /** Whether everything until now is in it. */
  readonly isCaughtUp: boolean;
}

/**
 * Adds to the record of a release what proxies have counted since, each window once, in their order: a window that has closed
 * never changes again. The same rows give the same record, whether they are folded at one look or at many.
 *
 * @param rows those of `rangeOf`
 */
export function foldEvidence(
  record: ReleaseRecord,
  canary: Canary,
  release: Release,
  rows: readonly EvidenceRow[],
  now: number,
): Folded {
  const upTo = rangeOf(record, now).to;
  const isCaughtUp = upTo >= now;
  // The last window that is closed, and the first slot that is not.
  const windowsUntil = Math.max(record.windowsUntil, Math.min(now - CLOSED_AFTER_MS - WINDOW_MS, upTo));
  const slotsUntil = Math.max(record.slotsUntil, startOf(Math.min(now - CLOSED_AFTER_MS, upTo)));
  let { verdict, open } = record;
  for (const window of windowsOf(mergeRows(rows, Number.POSITIVE_INFINITY).windows, release)) {
    if (window.from <= record.windowsUntil || window.from > windowsUntil) continue;
    const settled = settleTracks(open, window.tracks);
    open = settled.open;
    verdict = foldOne(verdict, canary, release, window, settled);
  }
  const before = (slot: number): readonly EvidenceRow[] => rows.filter((row) => row.slot < slot);
  const closed = mergeProxies(before(slotsUntil), record.slotsUntil);
  const proxies = addProxies(record.proxies, closed, release);
  const running = mergeProxies(rows, slotsUntil);
  return {
    record: { ...record, verdict, open, proxies, windowsUntil, slotsUntil },
    proxies: addProxies(proxies, running, release),
    isCaughtUp,
  };
}

/**
 * Windows of one weight and time as one: a write that moves no weight, as of what a release waits for, makes two of it, of which
 * the verdict would take the first.
 */
function windowsOf(windows: readonly MergedWindow[], release: Release): readonly MergedWindow[] {
  const merged = new Map<string, MergedWindow>();
  for (const window of windows) {
    const found = placeIn(release, window.step);
    const key = found === undefined ? `${window.from} ${window.step.resourceVersion}` : `${window.from} of ${found.at}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? window : { ...window, tracks: addTracks(before.tracks, window.tracks) });
  }
  return [...merged.values()];
}

function foldOne(
  verdict: VerdictRecord,
  { spec: { totalWeight } }: Canary,
  release: Release,
  { from, step, tracks }: MergedWindow,
  { bad, fallbacks }: ReturnType<typeof settleTracks>,
): VerdictRecord {
  const found = placeIn(release, step);
  if (found?.confirmedAt === undefined || from < found.confirmedAt) return verdict;
  const trackOf = (track: 'stable' | 'canary') => ({
    responses: tracks[track].responses,
    bad: bad[track],
    latency: [...tracks[track].latency].toSorted(([a], [b]) => a - b),
  });
  return foldWindow(verdict, {
    from,
    step: found.place,
    weight: step.weights.canary / totalWeight,
    seconds: WINDOW_MS / 1_000,
    stable: trackOf('stable'),
    canary: { ...trackOf('canary'), fallbacks },
  });
}

/** What single proxies counted in the slots from one on; rows before it tell only which reports were sent before. */
function mergeProxies(rows: readonly EvidenceRow[], from: number): Pick<MergedEvidence, 'counted' | 'names'> {
  return mergeRows(
    rows.map((row) => (row.slot < from ? { ...row, windows: [], kept: [] } : row)),
    from,
  );
}

function startOf(time: number): number {
  return Math.floor(time / SLOT_MS) * SLOT_MS;
}
