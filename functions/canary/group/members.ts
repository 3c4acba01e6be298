import type { Canary } from '../canary.ts';
import { runningRelease } from '../steps/release.ts';

/**
 * Canaries of one group at most: what steers it is one transaction, of which DynamoDB takes 100 parts, and one canary has three
 * (AWS API reference, TransactWriteItems).
 */
export const GROUP_MEMBERS_MAX = 20;

/** The others of a canary's group, by name: of its namespace, and not being deleted. None where it has no group. */
export function matesOf({ metadata, spec }: Canary, canaries: readonly Canary[]): readonly Canary[] {
  if (spec.group === undefined) return [];
  return canaries.filter(
    (other) =>
      other.spec.group === spec.group &&
      other.metadata.namespace === metadata.namespace &&
      other.metadata.name !== metadata.name &&
      other.metadata.deletionTimestamp === undefined,
  );
}

/** Whether an abort takes a member back: it has a share, or a release of it goes on. */
export function isReleased(canary: Canary): boolean {
  const { phase, weights } = canary.status;
  if (phase === 'Failed' || phase === 'Terminating') return false;
  return weights.canary > 0 || runningRelease(canary) !== undefined;
}

/** A sentence about another member, for one that waits for it or shares its end. */
export function aboutMate({ metadata, spec }: Canary, sentence: string): string {
  return `${metadata.name} of group ${spec.group ?? ''}: ${sentence}`;
}
