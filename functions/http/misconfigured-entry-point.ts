import { misconfigured } from '../events.ts';
import type { Log } from '../log.ts';
import { type HttpResult, textResult } from './result.ts';

/**
 * The handler of an entry point whose environment is incomplete or whose bundled templates are damaged. It responds to every
 * call with 500, so that failurePolicy decides and proxies keep what they have, and logs why. If it failed at INIT instead,
 * Lambda would start it again and again, and the log would hold a stack for a reason.
 */
export function misconfiguredEntryPoint(log: Log, error: unknown): (event: unknown) => Promise<HttpResult> {
  return async () => {
    log(misconfigured, { why: error instanceof Error ? error.message : 'unknown error' });
    return textResult(500, 'outrigger: the function is misconfigured');
  };
}
