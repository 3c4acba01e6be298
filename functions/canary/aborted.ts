import { CanaryStoreError } from '../errors.ts';
import type { Canary } from './canary.ts';
import { withDeletion } from './settled.ts';
import type { CanaryAbort } from './store.ts';
import type { MateWrite } from './stored/writes.ts';

/**
 * What an abort makes of a canary: at the version of its write, and awaiting exactly that version. A deleted one stays so.
 */
export function aborted(canary: Canary, patch: CanaryAbort, version: number): Canary {
  const { weights, phase, conditions, lastTransitionTime, awaitingUntil } = patch;
  const resourceVersion = String(version);
  return withDeletion({
    ...canary,
    metadata: { ...canary.metadata, resourceVersion },
    status: {
      ...canary.status,
      weights,
      phase,
      atRest: false,
      conditions,
      lastTransitionTime,
      awaiting: { resourceVersion, since: lastTransitionTime, until: awaitingUntil },
    },
  });
}

/** Throws CanaryStoreError unless the canary is past the version that it replaces: a version never goes down. */
export function checkVersion(expected: string, { metadata }: Canary): void {
  if (Number(metadata.resourceVersion) > Number(expected)) return;
  throw new CanaryStoreError(`a canary written over resourceVersion ${expected} has to have a later one`);
}

/** Throws CanaryStoreError unless the canary and its mates are past the versions that they replace, each past the one before it. */
export function checkVersions(expected: string, canary: Canary, mates: readonly MateWrite[] = []): void {
  checkVersion(expected, canary);
  let last = canary;
  for (const mate of mates) {
    checkVersion(mate.before.metadata.resourceVersion, mate.canary);
    checkVersion(last.metadata.resourceVersion, mate.canary);
    last = mate.canary;
  }
}
