import { ConfigError, RequestError, TemplateStoreError } from '../errors.ts';
import { type HttpResult, textResult } from '../http/result.ts';
import { REASONS } from '../injection/reasons.ts';
import type { Log } from '../log.ts';

/**
 * Translates every error of a request, at this one border: 4xx for the caller's mistake, 500 for ours. Logs one line.
 *
 * @param ms what the request has taken
 */
export function answerFailure(log: Log, error: unknown, ms: number): HttpResult {
  if (error instanceof RequestError) {
    log('warn', 'request refused', { status: String(error.status), why: error.message, ms });
    return textResult(error.status, error.message, error.headers);
  }
  const isStore = error instanceof TemplateStoreError || error instanceof ConfigError;
  const kind = error instanceof Error ? error.name : 'unknown error';
  log('error', 'request failed', { error: kind, ...(isStore ? { why: error.message } : {}), ms });
  const sentence = isStore ? `${REASONS.TemplateStoreUnavailable} (TemplateStoreUnavailable)` : 'internal error';
  return textResult(500, `outrigger: ${sentence}`);
}
