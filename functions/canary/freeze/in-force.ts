import type { Freeze } from './freeze.ts';
import { endOfWindow } from './window.ts';

/** A freeze that is in force, and until when: milliseconds since the epoch, absent where only its deletion ends it. */
export interface InForce {
  readonly freeze: Freeze;
  readonly until?: number;
}

/** Windows that follow each other without a gap are one; of those that never end so many are looked at, of all freezes together. */
const FOLLOWING_MAX = 32;

/** How many following windows may still be looked at. */
interface Budget {
  left: number;
}

/**
 * The freeze that is in force for a namespace, of several the one that lasts longest; undefined where none is.
 *
 * @param freezes of the fleet, of the Kubernetes cluster and of its namespaces
 * @param namespace freezes of other namespaces do not count; undefined: only those of the fleet and the cluster do
 * @param now milliseconds since the epoch
 */
export function freezeInForce(
  freezes: readonly Freeze[],
  namespace: string | undefined,
  now: number,
): InForce | undefined {
  let longest: InForce | undefined;
  const budget = { left: FOLLOWING_MAX };
  for (const freeze of freezes) {
    const { metadata } = freeze;
    if (metadata.namespace !== undefined && metadata.namespace !== namespace) continue;
    const found = inForceAt(freeze, now, budget);
    if (found !== undefined && (longest === undefined || endOf(found) > endOf(longest))) longest = found;
  }
  return longest;
}

/** Whether one freeze is in force, and until when; whatever its place. */
export function inForceAt(freeze: Freeze, now: number, budget: Budget = { left: FOLLOWING_MAX }): InForce | undefined {
  const { until, windows } = freeze.spec;
  const over = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  if (now >= over) return undefined;
  const end = windows === undefined ? over : endOfWindows(windows, now, budget);
  if (end === undefined) return undefined;
  const last = Math.min(end, over);
  return last === Number.POSITIVE_INFINITY ? { freeze } : { freeze, until: last };
}

function endOfWindows(
  windows: NonNullable<Freeze['spec']['windows']>,
  now: number,
  budget: Budget,
): number | undefined {
  const endAt = (time: number): number | undefined => {
    const ends = windows.flatMap((window) => endOfWindow(window, time) ?? []);
    return ends.length === 0 ? undefined : Math.max(...ends);
  };
  let end = endAt(now);
  for (; end !== undefined && budget.left > 0; budget.left--) {
    const next = endAt(end);
    if (next === undefined) return end;
    end = next;
  }
  return end;
}

function endOf({ until }: InForce): number {
  return until ?? Number.POSITIVE_INFINITY;
}
