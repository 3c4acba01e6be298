import { hash } from 'node:crypto';
import type { CanaryStore, IdempotencyKey, IdempotentAnswer, WriteExtras } from '../../canary/store.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import { ApiError } from '../response/api-error.ts';
import { answerText } from '../response/response.ts';

/** A repeated request (draft-ietf-httpapi-idempotency-key-header) is answered alike for a day. */
const KEPT_SECONDS = 24 * 3_600;
const KEY = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

/** A request that may be repeated: its key, and what tells it from another one under the same key. */
export interface Repeatable {
  readonly key: IdempotencyKey;
  readonly requestHash: string;
}

/** Reads `Idempotency-Key`; undefined when absent. */
export function readIdempotency(request: HttpRequest, caller: string, body: string): Repeatable | undefined {
  const key = request.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new ApiError('BadRequest', 'Idempotency-Key must be 1 to 128 letters, digits and ._~:/+=- such as a UUID');
  }
  // Of the query only this changes what a write does.
  const dryRun = request.query('dryRun') ?? '';
  const requestHash = hash('sha256', `${request.method}\n${request.path}\n${dryRun}\n${body}`, 'hex');
  return { key: { caller: principalOf(caller), key }, requestHash };
}

/** The principal behind an ARN: a role has another session each time that its credentials are renewed, and is one caller. */
function principalOf(arn: string): string {
  return /^(arn:[^:]*:sts::\d+:assumed-role\/[^/]+)\/[^/]+$/.exec(arn)?.[1] ?? arn;
}

/** The answer to the same request before; undefined when there was none. ApiError 422 when it was another request. */
export async function findReplay(
  store: CanaryStore,
  cluster: string,
  repeatable: Repeatable | undefined,
  signal: AbortSignal,
): Promise<HttpResult | undefined> {
  if (repeatable === undefined) return undefined;
  const found = await store.findAnswer(cluster, repeatable.key, signal);
  if (found === undefined) return undefined;
  if (found.requestHash !== repeatable.requestHash) {
    throw new ApiError('Invalid', 'this Idempotency-Key was used for another request; take a new one');
  }
  const result = answerText(found.statusCode, found.body, versionIn(found.body));
  return { ...result, headers: { ...result.headers, 'idempotency-replayed': 'true' } };
}

/** What is written with the change, so that a repetition finds it. */
export function keepAnswer(
  repeatable: Repeatable | undefined,
  result: HttpResult,
  now: number,
): Pick<WriteExtras, 'idempotency'> {
  if (repeatable === undefined) return {};
  const answer: IdempotentAnswer = {
    requestHash: repeatable.requestHash,
    statusCode: result.statusCode,
    body: result.body,
    expires: Math.floor(now / 1_000) + KEPT_SECONDS,
  };
  return { idempotency: { key: repeatable.key, answer } };
}

function versionIn(body: string): string | undefined {
  const { metadata }: { metadata?: { resourceVersion?: string } } = JSON.parse(body);
  return metadata?.resourceVersion;
}
