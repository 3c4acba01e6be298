import { parseReason } from '../../canary/document/parse-weights.ts';
import { unknownReadiness } from '../../canary/evidence/readiness.ts';
import { freezeInForce } from '../../canary/freeze/in-force.ts';
import { CanaryStoreError } from '../../errors.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import { CALLERS_READ_MS, FREEZES_READ_MS } from '../../limits.ts';
import type { FindFreeze } from '../../releases/hindrance.ts';
import type { Outcome } from '../../releases/outcome.ts';
import type { Readiness } from '../../releases/set-release-weights.ts';
import type { CanaryCall } from '../call.ts';
import { ApiError } from '../response/api-error.ts';
import { withWarnings } from '../response/warning.ts';

/** What proxies find of the backends. What cannot be read in time is not known, and holds nothing up. */
export async function findBackends({ tools, cluster, signal }: CanaryCall): Promise<Readiness['found']> {
  const evidence = tools.traffic?.evidence;
  if (evidence === undefined) return () => undefined;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(CALLERS_READ_MS)]);
  return await evidence.backends(cluster, inTime).catch((error: unknown) => {
    if (error instanceof CanaryStoreError) return () => undefined;
    throw error;
  });
}

/**
 * Which freezes there are. What cannot be read in time holds back what a freeze would, with the error; nothing else.
 */
export async function findFreezes({ tools, cluster, signal }: CanaryCall): Promise<FindFreeze> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(FREEZES_READ_MS)]);
  try {
    const freezes = await tools.freezes.readFreezes(cluster, inTime);
    return (namespace, now) => freezeInForce(freezes, namespace, now);
  } catch (error) {
    if (!(error instanceof CanaryStoreError)) throw error;
    return () => {
      throw error;
    };
  }
}

/** Reads `?force=true&reason=…`: why a canary that is not ready, or frozen, gets a share. Throws ApiError 400. */
export function readForce(request: HttpRequest): string | undefined {
  const force = request.query('force') ?? 'false';
  if (force === 'false') return undefined;
  if (force !== 'true') throw new ApiError('BadRequest', 'force must be true or false');
  const reason = parseReason({ reason: request.query('reason') });
  if (reason.valid && reason.value !== undefined) return reason.value;
  throw new ApiError(
    'BadRequest',
    'force needs a reason for the audit: ?force=true&reason=…, 1 to 256 printable characters',
  );
}

/** The answer to a share, with a warning where nothing that counts is known of the backends. */
export function warnOfReadiness(
  { tools, moment }: CanaryCall,
  outcome: Outcome,
  found: Readiness['found'],
  result: HttpResult,
): HttpResult {
  if (tools.traffic?.evidence === undefined || outcome.outcome === 'refused' || outcome.outcome === 'replayed') {
    return result;
  }
  const { canary } = outcome;
  const unknown = canary.status.weights.canary === 0 ? undefined : unknownReadiness(found(canary, moment.now));
  return unknown === undefined ? result : withWarnings(result, [unknown]);
}
