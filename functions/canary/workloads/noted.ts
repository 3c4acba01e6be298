import type { Release } from '../canary.ts';
import { isUnreadable, type ReleaseWorkloads, type SeenWorkloads } from './workload.ts';

/**
 * What a release is to keep of stable's workload: how many replicas it had when it was first read, and how many it has where
 * that is fewer. Undefined where that is known, or stable cannot be read.
 */
export function newsOfWorkloads({ workloads }: Release, seen: SeenWorkloads | undefined): ReleaseWorkloads | undefined {
  if (workloads === undefined || seen === undefined || isUnreadable(seen.stable)) return undefined;
  const { scaledIn, ...rest } = workloads;
  const { replicas: has } = seen.stable;
  const had = workloads.replicas ?? has;
  const now = has < had ? has : undefined;
  if (workloads.replicas !== undefined && now === scaledIn) return undefined;
  return { ...rest, replicas: had, ...(now === undefined ? {} : { scaledIn: now }) };
}
