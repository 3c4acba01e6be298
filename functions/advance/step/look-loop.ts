import type { LookLeaseStore } from '../../canary/steps/lease.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { errorName } from '../../errors.ts';
import { lookLeaseFailed } from '../../events.ts';
import { ADVANCE_LOOP_MS, LOOK_EVERY_MS } from '../../limits.ts';
import { type LookTools, lookAtAll } from './look.ts';
import { pauseFor } from './pause-for.ts';

/** What the loop of an invocation works with. */
export interface LoopTools extends LookTools {
  readonly leases: LookLeaseStore;
}

/** For one call about the lease, in milliseconds. */
const LEASE_CALL_MS = 1_000;

/**
 * Looks at running releases of a Kubernetes cluster every `LOOK_EVERY_MS`, until none moves or a later invocation looks at them. That one takes over
 * only once it has looked, so that there is no gap between two. Never rejects.
 *
 * @param keys the releases that were found running
 * @param started when the invocation began, in milliseconds since the epoch
 */
export async function loopLooks(
  tools: LoopTools,
  cluster: string,
  keys: readonly CanaryKey[],
  started: number,
): Promise<void> {
  const { leases, now, pause = pauseFor } = tools;
  const signal = AbortSignal.timeout(ADVANCE_LOOP_MS + LOOK_EVERY_MS);
  let moving = keys;
  for (let looks = 0; moving.length > 0; looks++) {
    const began = now();
    moving = await lookAtAll(tools, moving, signal);
    const within = AbortSignal.any([signal, AbortSignal.timeout(LEASE_CALL_MS)]);
    if (looks === 0) await quietly(tools, leases.takeLease(cluster, { since: started }, within));
    if (moving.length === 0 || now() + LOOK_EVERY_MS > started + ADVANCE_LOOP_MS) return;
    await pause(Math.max(0, LOOK_EVERY_MS - (now() - began)), signal);
    const lease = await quietly(
      tools,
      leases.findLease(cluster, AbortSignal.any([signal, AbortSignal.timeout(LEASE_CALL_MS)])),
    );
    if (lease !== undefined && lease.since > started) return;
  }
}

/** Without a lease both invocations look: it saves work, and decides nothing. */
async function quietly<T>({ log }: LoopTools, call: Promise<T>): Promise<T | undefined> {
  return await call.catch((error: unknown) => {
    log(lookLeaseFailed, { error: errorName(error) });
    return undefined;
  });
}
