import type { Canary } from '../canary/canary.ts';
import { stagingTarget } from '../canary/staging/staging-target.ts';
import { isUpToPerson, runningRelease, waitsForPerson } from '../canary/steps/release.ts';
import type { CanaryKey } from '../canary/store.ts';
import { errorName } from '../errors.ts';
import { clearingFailed, clearingUnfinished } from '../events.ts';
import { SETTLE_ALL_MS } from '../limits.ts';
import { dueIn, type SettleTools, settleCluster } from '../releases/settle/settle-cluster.ts';
import { keyOf } from '../table/keys.ts';
import type { RestingCanary } from './step/sight-all.ts';

/** Canaries of a Kubernetes cluster that something may be done with before the next tick. */
export interface Unsettled {
  /** Those of which a release goes on that does not wait for a person to promote it. */
  readonly running: readonly CanaryKey[];
  /** The others whose strategy names workloads. */
  readonly resting: readonly RestingCanary[];
  /** Those with a target that proxies are learning. */
  readonly staging: readonly CanaryKey[];
}

/** For one Kubernetes cluster, to read its canaries and once more to write: writes are of some ten milliseconds each. */
const CLUSTER_MS = 4_000;
/** Kubernetes clusters at the same time: half of the 30 that a stack has, since the canaries of one can be many megabytes. */
const AT_ONCE = 16;

/**
 * Finds the releases that go on in each Kubernetes cluster, and what is staged; afterwards writes what the clock has changed of canaries
 * (`settleCluster`), as far as the time goes. Never rejects.
 *
 * @param onFound is given those of a cluster as soon as they are known: found by the one query, and held up neither by writes nor by a cluster that is slow
 */
export async function settleCanaries(
  tools: SettleTools,
  clusters: readonly string[],
  signal: AbortSignal,
  onFound: (cluster: string, found: Unsettled) => void,
): Promise<void> {
  const { log } = tools;
  const all = AbortSignal.any([signal, AbortSignal.timeout(SETTLE_ALL_MS)]);
  const due = new Map<string, readonly Canary[]>();
  let next: string | undefined;
  await someAtOnce(clusters, async (cluster, within) => {
    const { canaries } = await tools.canaries.listCanaries(cluster, within);
    const now = tools.now();
    due.set(cluster, dueIn(canaries, now));
    const keysOf = (some: readonly Canary[]): CanaryKey[] => some.map((canary) => keyOf(cluster, canary));
    onFound(cluster, {
      running: keysOf(canaries.filter(isLookedAt)),
      resting: canaries.filter(hasWorkloads).map((canary) => ({ key: keyOf(cluster, canary), canary })),
      staging: keysOf(canaries.filter((canary) => stagingTarget(canary, now) !== undefined)),
    });
  });
  await someAtOnce([...due.keys()], async (cluster, within) => {
    await settleCluster(tools, cluster, due.get(cluster) ?? [], within);
  });
  if (next !== undefined) log(clearingUnfinished, { next });

  async function someAtOnce(
    names: readonly string[],
    act: (cluster: string, within: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const waiting = [...names];
    const worker = async (): Promise<void> => {
      for (let cluster = waiting.shift(); cluster !== undefined; cluster = waiting.shift()) await orLog(cluster, act);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async function orLog(cluster: string, act: (cluster: string, within: AbortSignal) => Promise<void>): Promise<void> {
    try {
      if (!all.aborted) return await act(cluster, AbortSignal.any([all, AbortSignal.timeout(CLUSTER_MS)]));
    } catch (error) {
      if (!all.aborted) return log(clearingFailed, { cluster, error: errorName(error) });
    }
    // Broken off for want of time: that is no failure, and the next tick goes on.
    next ??= cluster;
  }
}

function isRunning(canary: Canary): boolean {
  const release = runningRelease(canary);
  return release !== undefined && !waitsForPerson(release);
}

function isLookedAt(canary: Canary): boolean {
  const release = runningRelease(canary);
  return release !== undefined && !isUpToPerson(canary, release);
}

/** Another Pod template begins a release of them, also where one waits for a person. */
function hasWorkloads(canary: Canary): boolean {
  const { spec, metadata } = canary;
  return spec.strategy?.workloads !== undefined && metadata.deletionTimestamp === undefined && !isRunning(canary);
}
