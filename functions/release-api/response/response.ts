import { CanaryStoreError, RequestError, TemplateStoreError } from '../../errors.ts';
import type { HttpResult } from '../../http/result.ts';
import { type Fault, printable } from '../../json/faults.ts';
import { ApiError, GROUP, reasonOf } from './api-error.ts';

/** Seconds that a client waits before it asks a struggling store again. */
const STORE_RETRY_SECONDS = 1;

/** A JSON response; with a resourceVersion it carries the ETag that `If-Match` takes. */
export function answer(statusCode: number, value: unknown, resourceVersion?: string): HttpResult {
  return answerText(statusCode, JSON.stringify(value), resourceVersion);
}

/** The same, of JSON text. */
export function answerText(statusCode: number, body: string, resourceVersion?: string): HttpResult {
  return {
    statusCode,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      ...(resourceVersion === undefined ? {} : { etag: etagOf(resourceVersion) }),
    },
    body,
  };
}

/** The entity tag of a canary's version. */
export function etagOf(resourceVersion: string): string {
  return `"${resourceVersion}"`;
}

/** The response to a conditional read of what has not changed. */
export function notModified(etag: string): HttpResult {
  return { statusCode: 304, headers: { etag, 'cache-control': 'no-cache' }, body: '' };
}

/** Translates everything that was thrown into an ApiError, at this one border. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RequestError) {
    return new ApiError(reasonOf(error.status), error.message, { headers: error.headers, cause: error });
  }
  if (error instanceof CanaryStoreError && error.field !== undefined) {
    return new ApiError('InternalError', error.message, { cause: error });
  }
  if (error instanceof TemplateStoreError) {
    const message = 'the Kubernetes clusters of the fleet cannot be read; nothing has changed: ask again';
    return new ApiError('ServiceUnavailable', message, { retryAfterSeconds: STORE_RETRY_SECONDS, cause: error });
  }
  if (error instanceof CanaryStoreError) {
    const message = 'the store of canaries cannot be reached; nothing is known to have changed: ask again';
    return new ApiError('ServiceUnavailable', message, { retryAfterSeconds: STORE_RETRY_SECONDS, cause: error });
  }
  return new ApiError('InternalError', 'internal error', { cause: error });
}

/** The error as a Kubernetes `Status` (meta/v1). */
export function statusOf(error: ApiError): HttpResult {
  const { name, kind = 'canaries', faults, because, retryAfterSeconds, headers } = error.details;
  const causes = faults?.map(causeOf) ?? (because === undefined ? undefined : [because]);
  const result = answer(error.code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: printable(error.message),
    reason: error.reason,
    details: {
      ...(name === undefined ? {} : { name }),
      group: GROUP,
      kind,
      ...(causes === undefined ? {} : { causes }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
    code: error.code,
  });
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { ...result, headers: { ...result.headers, ...headers, ...retry } };
}

function causeOf({ path, message }: Fault): { reason: string; message: string; field: string } {
  const reason = message.startsWith('is missing') ? 'FieldValueRequired' : 'FieldValueInvalid';
  return { reason, message: printable(message), field: path };
}
