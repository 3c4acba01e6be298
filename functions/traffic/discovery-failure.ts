import { CanaryStoreError, errorName, IssuerError, RequestError, TemplateStoreError } from '../errors.ts';
import { requestFailed, requestRefused } from '../events.ts';
import { type HttpResult, textResult } from '../http/result.ts';
import type { Log } from '../log.ts';

/** The response to an error, with its log line: the one border where errors of a poll become responses. */
export function failureOf(error: unknown, log: Log): HttpResult {
  if (error instanceof RequestError) {
    log(requestRefused, { status: String(error.status), why: error.message });
    return textResult(error.status, error.message, error.headers);
  }
  const kind = errorName(error);
  const isOurs =
    error instanceof CanaryStoreError || error instanceof TemplateStoreError || error instanceof IssuerError;
  log(requestFailed, { error: kind, ...(isOurs ? { why: error.message } : {}) });
  return textResult(503, `outrigger: nothing can be said at the moment (${isOurs ? kind : 'internal error'})`);
}
