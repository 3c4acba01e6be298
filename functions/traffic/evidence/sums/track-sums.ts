/** What Envoy counted of one track since the report before: of the aggregate that routes name, and of its own Pods alone. */
export interface TrackCounts {
  /** `upstream_rq_completed` of the aggregate: every request that was answered, by whichever Pods. */
  readonly completed: number;
  /** `upstream_rq_5xx` of the aggregate. */
  readonly errors: number;
  /** `upstream_rq_retry` of the aggregate. */
  readonly retried: number;
  /** `grpc.failure` of the aggregate: trailers tell it, the HTTP status does not. */
  readonly grpcFailures: number;
  /** `upstream_rq_total` of the track's own Pods. */
  readonly started: number;
  /** `upstream_rq_pending_failure_eject` of them: no connection came about. */
  readonly unconnected: number;
  /** `upstream_cx_destroy_remote_with_active_rq` of them. */
  readonly cut: number;
  /** `upstream_cx_destroy_local_with_active_rq` and, over HTTP/2, `upstream_rq_tx_reset` of them. */
  readonly left: number;
  /** `upstream_rq_time` of the aggregate: requests by the lower bound of their bucket, in milliseconds. */
  readonly latency: ReadonlyMap<number, number>;
}

/** What one track did. Each field adds up over reports, proxies and environments, so that a sum of sums is exact. */
export interface TrackSums {
  readonly responses: number;
  /** Responses 5xx. */
  readonly errors: number;
  readonly grpcFailures: number;
  /** Connections that the Pods closed while a request was on them. */
  readonly cut: number;
  /** Requests that their clients gave up. */
  readonly left: number;
  /** See `balanceOf`. */
  readonly balance: number;
  /** Responses by the lower bound of their bucket, in milliseconds. */
  readonly latency: ReadonlyMap<number, number>;
}

/** Both tracks. */
export interface TracksSums {
  readonly stable: TrackSums;
  readonly canary: TrackSums;
}

const NO_LATENCY = new Map<number, number>();

/** The sums of nothing. */
export const NO_SUMS: TrackSums = {
  responses: 0,
  errors: 0,
  grpcFailures: 0,
  cut: 0,
  left: 0,
  balance: 0,
  latency: NO_LATENCY,
};

/** The numbers of sums, in the order of rows. */
export const SUM_FIELDS = ['responses', 'errors', 'grpcFailures', 'cut', 'left', 'balance'] as const;

/**
 * Requests that were answered, less those that the track's own Pods got and those that got no connection to them, and one
 * for each that was then tried elsewhere: above 0 it is how many other Pods answered (fallbacks), below 0 how many have no
 * answer, yet or ever. It is kept with its sign: one report has requests that the next one answers.
 */
export function balanceOf({ completed, started, unconnected, retried }: TrackCounts): number {
  return completed - started - unconnected + retried;
}

/** The sums of one report. */
export function sumsOf(counts: TrackCounts): TrackSums {
  const { completed, errors, grpcFailures, cut, left, latency } = counts;
  return { responses: completed, errors, grpcFailures, cut, left, balance: balanceOf(counts), latency };
}

/** One sum of two. */
export function addSums(a: TrackSums, b: TrackSums): TrackSums {
  if (b === NO_SUMS) return a;
  if (a === NO_SUMS) return b;
  return {
    responses: a.responses + b.responses,
    errors: a.errors + b.errors,
    grpcFailures: a.grpcFailures + b.grpcFailures,
    cut: a.cut + b.cut,
    left: a.left + b.left,
    balance: a.balance + b.balance,
    latency: addLatency(a.latency, b.latency),
  };
}

/** The same of both tracks. */
export function addTracks(a: TracksSums, b: TracksSums): TracksSums {
  return { stable: addSums(a.stable, b.stable), canary: addSums(a.canary, b.canary) };
}

/** Sums that only their owner changes: of those that every poll adds to, copies would cost more than the adding. */
export interface RunningTracks {
  readonly stable: RunningSums;
  readonly canary: RunningSums;
}

type Numbers = { -readonly [K in Exclude<keyof TrackSums, 'latency'>]: number };
interface RunningSums extends Numbers {
  /** `NO_LATENCY` until there is any: most sums have none. */
  latency: Map<number, number>;
}

/** Running sums of nothing. */
export function runningTracks(): RunningTracks {
  return { stable: { ...NO_SUMS, latency: NO_LATENCY }, canary: { ...NO_SUMS, latency: NO_LATENCY } };
}

/** Adds both tracks to running sums. */
export function addTo(into: RunningTracks, { stable, canary }: TracksSums, latency: 'latency' | 'no latency'): void {
  if (stable !== NO_SUMS) addTrackTo(into.stable, stable, latency);
  if (canary !== NO_SUMS) addTrackTo(into.canary, canary, latency);
}

function addTrackTo(into: RunningSums, more: TrackSums, latency: 'latency' | 'no latency'): void {
  into.responses += more.responses;
  into.errors += more.errors;
  into.grpcFailures += more.grpcFailures;
  into.cut += more.cut;
  into.left += more.left;
  into.balance += more.balance;
  if (latency === 'no latency' || more.latency.size === 0) return;
  if (into.latency === NO_LATENCY) into.latency = new Map();
  for (const [bound, count] of more.latency) into.latency.set(bound, (into.latency.get(bound) ?? 0) + count);
}

function addLatency(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  if (b.size === 0) return a;
  const sum = new Map(a);
  for (const [bound, count] of b) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}
