import { releaseTimes } from '../canary/times.ts';
import { type HttpRequest, readRequest } from '../http/event.ts';
import type { HttpResult } from '../http/result.ts';
import { CANARIES_WORK_MS } from '../limits.ts';
import type { LogFields } from '../log.ts';
import { postAbort } from './abort.ts';
import { apiErrorOf, statusOf } from './answer.ts';
import { ApiError } from './api-error.ts';
import type { Call, CanaryCall, ReleaseTools } from './call.ts';
import { readCaller } from './caller.ts';
import { deleteCanaryRequest, patchCanary, postCanary, putCanary } from './change-requests.ts';
import { apiDocument } from './documents.ts';
import { getDrift } from './drift.ts';
import { listCanaries } from './list.ts';
import { type Part, type Place, readPlace } from './path.ts';
import { getCanary, getHistory, getPreview, getProxies } from './read.ts';
import { postRetry, putWeights } from './weight-requests.ts';

/** What an abort or a read waits for the cluster's record, which it can do without. */
const RECORD_PATIENCE_MS = 300;

type Handler = (call: CanaryCall) => Promise<HttpResult>;

/** What may be done with a canary, by method. */
const CANARY_METHODS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET', (call) => getCanary(call, 'canary')],
  ['PUT', putCanary],
  ['PATCH', patchCanary],
  ['DELETE', deleteCanaryRequest],
]);

/** And with each of its parts. */
const PART_METHODS: Readonly<Record<Part, ReadonlyMap<string, Handler>>> = {
  weights: new Map<string, Handler>([
    ['GET', (call) => getCanary(call, 'weights')],
    ['PUT', putWeights],
  ]),
  abort: new Map([['POST', postAbort]]),
  retry: new Map([['POST', postRetry]]),
  preview: new Map([['GET', getPreview]]),
  proxies: new Map([['GET', getProxies]]),
  history: new Map([['GET', getHistory]]),
};

/**
 * The release API as a Lambda handler. The order is fixed: caller, path, method, and only then is a body read.
 *
 * @returns a handler that never rejects: errors are Kubernetes `Status` objects; one log line for each request, with
 * what was named and done, never a body, a header or a path
 */
export function createCanaries(tools: ReleaseTools): (event: unknown) => Promise<HttpResult> {
  return async (event) => {
    const started = tools.clock();
    const said: Record<string, string> = {};
    const finish = (result: HttpResult, more: LogFields = {}): HttpResult => {
      const ms = Math.round((tools.clock() - started) * 1_000) / 1_000;
      const level = result.statusCode >= 500 ? 'error' : result.statusCode >= 400 ? 'warn' : 'info';
      tools.log(level, 'release request', { ...said, status: String(result.statusCode), ...more, ms });
      return result;
    };
    try {
      return finish(await handle(tools, event, said));
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      const cause = error.cause instanceof Error ? { error: error.cause.name } : {};
      // A fault of the document repeats its words, which stay between the caller and us.
      const why = error.reason === 'Invalid' ? {} : { why: error.message };
      return finish(statusOf(error), { reason: error.reason, ...why, ...cause });
    }
  };
}

async function handle(tools: ReleaseTools, event: unknown, said: Record<string, string>): Promise<HttpResult> {
  const request = readRequest(event);
  said['method'] = request.method;
  const caller = readCaller(event);
  said['who'] = caller;
  const place = readPlace(request.path);
  if (place.kind === 'document') return methodOf(new Map([['GET', () => apiDocument(place.document)]]), request)();
  const { kind: _, ...names } = place;
  Object.assign(said, names);
  const act = actionOf(place, request);
  const cluster = place.cluster ?? (await tools.clusters.only(isAbort(place)));
  said['cluster'] = cluster;
  return await act(await callOf(tools, request, caller, cluster, place));
}

/** The work that a place and a method name; throws ApiError 405. */
function actionOf(
  place: Exclude<Place, { kind: 'document' }>,
  request: HttpRequest,
): (call: Call) => Promise<HttpResult> {
  if (place.kind === 'drift') return methodOf(new Map([['GET', getDrift]]), request);
  if (place.kind === 'list') {
    const { namespace } = place;
    const list = (call: Call): Promise<HttpResult> => listCanaries(call, namespace);
    const methods = new Map([['GET', list]]);
    if (namespace !== undefined) methods.set('POST', (call) => postCanary(call, namespace));
    return methodOf(methods, request);
  }
  const act = methodOf(place.part === undefined ? CANARY_METHODS : PART_METHODS[place.part], request);
  const { namespace, name } = place;
  return (call) => act({ ...call, key: { cluster: call.cluster, namespace, name } });
}

async function callOf(
  tools: ReleaseTools,
  request: HttpRequest,
  caller: string,
  cluster: string,
  place: Exclude<Place, { kind: 'document' }>,
): Promise<Call> {
  const canDoWithout = isAbort(place) || request.method === 'GET';
  const record = await tools.clusters
    .recordOf(cluster, canDoWithout ? RECORD_PATIENCE_MS : undefined)
    .catch((error: unknown) => {
      // Nothing that can be missing may stand in the way of an abort; a read needs no times, but a cluster that is there.
      if (isAbort(place) || (canDoWithout && !(error instanceof ApiError && error.reason === 'NotFound')))
        return undefined;
      throw error;
    });
  const signal = AbortSignal.timeout(CANARIES_WORK_MS);
  const pace = canDoWithout ? undefined : await tools.traffic?.fleet.findPace(cluster, signal);
  const moment = { now: tools.now(), times: releaseTimes(record?.discovery, pace?.refreshMs) };
  return { tools, request, caller, cluster, moment, signal };
}

/** It stops a release, so what it needs besides the canary may be missing, or old. */
function isAbort(place: Place): boolean {
  return place.kind === 'canary' && place.part === 'abort';
}

function methodOf<T>(methods: ReadonlyMap<string, T>, { method }: HttpRequest): T {
  const found = methods.get(method);
  if (found !== undefined) return found;
  const allow = [...methods.keys()].join(', ');
  throw new ApiError('MethodNotAllowed', `${method} is not possible here; ${allow} are`, { headers: { allow } });
}
