import type { Track } from '../../canary/canary.ts';
import type { EvidenceRow, TimeRange } from '../../canary/evidence/evidence-store.ts';
import { CLOSED_AFTER_MS, WINDOW_MS } from './canary-evidence.ts';
import { type Coverage, coverageOf } from './reporting.ts';
import { type EvidenceStep, type MergedWindow, mergeRows } from './rows/merge-rows.ts';
import { EMPTY_LEDGER, type Ledger, settle, type TrackFindings } from './sums/findings.ts';
import { isBucket, type ProxySums } from './sums/proxy-sums.ts';
import type { TracksSums } from './sums/track-sums.ts';

/** A track in a window. */
export interface WindowTrack extends TrackFindings {
  /** Lower bounds of buckets in milliseconds, rising, and how many responses each has. */
  readonly latency: readonly (readonly [boundMs: number, count: number])[];
  /** Absent where no proxy has told of them. */
  readonly healthyHosts?: number;
  readonly hosts?: number;
}

/** What all proxies that count saw of both tracks, in five seconds under one write of the canary. */
export interface EvidenceWindow extends EvidenceStep {
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly tracks: Readonly<Record<Track, WindowTrack>>;
}

/** What one proxy saw under one write of the canary, in all slots of thirty seconds that the windows are of. */
export interface EvidenceProxy extends EvidenceStep {
  /** The Pod, or `256 groups` by hash, `B00` to `Bff`, where there are more than 200 proxies. */
  readonly name: string;
  /** Absent of a group. */
  readonly namespace?: string;
  /** Whether it makes evidence; others inform. */
  readonly counts: boolean;
  readonly tracks: Readonly<Record<Track, TrackFindings>>;
}

/** The evidence of a span of time. */
export interface EvidenceDescription {
  /** Newest first; closed ones only, which never change again. */
  readonly windows: readonly EvidenceWindow[];
  readonly proxies: Coverage & {
    /** Reports that no window has: too late, or too many. */
    readonly late: number;
    /** Those that count first; at most 500. */
    readonly items: readonly EvidenceProxy[];
  };
}

const ITEMS_MAX = 500;

/**
 * What rows tell of a span of time.
 *
 * @param rows of one canary, from ten minutes before the span on: repeated reports and requests on their way need them
 * @param span of the beginnings of windows
 * @param now milliseconds since the epoch
 */
export function describeEvidence(rows: readonly EvidenceRow[], span: TimeRange, now: number): EvidenceDescription {
  const { windows, counted, informing, names, late } = mergeRows(rows, span.from);
  const closed = (from: number): boolean => from + WINDOW_MS + CLOSED_AFTER_MS <= now;
  const shown = settleAll(windows).filter(({ from }) => from >= span.from && from <= span.to && closed(from));
  const items = [...itemsOf(counted, names, true), ...itemsOf(informing, names, false)];
  return {
    windows: shown.map(({ window }) => window).toReversed(),
    proxies: { ...coverageOf(rows, now), late, items: items.slice(0, ITEMS_MAX) },
  };
}

/** Windows with what their balances mean, which those before them tell. */
function settleAll(windows: readonly MergedWindow[]): { readonly from: number; readonly window: EvidenceWindow }[] {
  const ledgers = { stable: EMPTY_LEDGER, canary: EMPTY_LEDGER };
  return windows.map(({ from, step, tracks, hosts }) => {
    const trackOf = (track: Track): WindowTrack => {
      const { ledger, findings } = settle(ledgers[track], tracks[track]);
      ledgers[track] = ledger;
      const latency = [...tracks[track].latency].toSorted(([a], [b]) => a - b);
      const found = hosts?.[track];
      return {
        ...findings,
        latency,
        ...(found === undefined ? {} : { healthyHosts: found.healthy, hosts: found.total }),
      };
    };
    const [stable, canary] = [trackOf('stable'), trackOf('canary')];
    const times = { from: new Date(from).toISOString(), to: new Date(from + WINDOW_MS).toISOString() };
    return { from, window: { ...step, ...times, tracks: { stable, canary } } };
  });
}

function itemsOf(
  { proxies }: ProxySums<EvidenceStep>,
  names: ReadonlyMap<string, { readonly namespace: string; readonly pod: string }>,
  counts: boolean,
): readonly EvidenceProxy[] {
  return [...proxies].flatMap(([key, steps]) => {
    const named = isBucket(key) ? undefined : names.get(key);
    const ledgers = { stable: EMPTY_LEDGER, canary: EMPTY_LEDGER };
    const sorted = [...steps.values()].toSorted(
      (a, b) => Number(a.step.resourceVersion) - Number(b.step.resourceVersion),
    );
    return sorted.map(({ step, tracks }) => ({
      name: named?.pod ?? key,
      ...(named === undefined ? {} : { namespace: named.namespace }),
      counts,
      ...step,
      tracks: { stable: next(ledgers, tracks, 'stable'), canary: next(ledgers, tracks, 'canary') },
    }));
  });
}

function next(ledgers: Record<Track, Ledger>, tracks: TracksSums, track: Track): TrackFindings {
  const { ledger, findings } = settle(ledgers[track], tracks[track]);
  ledgers[track] = ledger;
  return findings;
}
