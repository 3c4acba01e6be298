import type { Canary } from '../../canary/canary.ts';
import { CanaryStoreError } from '../../errors.ts';
import type { HttpResult } from '../../http/result.ts';
import { CALLERS_READ_MS } from '../../limits.ts';
import type { CanaryCall } from '../call.ts';
import { withWarnings } from '../response/warning.ts';

/**
 * The answer to a creation, with a warning where proxies poll and none of them counts: none could hold the release back.
 * What cannot be read in time warns of nothing.
 */
export async function warnOfCallers(call: CanaryCall, canary: Canary, result: HttpResult): Promise<HttpResult> {
  const { traffic } = call.tools;
  if (traffic === undefined) return result;
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(CALLERS_READ_MS)]);
  const reports = await traffic.fleet.readProxyReports(call.cluster, signal).catch((error: unknown) => {
    if (error instanceof CanaryStoreError) return [];
    throw error;
  });
  const { conditions } = traffic.describeProxies(reports, canary, call.moment.now, undefined);
  const found = conditions.filter(({ type, status }) => type === 'NoCountedCallers' && status === 'True');
  return withWarnings(
    result,
    found.map(({ message }) => message),
  );
}
