import type { Canary, Track } from '../../../functions/canary/canary.ts';
import type { EvidenceWindow, WindowTrack } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { badOf } from '../../../functions/traffic/evidence/sums/findings.ts';
import { type EvidenceSeries, evidenceOf, type Value, WINDOW_SECONDS } from './evidence-series.ts';

/** What the windows tell, one value for each moment, oldest first. */
export interface Series {
  /** Seconds since the epoch. */
  readonly at: readonly number[];
  /** Percent: the weight that the proxies ran, and the share of the requests that the canary had. */
  readonly served: readonly Value[];
  readonly measured: readonly Value[];
  readonly errors: Tracks;
  readonly p50: Tracks;
  readonly p99: Tracks;
  readonly rate: Tracks;
  readonly evidence: EvidenceSeries | undefined;
}

/** A value of each track. */
export interface Tracks {
  readonly stable: readonly Value[];
  readonly canary: readonly Value[];
}

/**
 * All that the charts of a release draw.
 *
 * @param windows oldest first; where a weight changes, proxies counted the same five seconds under both writes
 */
export function seriesOf(canary: Canary, windows: readonly EvidenceWindow[]): Series {
  const moments = [...Map.groupBy(windows, ({ from }) => Date.parse(from))];
  const tracksOf = (value: (track: Counted) => Value): Tracks => {
    const of = (track: Track): readonly Value[] =>
      moments.map(([, all]) => value(sumOf(all.map(({ tracks }) => tracks[track]))));
    return { stable: of('stable'), canary: of('canary') };
  };
  const rate = tracksOf(({ responses }) => responses / WINDOW_SECONDS);
  return {
    at: moments.map(([from]) => from / 1_000),
    served: moments.map(([, all]) => servedIn(all)),
    measured: rate.canary.map((canaryRate, i) => {
      const all = (canaryRate ?? 0) + (rate.stable[i] ?? 0);
      return all === 0 ? null : (100 * (canaryRate ?? 0)) / all;
    }),
    errors: tracksOf(({ responses, bad }) => (responses === 0 ? null : (100 * bad) / responses)),
    p50: tracksOf(({ latency }) => quantileOf(latency, 0.5)),
    p99: tracksOf(({ latency }) => quantileOf(latency, 0.99)),
    rate,
    evidence: evidenceOf(canary, windows),
  };
}

/** What a track did in one moment, under whatever write. */
interface Counted {
  readonly responses: number;
  readonly bad: number;
  readonly latency: WindowTrack['latency'];
}

function sumOf(tracks: readonly WindowTrack[]): Counted {
  return {
    responses: tracks.reduce((sum, { responses }) => sum + responses, 0),
    bad: tracks.reduce((sum, track) => sum + badOf(track), 0),
    latency: tracks.flatMap(({ latency }) => latency).toSorted(([a], [b]) => a - b),
  };
}

/** The canary's weight in percent, by the requests that were sent under each write. */
function servedIn(windows: readonly EvidenceWindow[]): Value {
  const shares = windows.map(({ weights, tracks }) => ({
    share: (100 * weights.canary) / Math.max(1, weights.stable + weights.canary),
    sent: tracks.stable.responses + tracks.canary.responses,
  }));
  const sent = shares.reduce((sum, one) => sum + one.sent, 0);
  return sent === 0
    ? (shares.at(-1)?.share ?? null)
    : shares.reduce((sum, one) => sum + one.share * one.sent, 0) / sent;
}

/** The lower bound of the bucket that a quantile lies in, in milliseconds; null without any response. */
function quantileOf(latency: WindowTrack['latency'], quantile: number): Value {
  const total = latency.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bound, count] of latency) {
    seen += count;
    if (total > 0 && seen >= quantile * total) return bound;
  }
  return null;
}
