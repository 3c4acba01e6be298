import { sumsOf, type TrackCounts, type TracksSums } from '../sums/track-sums.ts';

/** No sidecar answers that many requests between two polls; a sum of such stays exact in a double. */
const COUNT_MAX = 1_000_000_000;
/** Buckets of one histogram; Envoy has about 90 in a decade. */
const BUCKETS_MAX = 700;
/** Eleven days, in milliseconds. */
const BOUND_MAX = 1_000_000_000;
/** Requests that are answered while Envoy writes its counters one after another: two of them may differ so much. */
const RACE = { requests: 16, share: 0.01 };

const KEY_CHARACTERS_MAX = 256;
const KEY = /^([a-z0-9-]{1,63}\/[a-z0-9-]{1,63}\/\d{1,5}\/r\d{1,7})\|(stable|canary)(-only)?\.([a-z0-9_.]{1,64})$/;
const BUCKET = /^(\d[\d.]{0,15}(?:e\+?\d{1,2})?):(\d{1,10})$/;

type Numbers = { -readonly [K in Exclude<keyof TrackCounts, 'latency'>]: number };
interface Counting extends Numbers {
  /** The sum of the classes of status. */
  classes: number;
  latency: ReadonlyMap<number, number>;
}

type Targets = Map<string, { readonly stable: Counting; readonly canary: Counting }>;

/** Which count goes where; all others of Envoy's statistics are passed over. */
const AGGREGATE: ReadonlyMap<string, keyof Numbers> = new Map([
  ['upstream_rq_completed', 'completed'],
  ['upstream_rq_5xx', 'errors'],
  ['upstream_rq_retry', 'retried'],
  ['grpc.failure', 'grpcFailures'],
]);
const OWN_PODS: ReadonlyMap<string, keyof Numbers> = new Map([
  ['upstream_rq_total', 'started'],
  ['upstream_rq_pending_failure_eject', 'unconnected'],
  ['upstream_cx_destroy_remote_with_active_rq', 'cut'],
  ['upstream_cx_destroy_local_with_active_rq', 'left'],
  ['upstream_rq_tx_reset', 'left'],
]);
const LATENCY = 'upstream_rq_time';
const CLASS = /^upstream_rq_[2-5]xx$/;

/** A whole number from 0 to a billion. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_MAX;
}

/** Reads the counts of a report; undefined where one of them cannot be. */
export function parseCounts(counts: Readonly<Record<string, unknown>>): ReadonlyMap<string, TracksSums> | undefined {
  const targets: Targets = new Map();
  for (const [key, value] of Object.entries(counts)) if (!takeCount(targets, key, value)) return undefined;
  const sums = new Map<string, TracksSums>();
  for (const [target, { stable, canary }] of targets) {
    if (!canBe(stable) || !canBe(canary)) return undefined;
    sums.set(target, { stable: sumsOf(stable), canary: sumsOf(canary) });
  }
  return sums;
}

/** Takes one count; false where it cannot be. */
function takeCount(targets: Targets, key: string, value: unknown): boolean {
  const [, target, track, only, name = ''] = key.length > KEY_CHARACTERS_MAX ? [] : (KEY.exec(key) ?? []);
  if (target === undefined) return false;
  const tracks = targets.get(target) ?? { stable: nothing(), canary: nothing() };
  targets.set(target, tracks);
  const counting = track === 'stable' ? tracks.stable : tracks.canary;
  return only === undefined ? takeAggregate(counting, name, value) : takeOwnPods(counting, name, value);
}

function takeAggregate(counting: Counting, name: string, value: unknown): boolean {
  if (name === LATENCY) {
    const latency = parseLatency(value);
    if (latency !== undefined) counting.latency = latency;
    return latency !== undefined;
  }
  if (!isCount(value)) return false;
  if (CLASS.test(name)) counting.classes += value;
  const field = AGGREGATE.get(name);
  if (field !== undefined) counting[field] += value;
  return true;
}

function takeOwnPods(counting: Counting, name: string, value: unknown): boolean {
  // Their times are the aggregate's too.
  if (name === LATENCY) return parseLatency(value) !== undefined;
  if (!isCount(value)) return false;
  const field = OWN_PODS.get(name);
  if (field !== undefined) counting[field] += value;
  return true;
}

/** `bound:n bound:n`, in any order. */
function parseLatency(value: unknown): ReadonlyMap<number, number> | undefined {
  if (typeof value !== 'string') return undefined;
  const latency = new Map<number, number>();
  for (const bucket of value.split(' ', BUCKETS_MAX + 1)) {
    const [, bound, count] = BUCKET.exec(bucket) ?? [];
    const [at, n] = [Number(bound), Number(count)];
    if (!(at <= BOUND_MAX) || !isCount(n) || n === 0 || latency.has(at) || latency.size === BUCKETS_MAX)
      return undefined;
    latency.set(at, n);
  }
  return latency;
}

/** Every response has a class, and every failure is a response. */
function canBe({ completed, classes }: Counting): boolean {
  return classes <= completed + RACE.requests + RACE.share * completed;
}

function nothing(): Counting {
  const numbers = { completed: 0, errors: 0, retried: 0, grpcFailures: 0, started: 0, unconnected: 0, cut: 0, left: 0 };
  return { ...numbers, classes: 0, latency: new Map() };
}
