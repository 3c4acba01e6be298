import type { Canary, Release } from '../canary.ts';
import { differenceOf } from './pod-template.ts';
import { isUnreadable, type SeenWorkloads, titleOf } from './workload.ts';

/** What a promotion depends on. */
interface Promoting {
  readonly canary: Canary;
  readonly release: Release;
  readonly workloads: SeenWorkloads | undefined;
}

/** Why stable cannot take the requests back. */
export interface StableLack {
  readonly reason: 'StableDiffers' | 'StablePodsNotReady';
  readonly sentence: string;
}

/** That the canary's workload has not the Pod template that was released; undefined where it has. */
export function canaryChange({ canary, release, workloads }: Promoting): string | undefined {
  if (release.workloads === undefined || workloads === undefined || isUnreadable(workloads.canary)) return undefined;
  const { template } = canary.status.workload ?? {};
  if (template !== undefined && template === workloads.canary.sight?.template) return undefined;
  return `the Pod template of ${titleOf(release.workloads.canary)} is not the one that was released`;
}

/**
 * Why stable is not to get all requests back: it does not run what the canary ran, has not rolled it out, or has fewer ready Pods
 * than replicas when the release began. Undefined where nothing is wrong, or a workload cannot be read.
 */
export function stableLack({ release, workloads }: Promoting): StableLack | undefined {
  if (release.workloads === undefined || workloads === undefined) return undefined;
  const { stable, canary } = workloads;
  if (isUnreadable(stable) || isUnreadable(canary)) return undefined;
  const [stableTitle, canaryTitle] = [titleOf(release.workloads.stable), titleOf(release.workloads.canary)];
  const difference = differenceOf(canary.podTemplate, stable.podTemplate);
  if (difference !== undefined) {
    const sentence = `${stableTitle} is to run what ${canaryTitle} ran: ${difference} of their Pod templates differs`;
    return { reason: 'StableDiffers', sentence };
  }
  const { replicas = 1 } = release.workloads;
  const wanted = Math.max(1, replicas);
  if (stable.isRolledOut && stable.ready >= wanted) return undefined;
  const sentence = `${stableTitle} is to have ${wanted} ready Pods of its newest template, and has ${stable.ready}`;
  return { reason: 'StablePodsNotReady', sentence };
}
