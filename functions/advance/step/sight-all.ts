import type { Canary } from '../../canary/canary.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { errorName } from '../../errors.ts';
import { releaseStepFailed } from '../../events.ts';
import { RELEASE_LOOK_MS } from '../../limits.ts';
import { type LookView, viewOf } from './cluster-view.ts';
import { type LookTools, STEP_CALLER } from './look.ts';
import { writeSight } from './write-sight.ts';

/** A canary that no release moves by itself, as it was read, whose strategy names workloads. */
export interface RestingCanary {
  readonly key: CanaryKey;
  readonly canary: Canary;
}

/** Workloads that are read at the same time. */
const AT_ONCE = 4;

/**
 * Looks once at the workload of each of these canaries, which are of one Kubernetes cluster: an API server that hangs delays no
 * other cluster. Never rejects: what fails is said in the log, and tried again by the next tick.
 *
 * @returns those whose release has begun
 */
export async function sightAll(
  tools: LookTools,
  resting: readonly RestingCanary[],
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const waiting = [...resting];
  const begun: CanaryKey[] = [];
  const view = viewOf(tools, signal);
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined && !signal.aborted; one = waiting.shift()) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(RELEASE_LOOK_MS)]);
      try {
        if (await sight(tools, one, view(one.key.cluster, within), within)) begun.push(one.key);
      } catch (error) {
        if (!signal.aborted) tools.log(releaseStepFailed, { ...one.key, error: errorName(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return begun;
}

/** Whether a release has begun. */
async function sight(
  tools: LookTools,
  { key, canary }: RestingCanary,
  view: LookView,
  signal: AbortSignal,
): Promise<boolean> {
  const ref = canary.spec.strategy?.workloads?.canary;
  if (ref === undefined || tools.workloads === undefined) return false;
  const found = await tools.workloads.read(key.cluster, key.namespace, ref);
  const call = {
    tools: { ...tools, store: tools.canaries },
    caller: STEP_CALLER,
    key,
    moment: { now: tools.now(), times: await view.times() },
    signal,
  };
  return (await writeSight(call, canary, found)) === 'begun';
}
