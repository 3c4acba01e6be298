import type { Canary } from '../../canary/canary.ts';
import { CanaryStoreError } from '../../errors.ts';
import type { HttpResult } from '../../http/result.ts';
import { CALLERS_READ_MS } from '../../limits.ts';
import type { Call, CanaryCall } from '../call.ts';
import { withWarnings } from '../response/warning.ts';

/** Whether the callers of a canary count: `True` says that none does, `Unknown` that no proxy is known. */
export type FindCallers = (
  canary: Canary,
  now: number,
) => { readonly status: 'True' | 'False' | 'Unknown'; readonly message: string } | undefined;

/** Reads which proxies poll. What cannot be read in time is not known, and holds nothing up. */
export async function findCallers({ tools: { traffic }, cluster, signal }: Call): Promise<FindCallers> {
  if (traffic === undefined) return () => undefined;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(CALLERS_READ_MS)]);
  const reports = await traffic.fleet.readProxyReports(cluster, inTime).catch((error: unknown) => {
    if (error instanceof CanaryStoreError) return undefined;
    throw error;
  });
  if (reports === undefined) return () => undefined;
  return (canary, now) =>
    traffic.describeProxies(reports, canary, now, undefined).conditions.find(({ type }) => type === 'NoCountedCallers');
}

/** The answer to a creation, with a warning where proxies poll and none of them counts: none could hold the release back. */
export async function warnOfCallers(call: CanaryCall, canary: Canary, result: HttpResult): Promise<HttpResult> {
  const found = (await findCallers(call))(canary, call.moment.now);
  return withWarnings(result, found?.status === 'True' ? [found.message] : []);
}
