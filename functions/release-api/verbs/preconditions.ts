import type { Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { Expectation } from '../../releases/write/expectation.ts';
import { ApiError, notFound } from '../response/api-error.ts';

const TAGS_MAX = 16;

/**
 * Reads what a write insists on: `If-Match` (one of these entity tags, or `*` for any) and `If-None-Match: *` (nothing may be
 * there). Throws ApiError 400.
 */
export function readPreconditions(request: HttpRequest): Expectation {
  const match = request.header('if-match');
  const noneMatch = request.header('if-none-match');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    throw new ApiError('BadRequest', 'If-None-Match of a write must be *: create only');
  }
  return { ...(match === undefined ? {} : { versions: versionsIn(match) }), isNew: noneMatch !== undefined };
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

/** A tag that is no version is left out: a weak one never matches a write (RFC 9110 §13.1.1). */
function versionsIn(match: string): readonly string[] | 'any' {
  const tags = readTags(match);
  return tags.includes('*') ? 'any' : tags.flatMap((tag) => /^"(.*)"$/.exec(tag)?.[1] ?? []);
}

function readTags(header: string): readonly string[] {
  return header
    .split(',', TAGS_MAX)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}
