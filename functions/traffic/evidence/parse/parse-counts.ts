import { sumsOf, type TrackCounts, type TracksSums } from '../sums/track-sums.ts';
import { parseLatency } from './parse-latency.ts';
import { partKey } from './target-name.ts';

/** No sidecar answers that many requests between two polls; a sum of such stays exact in a double. */
const COUNT_MAX = 1_000_000_000;
/** Requests that are answered while Envoy writes its counters one after another: two of them may differ so much. */
const RACE = { requests: 16, share: 0.01 };

type Numbers = { -readonly [K in Exclude<keyof TrackCounts, 'latency'>]: number };
interface Counting extends Numbers {
  /** The sum of the classes of status. */
  classes: number;
  latency: ReadonlyMap<number, number>;
}

interface Tracks {
  readonly stable: Counting;
  readonly canary: Counting;
}

/** What one of Envoy's statistics is to a report. */
interface Statistic {
  readonly track: keyof Tracks;
  /** What it is added to; of those of no use nothing. */
  readonly fields: readonly Exclude<keyof Counting, 'latency'>[];
  /** Whether it is a histogram, and then whether it is kept. */
  readonly histogram?: 'kept' | 'checked';
}

/** Which count goes where; all others of Envoy's statistics are passed over. */
const AGGREGATE: Readonly<Record<string, Statistic['fields']>> = {
  upstream_rq_completed: ['completed'],
  upstream_rq_2xx: ['classes'],
  upstream_rq_3xx: ['classes'],
  upstream_rq_4xx: ['classes'],
  upstream_rq_5xx: ['classes', 'errors'],
  upstream_rq_retry: ['retried'],
  'grpc.failure': ['grpcFailures'],
};
const OWN_PODS: Readonly<Record<string, Statistic['fields']>> = {
  upstream_rq_total: ['started'],
  upstream_rq_pending_failure_eject: ['unconnected'],
  upstream_cx_destroy_remote_with_active_rq: ['cut'],
  upstream_cx_destroy_local_with_active_rq: ['left'],
  upstream_rq_tx_reset: ['left'],
};
const LATENCY = 'upstream_rq_time';

/** Those that sidecars send, by what stands behind the bar of their key. */
const STATISTICS: ReadonlyMap<string, Statistic> = new Map((['stable', 'canary'] as const).flatMap(statisticsOf));
/** All of them. */
const STATISTIC = /^(stable|canary)(-only)?\.[a-z0-9_.]{1,64}$/;

/** A whole number from 0 to a billion. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_MAX;
}

/** Reads the counts of a report; undefined where one of them cannot be. */
export function parseCounts(counts: Readonly<Record<string, unknown>>): ReadonlyMap<string, TracksSums> | undefined {
  const targets = new Map<string, Tracks>();
  for (const key of Object.keys(counts)) if (!takeCount(targets, key, counts[key])) return undefined;
  const sums = new Map<string, TracksSums>();
  for (const [target, { stable, canary }] of targets) {
    if (!canBe(stable) || !canBe(canary)) return undefined;
    sums.set(target, { stable: sumsOf(stable), canary: sumsOf(canary) });
  }
  return sums;
}

/** Takes one count; false where it cannot be. */
function takeCount(targets: Map<string, Tracks>, key: string, value: unknown): boolean {
  const parts = partKey(key);
  if (parts === undefined) return false;
  const tracks = targets.get(parts.target) ?? newTarget(targets, parts.target);
  const statistic = STATISTICS.get(parts.statistic);
  if (statistic === undefined) return STATISTIC.test(parts.statistic) && isCount(value);
  const counting = tracks[statistic.track];
  if (statistic.histogram !== undefined) {
    const latency = parseLatency(value, COUNT_MAX);
    if (latency !== undefined && statistic.histogram === 'kept') counting.latency = latency;
    return latency !== undefined;
  }
  if (!isCount(value)) return false;
  for (const field of statistic.fields) counting[field] += value;
  return true;
}

function newTarget(targets: Map<string, Tracks>, target: string): Tracks {
  const tracks = { stable: nothing(), canary: nothing() };
  targets.set(target, tracks);
  return tracks;
}

/** Every response has a class, and every failure is a response. */
function canBe({ completed, classes }: Counting): boolean {
  return classes <= completed + RACE.requests + RACE.share * completed;
}

function nothing(): Counting {
  const numbers = { completed: 0, errors: 0, retried: 0, grpcFailures: 0, started: 0, unconnected: 0, cut: 0, left: 0 };
  return { ...numbers, classes: 0, latency: new Map() };
}

function statisticsOf(track: keyof Tracks): readonly (readonly [string, Statistic])[] {
  const named = (prefix: string, all: Readonly<Record<string, Statistic['fields']>>) =>
    Object.entries(all).map(([name, fields]) => [`${prefix}.${name}`, { track, fields }] as const);
  return [
    ...named(track, AGGREGATE),
    ...named(`${track}-only`, OWN_PODS),
    [`${track}.${LATENCY}`, { track, fields: [], histogram: 'kept' }],
    // Their times are the aggregate's too.
    [`${track}-only.${LATENCY}`, { track, fields: [], histogram: 'checked' }],
  ];
}
