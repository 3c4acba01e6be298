import { hash } from 'node:crypto';
import type { HttpRequest } from '../../http/http-request.ts';
import type { Repeatable } from '../../releases/write/repeatable.ts';
import type { Terms } from '../../releases/write/write.ts';
import type { Call } from '../call.ts';
import { readDryRun } from '../request/query.ts';
import { ApiError } from '../response/api-error.ts';
import type { Show } from '../response/outcome.ts';
import { readPreconditions } from './preconditions.ts';

const KEY = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

/**
 * The terms of a write, from the headers and the query of its request. Throws ApiError 400.
 *
 * @param text the body
 * @param show the response, which is kept where the request may be repeated
 */
export function readTerms({ request, caller }: Call, text: string, show: Show): Terms {
  return {
    expected: readPreconditions(request),
    repeatable: readRepeatable(request, caller, text, show),
    isDryRun: readDryRun(request),
  };
}

/** Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header); undefined when absent. */
function readRepeatable(request: HttpRequest, caller: string, body: string, show: Show): Repeatable | undefined {
  const key = request.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new ApiError('BadRequest', 'Idempotency-Key must be 1 to 128 letters, digits and ._~:/+=- such as a UUID');
  }
  // Of the query only these change what a write does.
  const query = [request.query('dryRun') ?? '', ...['force', 'reason'].flatMap((name) => request.query(name) ?? [])];
  const requestHash = hash('sha256', `${request.method}\n${request.path}\n${query.join('\n')}\n${body}`, 'hex');
  return { key: { caller: principalOf(caller), key }, requestHash, answerOf: show };
}

/** The principal behind an ARN: a role has another session each time that its credentials are renewed, and is one caller. */
function principalOf(arn: string): string {
  return /^(arn:[^:]*:sts::\d+:assumed-role\/[^/]+)\/[^/]+$/.exec(arn)?.[1] ?? arn;
}
