import { releaseTimes } from '../canary/times.ts';
import type { HttpResult } from '../http/result.ts';
import { CANARIES_WORK_MS } from '../limits.ts';
import type { ReleaseTools } from './call.ts';
import { clusterOf, RECORD_PATIENCE_MS, readOpening } from './opening.ts';
import { responding, type Said } from './respond.ts';
import { ApiError } from './response/api-error.ts';
import { postAbort } from './verbs/abort.ts';

/**
 * `POST …/canaries/{name}/abort` as a Lambda handler of its own, so that whatever else is asked of the release API, and
 * however long a store keeps that waiting, takes no room from it. It answers as the release API does, in the same order.
 */
export function createAborts(tools: ReleaseTools): (event: unknown) => Promise<HttpResult> {
  return responding(tools, async (event, said) => await abort(tools, event, said));
}

async function abort(tools: ReleaseTools, event: unknown, said: Said): Promise<HttpResult> {
  const { request, caller, place } = readOpening(event, said);
  if (place.kind !== 'canary' || place.part !== 'abort') {
    throw new ApiError('NotFound', 'this function aborts canaries and does nothing else: POST …/canaries/{name}/abort');
  }
  if (request.method !== 'POST') {
    const headers = { allow: 'POST' };
    throw new ApiError('MethodNotAllowed', `${request.method} is not possible here; POST are`, { headers });
  }
  const cluster = await clusterOf(tools, place, said);
  // Nothing that can be missing may stand in the way of an abort.
  const record = await tools.clusters.recordOf(cluster, RECORD_PATIENCE_MS).catch(() => undefined);
  const moment = { now: tools.now(), times: releaseTimes(record?.discovery) };
  const signal = AbortSignal.timeout(CANARIES_WORK_MS);
  const key = { cluster, namespace: place.namespace, name: place.name };
  return await postAbort({ tools, request, caller, cluster, moment, signal, key });
}
