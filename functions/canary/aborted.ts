import { CanaryStoreError } from '../errors.ts';
import type { Canary } from './canary.ts';
import { withDeletion } from './settled.ts';
import type { CanaryAbort } from './store.ts';

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
