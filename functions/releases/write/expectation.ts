import type { Canary } from '../../canary/canary.ts';
import type { ReleaseRefusal } from '../refusal.ts';

/** What a caller insists on about what stands there; it is checked against every read that a write is decided on. */
export interface Expectation {
  /** Nothing is there. */
  readonly isNew?: boolean;
  /** It is at one of these versions (`metadata.resourceVersion`), or at any. */
  readonly versions?: readonly string[] | 'any';
}

/** Why an expectation does not hold; undefined where it does. */
export function unexpected(expected: Expectation | undefined, current: Canary | undefined): ReleaseRefusal | undefined {
  const { isNew = false, versions } = expected ?? {};
  if (isNew && current !== undefined) return because('it exists');
  if (versions === undefined) return undefined;
  if (current === undefined) return because('it does not exist');
  const { resourceVersion } = current.metadata;
  if (versions === 'any' || versions.includes(resourceVersion)) return undefined;
  return because(`it is at "${resourceVersion}" now; read it again`);
}

/** Whether it is still what a document was read from, as far as the document says that: Kubernetes' optimistic lock. */
export function isStill(
  { metadata }: Canary,
  read: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): boolean {
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = read;
  return uid === metadata.uid && resourceVersion === metadata.resourceVersion;
}

function because(sentence: string): ReleaseRefusal {
  return { reason: 'Unexpected', sentence };
}
