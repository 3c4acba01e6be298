import type { Freeze, FreezeManifest, FreezePlace } from '../../canary/freeze/freeze.ts';
import type { FreezeStore } from '../../canary/freeze/freeze-store.ts';
import type { Log } from '../../log.ts';

/** What is asked of a freeze, by whom and where. */
export interface FreezeCall {
  readonly tools: { readonly freezes: FreezeStore; readonly log: Log };
  /** An IAM principal's ARN, or `local`. */
  readonly caller: string;
  readonly place: FreezePlace;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** On which terms a freeze is written. */
export interface FreezeTerms {
  /** The versions that the caller insists on, or any that is there; absent: it does not mind. */
  readonly versions?: readonly string[] | 'any';
  /** Whether none may be there. */
  readonly isNew: boolean;
  readonly isDryRun: boolean;
}

/** Why nothing was written. The sentence of `Misnamed` repeats words of the document, and is for no log. */
export interface FreezeRefusal {
  readonly reason: 'Misnamed' | 'Unexpected' | 'Modified' | 'TooMany';
  readonly sentence: string;
}

/** What became of a call. */
export type FreezeOutcome =
  | { readonly outcome: 'done'; readonly freeze: Freeze; readonly isNew: boolean }
  | { readonly outcome: 'refused'; readonly refusal: FreezeRefusal };

/** Whether the document is of another freeze than the path; a sentence that repeats its words. */
export function misnamedBy({ place, name }: FreezeCall, metadata: FreezeManifest['metadata']): string | undefined {
  if (metadata.name !== undefined && metadata.name !== name) {
    return `the name of the object (${metadata.name}) is not the one in the URL (${name})`;
  }
  if (metadata.namespace === undefined) return undefined;
  if (place.scope !== 'Namespace') {
    return `the object has a namespace (${metadata.namespace}), and the URL is that of ${place.scope === 'Fleet' ? 'the fleet' : 'a Kubernetes cluster'}`;
  }
  if (metadata.namespace === place.namespace) return undefined;
  return `the namespace of the object (${metadata.namespace}) is not the one in the URL (${place.namespace})`;
}

/** The refusal where what stands there is not what the caller insists on. @param seen the version that the document was read at */
export function unexpectedBy(
  { versions, isNew }: FreezeTerms,
  current: Freeze | undefined,
  seen: string | undefined,
): FreezeOutcome | undefined {
  const version = current?.metadata.resourceVersion;
  if (isNew && version !== undefined) return refused('Unexpected', 'it exists');
  if (versions !== undefined && version === undefined) return refused('Unexpected', 'it does not exist');
  const isOther = Array.isArray(versions) && version !== undefined && !versions.includes(version);
  if (isOther) return refused('Unexpected', `its resourceVersion is ${version}`);
  if (seen !== undefined && seen !== version) return refused('Modified', 'it has been modified: read it again');
  return undefined;
}

/** The refusal as an outcome. */
export function refused(reason: FreezeRefusal['reason'], sentence: string): FreezeOutcome {
  return { outcome: 'refused', refusal: { reason, sentence } };
}
