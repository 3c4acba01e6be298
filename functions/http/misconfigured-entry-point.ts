import { misconfigured } from '../events.ts';
import type { Log } from '../log.ts';
import { type HttpResult, textResult } from './result.ts';

/**
 * A door that cannot open, since its environment is incomplete or its snapshot damaged: it answers every call with 500, so
 * that failurePolicy decides and proxies keep what they have, and says why in its log with every call. Ending at INIT
 * instead would make Lambda start it again and again, with a stack for a reason.
 */
export function misconfiguredEntryPoint(log: Log, error: unknown): (event: unknown) => Promise<HttpResult> {
  return async () => {
    log(misconfigured, { why: error instanceof Error ? error.message : 'unknown error' });
    return textResult(500, 'outrigger: the function is misconfigured');
  };
}
