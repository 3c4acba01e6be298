import type { Canary, Release } from '../canary.ts';
import { differenceOf, hashOf } from './pod-template.ts';
import { copyDifference } from './template-copy.ts';
import { isUnreadable, type ReleaseWorkloads, type SeenWorkloads, titleOf } from './workload.ts';

/** What a promotion depends on. */
interface Promoting {
  readonly canary: Canary;
  readonly release: Release;
  readonly workloads: SeenWorkloads | undefined;
}

/** Why stable cannot take the requests back. */
export interface StableLack {
  readonly reason: 'StableDiffers' | 'StableManaged' | 'StableChanged' | 'StablePodsNotReady';
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
export function stableLack(promoting: Promoting): StableLack | undefined {
  const { release, workloads } = promoting;
  if (release.workloads === undefined || workloads === undefined) return undefined;
  const { stable, canary } = workloads;
  if (isUnreadable(stable) || isUnreadable(canary)) return undefined;
  const isCopy = release.workloads.promotion === 'Copy';
  const difference = (isCopy ? copyDifference : differenceOf)(stable.podTemplate, canary.podTemplate);
  if (difference !== undefined) return differs(promoting, release.workloads, difference, hashOf(stable.podTemplate));
  const stableTitle = titleOf(release.workloads.stable);
  const { replicas = 1 } = release.workloads;
  const wanted = Math.max(1, replicas);
  if (stable.isRolledOut && stable.ready >= wanted) return undefined;
  const sentence = `${stableTitle} is to have ${wanted} ready Pods of its newest template, and has ${stable.ready}`;
  return { reason: 'StablePodsNotReady', sentence };
}

/** That promotion `Copy` would write what another program writes too; undefined where it would not. */
export function managed({ release, workloads }: Pick<Promoting, 'release' | 'workloads'>): string | undefined {
  if (release.workloads?.promotion !== 'Copy' || workloads === undefined) return undefined;
  const { stable } = workloads;
  if (isUnreadable(stable) || stable.manager === undefined) return undefined;
  const title = titleOf(release.workloads.stable);
  return `${title} is rolled out by ${stable.manager}, which would take back what promotion Copy writes: use Observe`;
}

/** What promotion `Copy` does next: note what stable has before it, or write; undefined where it writes nothing, now or any more. */
export function copying(
  promoting: Promoting,
): { readonly next: 'note'; readonly workloads: ReleaseWorkloads } | { readonly next: 'write' } | undefined {
  const { release, workloads } = promoting;
  if (release.workloads?.promotion !== 'Copy' || workloads === undefined) return undefined;
  const { stable } = workloads;
  // What others write meanwhile is another reason.
  if (isUnreadable(stable) || stableLack(promoting)?.reason !== 'StableDiffers') return undefined;
  if (release.workloads.copiedOver !== undefined) return { next: 'write' };
  return { next: 'note', workloads: { ...release.workloads, copiedOver: hashOf(stable.podTemplate) } };
}

function differs(
  promoting: Promoting,
  { stable, canary, copiedOver }: ReleaseWorkloads,
  difference: string,
  template: string,
): StableLack {
  const sentence = managed(promoting);
  if (sentence !== undefined) return { reason: 'StableManaged', sentence };
  const where = `${difference} of their Pod templates differs`;
  if (copiedOver === undefined || copiedOver === template) {
    return {
      reason: 'StableDiffers',
      sentence: `${titleOf(stable)} is to run what ${titleOf(canary)} ran: ${where}`,
    };
  }
  // Another person, or a webhook that does not store what was asked.
  const changed = `another writer changed ${titleOf(stable)} during its promotion`;
  return { reason: 'StableChanged', sentence: `${changed}: ${where}; promote or undo ends the release` };
}
