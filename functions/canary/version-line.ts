import type { Canary, Release } from './canary.ts';

/**
 * The version that the next write in a Kubernetes cluster makes: all its canaries count on one line, the head's. No
 * canary ever goes down, not even beside a head that was lost.
 *
 * @param head the last version of the cluster, as read
 * @param canary what stands there, if anything does
 */
export function versionAfter(head: number, canary?: Canary): number {
  return Math.max(head, Number(canary?.metadata.resourceVersion ?? 0)) + 1;
}

/** The same for the first of several canaries that one write replaces. */
export function versionAfterAll(head: number, canaries: readonly (Canary | undefined)[]): number {
  return Math.max(...canaries.map((canary) => versionAfter(head, canary)));
}

/** The canary at the version that its write makes; what awaits that write awaits the version. */
export function atVersion(canary: Canary, version: number): Canary {
  const { metadata, status } = canary;
  const resourceVersion = String(version);
  const isAwaited = status.awaiting?.resourceVersion === metadata.resourceVersion;
  const awaited = isAwaited ? { awaiting: { ...status.awaiting, resourceVersion } } : {};
  const taken = takenAt(status.release, metadata.resourceVersion, resourceVersion);
  return { ...canary, metadata: { ...metadata, resourceVersion }, status: { ...status, ...awaited, ...taken } };
}

/** The release with the version of the weight that this write takes, where it takes one. */
function takenAt(release: Release | undefined, before: string, after: string): { readonly release?: Release } {
  const last = release?.taken.at(-1);
  if (release === undefined || last?.resourceVersion !== before) return {};
  return { release: { ...release, taken: [...release.taken.slice(0, -1), { ...last, resourceVersion: after }] } };
}
