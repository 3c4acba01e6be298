import { ConfigError, errorName, RequestError, TemplateStoreError } from '../errors.ts';
import { requestFailed, requestRefused, reviewPostponed } from '../events.ts';
import { type HttpResult, textResult } from '../http/result.ts';
import { REASONS } from '../injection/decide/reasons.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';
import type { Log } from '../log.ts';

/**
 * Translates every error of a request, at this one border: 4xx for the caller's mistake, 500 for ours. Logs one line.
 *
 * @param ms what the request has taken
 */
export function respondFailure(log: Log, error: unknown, ms: number): HttpResult {
  if (error instanceof RequestError) {
    log(requestRefused, { status: String(error.status), why: error.message, ms });
    return textResult(error.status, error.message, error.headers);
  }
  const isStore = error instanceof TemplateStoreError || error instanceof ConfigError;
  const kind = errorName(error);
  log(requestFailed, { error: kind, ...(isStore ? { why: error.message } : {}), ms });
  const sentence = isStore ? `${REASONS.TemplateStoreUnavailable} (TemplateStoreUnavailable)` : 'internal error';
  return textResult(500, `outrigger: ${sentence}`);
}

/** Asks for a review once more, after the store's throttle. Logs one line. */
export function respondThrottle(log: Log, uid: string, ms: number): HttpResult {
  log(reviewPostponed, { uid, ms });
  const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
  return textResult(503, 'outrigger: the template store is throttled; send the review again', headers);
}
