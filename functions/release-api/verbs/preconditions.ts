import type { Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { ApiError, notFound, subject } from '../response/api-error.ts';
import { etagOf } from '../response/response.ts';

/** What a write insists on; read from the headers, checked against what stands there. */
export interface Preconditions {
  /** `If-Match`: one of these entity tags, or `*` for any. */
  readonly match?: readonly string[];
  /** `If-None-Match: *`: nothing may be there. */
  readonly mustBeNew: boolean;
}

const TAGS_MAX = 16;

/** Reads `If-Match` and `If-None-Match` of a write. */
export function readPreconditions(request: HttpRequest): Preconditions {
  const match = request.header('if-match');
  const noneMatch = request.header('if-none-match');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    throw new ApiError('BadRequest', 'If-None-Match of a write must be *: create only');
  }
  return { ...(match === undefined ? {} : { match: readTags(match) }), mustBeNew: noneMatch !== undefined };
}

/** Throws ApiError 412 when what stands there is not what the caller insists on. */
export function checkPreconditions(wanted: Preconditions, name: string, current: Canary | undefined): void {
  if (wanted.mustBeNew && current !== undefined) throw failed(name, 'it exists');
  if (wanted.match === undefined) return;
  if (current === undefined) throw failed(name, 'it does not exist');
  if (isMatch(wanted.match, current)) return;
  throw failed(name, `it is at ${etagOf(current.metadata.resourceVersion)} now; read it again`);
}

/** Whether a read may be answered 304. */
export function isUnchanged(request: HttpRequest, etag: string): boolean {
  const noneMatch = request.header('if-none-match');
  return noneMatch !== undefined && readTags(noneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}

/** The canary, which has to exist. */
export function required(current: Canary | undefined, name: string): Canary {
  if (current === undefined) throw notFound(name);
  return current;
}

function isMatch(tags: readonly string[], { metadata }: Canary): boolean {
  // A weak tag never matches a write (RFC 9110 §13.1.1).
  return tags.some((tag) => tag === '*' || tag === etagOf(metadata.resourceVersion));
}

function readTags(header: string): readonly string[] {
  return header
    .split(',', TAGS_MAX)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function failed(name: string, why: string): ApiError {
  return new ApiError('PreconditionFailed', `the condition on ${subject(name)} does not hold: ${why}`, { name });
}
