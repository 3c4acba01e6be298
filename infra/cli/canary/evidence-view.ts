import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { UsageError } from '../errors.ts';

/** What the callers counted of one track in a window. */
export interface TrackCounts {
  readonly responses: number;
  /** Errors, gRPC failures, fallbacks, unanswered and cut requests together. */
  readonly failed: number;
  /** The bucket that 99 % of the responses with a latency lie in or below, by its lower bound; undefined without any. */
  readonly p99Ms: number | undefined;
  /** `healthy/all`; undefined where no proxy tells of them. */
  readonly hosts: string | undefined;
}

/** A window of evidence, as far as it is printed. */
export interface EvidenceWindow {
  readonly resourceVersion: string;
  readonly weights: { readonly stable: number; readonly canary: number };
  /** RFC 3339. */
  readonly from: string;
  readonly stable: TrackCounts;
  readonly canary: TrackCounts;
}

/** What can be a failed request; a control plane of another version may know other kinds. */
const FAILURES = ['errors', 'grpcFailures', 'fallbacks', 'unanswered', 'cut'];

/** The windows of a `CanaryEvidence`, newest first. Throws UsageError where it is none. */
export function readEvidence(text: string): readonly EvidenceWindow[] {
  const value: unknown = JSON.parse(text);
  const windows = isRecord(value) && own(value, 'kind') === 'CanaryEvidence' ? own(value, 'windows') : undefined;
  if (!Array.isArray(windows)) throw new UsageError('the endpoint answered something else than a CanaryEvidence');
  return windows.filter(isRecord).map(windowOf);
}

/** The canary's share of the responses under the newest write, of 100; undefined without any response. */
export function measuredShare(windows: readonly EvidenceWindow[]): number | undefined {
  const [newest] = windows;
  const same = windows.filter(({ resourceVersion }) => resourceVersion === newest?.resourceVersion);
  const sum = (track: 'stable' | 'canary'): number => same.reduce((all, window) => all + window[track].responses, 0);
  const [stable, canary] = [sum('stable'), sum('canary')];
  return stable + canary === 0 ? undefined : (canary * 100) / (stable + canary);
}

function windowOf(window: Json): EvidenceWindow {
  const [weights, tracks] = [recordIn(window, 'weights'), recordIn(window, 'tracks')];
  return {
    resourceVersion: String(own(window, 'resourceVersion') ?? ''),
    weights: { stable: numberIn(weights, 'stable'), canary: numberIn(weights, 'canary') },
    from: String(own(window, 'from') ?? ''),
    stable: countsOf(recordIn(tracks, 'stable')),
    canary: countsOf(recordIn(tracks, 'canary')),
  };
}

function countsOf(track: Json): TrackCounts {
  const [healthy, all] = [own(track, 'healthyHosts'), own(track, 'hosts')];
  return {
    responses: numberIn(track, 'responses'),
    failed: FAILURES.reduce((sum, kind) => sum + numberIn(track, kind), 0),
    p99Ms: p99Of(own(track, 'latency')),
    hosts: typeof healthy === 'number' && typeof all === 'number' ? `${healthy}/${all}` : undefined,
  };
}

/** @param latency pairs of a bucket's lower bound in milliseconds and its count, by rising bounds */
function p99Of(latency: unknown): number | undefined {
  const buckets = Array.isArray(latency) ? latency.filter(isBucket) : [];
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bound, count] of buckets) {
    seen += count;
    if (seen >= 0.99 * total && total > 0) return bound;
  }
  return undefined;
}

function isBucket(value: unknown): value is readonly [bound: number, count: number] {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';
}

/** A field that is an object; an empty one where it is none. */
export function recordIn(value: Json, key: string): Json {
  const field = own(value, key);
  return isRecord(field) ? field : {};
}

/** A field that is a number; 0 where it is none. */
export function numberIn(value: Json, key: string): number {
  const field = own(value, key);
  return typeof field === 'number' ? field : 0;
}
