import {
  DEADLINE_MARGIN_MS,
  MUTATE_TIMEOUT_MS,
  RETRY_AFTER_SECONDS,
  RETRY_ROOM_MS,
  SHADOW_ROOM_MS,
  STORE_WAIT_MS,
} from '../limits.ts';

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
]);

/**
 * The milliseconds that a request may wait: kube-apiserver says its remaining time as `?timeout=3s`. A missing or odd
 * value means our own bound; a tiny one still leaves a chance to answer from memory.
 */
export function waitFor(timeout: string | undefined, boundMs: number): number {
  const asked = deadlineOf(timeout);
  return asked === 0 ? boundMs : Math.max(0, Math.min(asked - DEADLINE_MARGIN_MS, boundMs));
}

/**
 * Whether the caller, told to come back after a second, still has time for a second try.
 *
 * @param spentMs milliseconds since the request came
 */
export function leavesRoomForRetry(timeout: string | undefined, spentMs: number): boolean {
  return deadlineOf(timeout) - spentMs >= RETRY_AFTER_SECONDS * 1_000 + RETRY_ROOM_MS;
}

/**
 * Whether there is time to try the next channel besides: in the caller's deadline, where it says one, and in our own.
 *
 * @param spentMs milliseconds since the request came
 */
export function leavesRoomForShadow(timeout: string | undefined, spentMs: number): boolean {
  const asked = deadlineOf(timeout);
  const deadline = asked === 0 ? MUTATE_TIMEOUT_MS : Math.min(asked, MUTATE_TIMEOUT_MS);
  return deadline - spentMs >= SHADOW_ROOM_MS + DEADLINE_MARGIN_MS;
}

/**
 * What is left for reading the history of a template: no longer than any read of the store, and inside the caller's
 * deadline and our own.
 *
 * @param spentMs milliseconds since the request came
 */
export function historyWaitFor(timeout: string | undefined, spentMs: number): number {
  const left = waitFor(timeout, MUTATE_TIMEOUT_MS - DEADLINE_MARGIN_MS) - spentMs;
  return Math.max(0, Math.min(left, STORE_WAIT_MS));
}

/** The milliseconds of a Go duration as kube-apiserver writes them; 0 for none, or an odd one. */
function deadlineOf(timeout: string | undefined): number {
  const [, digits, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(timeout ?? '') ?? [];
  return digits === undefined ? 0 : Number(digits) * (UNIT_MS.get(unit) ?? 0);
}
