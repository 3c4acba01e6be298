import type { Unreadiness } from '../canary/evidence/readiness.ts';
import type { Refusal } from '../canary/transitions/transition.ts';
import type { WorkloadLack } from '../canary/workloads/lack.ts';
import { describeFaults, type Fault } from '../json/faults.ts';

/**
 * Why a use case has written nothing, with a sentence for people, about the canary that was asked for. The sentences of
 * `Invalid` and `Misnamed` repeat words of the document: they are for the caller, and for no log.
 * - a `Refusal` of the transition: what stands there may not become that, or not yet;
 * - `NotFound`, `AlreadyExists`: whether it is there; `BeingDeleted` where a former one of its name is, which is free `until`
 *   (milliseconds since the epoch);
 * - `Misnamed`: the document names another one;
 * - `Unexpected`: what the caller insists on does not hold (`Expectation`);
 * - `Modified`: another writer was faster, also than what the document was read from;
 * - `AbortedMeanwhile`: it was aborted after the caller's first read;
 * - `Claimed`: another canary of the namespace has the Service and port;
 * - an `Unreadiness`: proxies find no Pods for the share that is wanted;
 * - a `WorkloadLack`: the release waits for its workloads before a larger share;
 * - `Frozen`: a freeze is in force; its sentence repeats the reason of who froze, and is for the caller alone;
 * - `NoCountedCallers`: no proxy could judge the release that is to be started;
 * - `GroupFull`: the group that it is to join has as many canaries as it may;
 * - `OtherRequest`: the same `Repeatable` key was used for another request.
 */
export type ReleaseRefusal =
  | Refusal
  | Because<Unreadiness['reason'] | WorkloadLack['reason']>
  | Because<'BeingDeleted' | 'NoCountedCallers' | 'Frozen'>
  | (Because<'Misnamed'> & { readonly field: 'name' | 'namespace'; readonly named: string })
  | (Because<'Claimed'> & { readonly faults: readonly Fault[] })
  | Because<'NotFound' | 'AlreadyExists' | 'Unexpected' | 'Modified' | 'AbortedMeanwhile' | 'OtherRequest'>
  | Because<'GroupFull'>;

interface Because<R extends string> {
  readonly reason: R;
  readonly sentence: string;
  readonly until?: number;
}

/** No canary has this name. */
export const NOT_FOUND: ReleaseRefusal = { reason: 'NotFound', sentence: 'it does not exist' };

/** Another writer was faster. */
export const MODIFIED: ReleaseRefusal = { reason: 'Modified', sentence: 'it has been modified: read it again' };

/** The document is not one. */
export function invalid(faults: readonly Fault[]): ReleaseRefusal {
  return { reason: 'Invalid', sentence: describeFaults(faults), faults };
}
