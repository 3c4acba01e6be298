import { CANARY_API_VERSION } from '../../canary/canary.ts';
import { CLUSTER_NAME } from '../../cluster-name.ts';
import { ApiError } from '../response/api-error.ts';

/** Where the release API stands. */
export const RELEASE_API_PATH = `/apis/${CANARY_API_VERSION}`;
/** A namespace, or the name of an object. */
export const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Takes `clusters/{cluster}` from the front of a path's segments, where it is there. Throws ApiError 400. */
export function takeCluster(segments: string[]): { readonly cluster?: string } {
  const cluster = take(segments, 'clusters', CLUSTER_NAME);
  return cluster === undefined ? {} : { cluster };
}

/** Takes `namespaces/{namespace}` from the front, where it is there. Throws ApiError 400. */
export function takeNamespace(segments: string[]): { readonly namespace?: string } {
  const namespace = take(segments, 'namespaces', LABEL);
  return namespace === undefined ? {} : { namespace };
}

function take(segments: string[], word: string, accepts: RegExp): string | undefined {
  if (segments[0] !== word) return undefined;
  const [, value = ''] = segments.splice(0, 2);
  if (!accepts.test(value)) throw badName(word.slice(0, -1));
  return value;
}

/** Nothing is there: 404. */
export function unknownPath(): ApiError {
  return new ApiError('NotFound', `the path names nothing here; canaries are at ${RELEASE_API_PATH}/…/canaries`);
}

/** A name that nothing can have: 400. */
export function badName(what: string): ApiError {
  const rule = what === 'cluster' ? 'letters, digits, ., - and _' : 'lower-case letters, digits and -, at most 63';
  return new ApiError('BadRequest', `the ${what} in the path cannot be one: ${rule}`);
}
