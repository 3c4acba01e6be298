import type { Canary, CanaryWeights, Release } from '../canary.ts';
import { isUnreadable, type SeenWorkloads, titleOf } from './workload.ts';

/** Why a canary's workload is not ready for a larger share. */
export interface WorkloadLack {
  readonly reason: 'WorkloadUnreadable' | 'WorkloadUnwritable' | 'CanaryPodsNotReady';
  readonly sentence: string;
}

const REASONS: ReadonlySet<string> = new Set<WorkloadLack['reason']>([
  ...(['WorkloadUnreadable', 'WorkloadUnwritable', 'CanaryPodsNotReady'] as const),
]);

/**
 * What the canary's workload lacks for weights: of its Pods so large a share of the replicas that stable had at the start must
 * be ready, one at least. Undefined where it is ready, the release names no workloads, or the weight does not rise.
 */
export function workloadLack(
  { spec, status }: Canary,
  { workloads }: Release,
  weights: CanaryWeights,
  seen: SeenWorkloads | undefined,
): WorkloadLack | undefined {
  if (workloads === undefined || weights.canary <= status.weights.canary) return undefined;
  const { replicas } = workloads;
  if (seen === undefined) return unreadable();
  if (isUnreadable(seen.canary)) return unreadable(seen.canary.unreadable);
  // It is written down at the first look that reads stable.
  if (replicas === undefined) return unreadable(isUnreadable(seen.stable) ? seen.stable.unreadable : undefined);
  const { ready } = seen.canary;
  const share = weights.canary / spec.totalWeight;
  const wanted = Math.max(1, Math.ceil(share * replicas));
  if (ready >= wanted) return undefined;
  const percent = Number((100 * share).toFixed(2));
  const of = `the ${replicas} replicas that ${titleOf(workloads.stable)} had at the start`;
  const sentence = `${percent} % of ${of} wants ${wanted} ready Pods of ${titleOf(workloads.canary)}, and there are ${ready}`;
  return { reason: 'CanaryPodsNotReady', sentence };
}

/** The lack that a release waits for, as its status has it, for those who cannot ask an API server themselves. */
export function knownLack({ verdict }: Release): WorkloadLack | undefined {
  return verdict !== undefined && isLack(verdict) ? { reason: verdict.reason, sentence: verdict.sentence } : undefined;
}

function isLack(verdict: NonNullable<Release['verdict']>): verdict is NonNullable<Release['verdict']> & WorkloadLack {
  return REASONS.has(verdict.reason);
}

function unreadable(why = 'the workloads have not been read yet'): WorkloadLack {
  return { reason: 'WorkloadUnreadable', sentence: why };
}
