import { setTimeout as sleep } from 'node:timers/promises';
import { CanaryStoreError } from '../errors.ts';

/** The first pause between two tries is up to this long; each next one up to twice as long. */
const PAUSE_MS = 20;
/** A pause is never longer than this: a write that is wanted now waits for the store, not for our caution. */
const PAUSE_MS_MAX = 400;

/** Throws CanaryStoreError once the caller's time is over. */
export function checkTime(signal: AbortSignal): void {
  if (signal.aborted)
    throw new CanaryStoreError('the time for the store of canaries is over', { cause: signal.reason });
}

/**
 * Waits before the next try: a random part of a growing bound ("full jitter"), so that those who collided do not
 * collide again.
 *
 * @param tries made so far, from 1
 * @param random in [0, 1)
 * @param msMax no pause is longer than this
 * @returns whether the caller's time allows another try
 */
export async function pauseAfter(
  tries: number,
  random: () => number,
  signal: AbortSignal,
  msMax = PAUSE_MS_MAX,
): Promise<boolean> {
  const ms = random() * Math.min(msMax, PAUSE_MS * 2 ** (tries - 1));
  await sleep(ms, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
