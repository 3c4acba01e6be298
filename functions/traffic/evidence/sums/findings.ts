import type { TrackSums } from './track-sums.ts';

/** What one track did, as people and the verdict read it. */
export interface TrackFindings {
  readonly responses: number;
  readonly errors: number;
  readonly grpcFailures: number;
  /** Requests that other Pods answered, because the track's own could not. */
  readonly fallbacks: number;
  /** Requests whose clients gave up before an answer. */
  readonly unanswered: number;
  readonly cut: number;
}

/** Requests of a track that have no answer yet, carried from window to window. */
export interface Ledger {
  /** The balance so far, without what clients gave up. */
  readonly carry: number;
  /** The highest that it was: what rises above it are fallbacks. */
  readonly peak: number;
}

/** The ledger of a track that nothing was sent to yet. */
export const EMPTY_LEDGER: Ledger = { carry: 0, peak: 0 };

/**
 * Tells fallbacks and given-up requests from those that are still on their way when a window ends. A request lowers the
 * balance when it starts and raises it when it is answered, so the balance of one window alone says little; its highest
 * value so far is passed only by an answer that no request to the track's own Pods stands for. A client that gives up
 * leaves the balance low for good, and Envoy closes its connection or resets its stream (`left`).
 */
export function settle(ledger: Ledger, sums: TrackSums): { readonly ledger: Ledger; readonly findings: TrackFindings } {
  const { responses, errors, grpcFailures, cut } = sums;
  const unanswered = unansweredOf(ledger, sums);
  const carry = ledger.carry + sums.balance + unanswered;
  const fallbacks = fallbacksOf(ledger, carry);
  return {
    ledger: { carry, peak: Math.max(ledger.peak, carry) },
    findings: { responses, errors, grpcFailures, fallbacks, unanswered, cut },
  };
}

/** What clients gave up: no more than Envoy ended for them, nor than what has no answer. */
export function unansweredOf({ carry }: Ledger, { left, balance }: TrackSums): number {
  return Math.max(0, Math.min(left, -(carry + balance)));
}

/** How far the balance rises above what it was; never below 0. */
export function fallbacksOf({ peak }: Ledger, carry: number): number {
  return Math.max(0, carry - peak);
}

/**
 * The bad responses of a track: 5xx, gRPC failures, cut bodies, fallbacks, unanswered requests; each request at most
 * once. A gRPC failure may be a 5xx as well, and a connection that is cut before the headers is one.
 */
export function badOf({ responses, errors, grpcFailures, fallbacks, unanswered, cut }: TrackFindings): number {
  const bad = Math.max(errors, grpcFailures) + Math.max(0, cut - errors) + fallbacks + unanswered;
  return Math.min(bad, responses + unanswered);
}
