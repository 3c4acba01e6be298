import { releaseTimes } from '../canary/times.ts';
import { readRequest } from '../http/event.ts';
import type { HttpResult } from '../http/result.ts';
import { CANARIES_WORK_MS } from '../limits.ts';
import { postAbort } from './abort.ts';
import { answering, type Said } from './answering.ts';
import { ApiError } from './api-error.ts';
import type { ReleaseTools } from './call.ts';
import { readCaller } from './caller.ts';
import { readPlace } from './path.ts';

/** What an abort or a read waits for the cluster's record, which it can do without. */
export const RECORD_PATIENCE_MS = 300;

/**
 * `POST …/canaries/{name}/abort` as a Lambda handler of its own, so that whatever else is asked of the release API, and
 * however long a store keeps that waiting, takes no room from it. It answers as the release API does, in the same order.
 */
export function createAborts(tools: ReleaseTools): (event: unknown) => Promise<HttpResult> {
  return answering(tools, async (event, said) => await abort(tools, event, said));
}

async function abort(tools: ReleaseTools, event: unknown, said: Said): Promise<HttpResult> {
  const request = readRequest(event);
  said.method = request.method;
  const caller = readCaller(event);
  said.who = caller;
  const place = readPlace(request.path);
  if (place.kind !== 'canary' || place.part !== 'abort') {
    throw new ApiError('NotFound', 'this function aborts canaries and does nothing else: POST …/canaries/{name}/abort');
  }
  const { kind: _, ...names } = place;
  Object.assign(said, names);
  if (request.method !== 'POST') {
    const headers = { allow: 'POST' };
    throw new ApiError('MethodNotAllowed', `${request.method} is not possible here; POST are`, { headers });
  }
  const cluster = place.cluster ?? (await tools.clusters.only(true));
  said.cluster = cluster;
  // Nothing that can be missing may stand in the way of an abort.
  const record = await tools.clusters.recordOf(cluster, RECORD_PATIENCE_MS).catch(() => undefined);
  const moment = { now: tools.now(), times: releaseTimes(record?.discovery) };
  const signal = AbortSignal.timeout(CANARIES_WORK_MS);
  const key = { cluster, namespace: place.namespace, name: place.name };
  return await postAbort({ tools, request, caller, cluster, moment, signal, key });
}
