import { readRequest } from '../http/event.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { ReleaseTools } from './call.ts';
import { readCaller, refuseImpersonation } from './request/caller.ts';
import { type Place, readPlace } from './request/path.ts';
import type { Said } from './respond.ts';

/** What an abort or a read waits for the cluster's record, which it can do without, in milliseconds. */
export const RECORD_PATIENCE_MS = 300;

/** Who asks for what. */
export interface Opening {
  readonly request: HttpRequest;
  readonly caller: string;
  readonly place: Place;
}

/**
 * The first steps of every release request, in their fixed order: method, caller, place; each is noted for the log line
 * as soon as it is known. Throws ApiError. No body is read.
 */
export function readOpening(event: unknown, said: Said): Opening {
  const request = readRequest(event);
  said.method = request.method;
  const caller = readCaller(event);
  said.who = caller;
  refuseImpersonation(request);
  const place = readPlace(request.path);
  if (place.kind === 'freezes') {
    const { kind: part, scope: _, ...names } = place;
    Object.assign(said, { part, ...names });
  } else if (place.kind === 'events' || place.kind === 'namespace') {
    said.document = place.kind;
  } else if (place.kind !== 'document') {
    const { kind: _, ...names } = place;
    Object.assign(said, names);
  }
  return { request, caller, place };
}

/** The Kubernetes cluster that a place names, or the only one there is. */
export async function clusterOf(
  { clusters }: Pick<ReleaseTools, 'clusters'>,
  place: Exclude<Place, { kind: 'document' | 'namespace' }>,
  said: Said,
): Promise<string> {
  const cluster = place.cluster ?? (await clusters.only(isAbort(place)));
  said.cluster = cluster;
  return cluster;
}

/** Whether a place stops a release: what that needs besides the canary may be missing, or old. */
export function isAbort(place: Place): boolean {
  return place.kind === 'canary' && place.part === 'abort';
}
