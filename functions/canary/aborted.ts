import { CanaryStoreError } from '../errors.ts';
import type { Canary } from './canary.ts';
import type { CanaryAbort } from './store.ts';

/** What an abort makes of a canary: one version further, and awaiting exactly that version. */
export function aborted(canary: Canary, patch: CanaryAbort): Canary {
  const { weights, phase, conditions, lastTransitionTime, awaitingUntil } = patch;
  const resourceVersion = nextVersion(canary.metadata.resourceVersion);
  return {
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
  };
}

/** Throws CanaryStoreError unless the canary is one version past the one that it replaces: versions count writes. */
export function checkVersion(expected: string, { metadata }: Canary): void {
  if (metadata.resourceVersion === nextVersion(expected)) return;
  throw new CanaryStoreError(`a canary written over resourceVersion ${expected} has to have the next one`);
}

function nextVersion(resourceVersion: string): string {
  return String(Number(resourceVersion) + 1);
}
