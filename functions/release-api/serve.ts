import { releaseTimes } from '../canary/times.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { HttpResult } from '../http/result.ts';
import { CANARIES_WORK_MS, RELEASE_READ_MS, RETRY_AFTER_SECONDS } from '../limits.ts';
import type { SteerVerb } from '../releases/steer-release.ts';
import type { Call, CanaryCall, ReleaseTools } from './call.ts';
import { apiDocument, namespaceDocument } from './documents/documents.ts';
import { clusterOf, isAbort, type Opening, RECORD_PATIENCE_MS, readOpening } from './opening.ts';
import { methodOf } from './request/method.ts';
import type { Part, Place } from './request/path.ts';
import { responding, type Said } from './respond.ts';
import { ApiError } from './response/api-error.ts';
import { postAbort } from './verbs/abort.ts';
import { deleteCanaryRequest, patchCanary, postCanary, putCanary } from './verbs/change-requests.ts';
import { getDrift } from './verbs/drift.ts';
import { listEvents } from './verbs/events.ts';
import { getEvidence } from './verbs/evidence.ts';
import { freezeAction } from './verbs/freezes.ts';
import { listCanaries } from './verbs/list.ts';
import { getCanary, getHistory, getPreview, getProxies } from './verbs/read.ts';
import { postSteer } from './verbs/steer.ts';
import { postRetry, putWeights } from './verbs/weight-requests.ts';

/** What belongs to one Kubernetes cluster. */
type ClusterPlace = Exclude<Place, { kind: 'document' | 'freezes' | 'namespace' }>;
type Handler = (call: CanaryCall) => Promise<HttpResult>;

/** What may be done with a canary, by method. */
const CANARY_METHODS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET', (call) => getCanary(call, 'canary')],
  ['PUT', putCanary],
  ['PATCH', patchCanary],
  ['DELETE', deleteCanaryRequest],
]);

/** A request that steers a release. */
const steer = (verb: SteerVerb): ReadonlyMap<string, Handler> => new Map([['POST', (call) => postSteer(call, verb)]]);

/** And with each of its parts. */
const PART_METHODS: Readonly<Record<Part, ReadonlyMap<string, Handler>>> = {
  weights: new Map<string, Handler>([
    ['GET', (call) => getCanary(call, 'weights')],
    ['PUT', putWeights],
  ]),
  abort: new Map([['POST', postAbort]]),
  retry: new Map([['POST', postRetry]]),
  start: steer('start'),
  promote: steer('promote'),
  pause: steer('pause'),
  resume: steer('resume'),
  skip: steer('skip'),
  undo: steer('undo'),
  preview: new Map([['GET', getPreview]]),
  proxies: new Map([['GET', getProxies]]),
  evidence: new Map([['GET', getEvidence]]),
  history: new Map([['GET', getHistory]]),
};

/**
 * The release API as a Lambda handler. The order is fixed: caller, path, method, and only then is a body read. A read has
 * `RELEASE_READ_MS` in all, whatever keeps it waiting: those who only look must not take the room of those who act.
 */
export function createCanaries(tools: ReleaseTools): (event: unknown) => Promise<HttpResult> {
  return responding(tools, async (event, said) => {
    const opening = readOpening(event, said);
    const isRead = opening.request.method === 'GET';
    const signal = AbortSignal.timeout(isRead ? RELEASE_READ_MS : CANARIES_WORK_MS);
    const work = handle(tools, opening, signal, said);
    return isRead ? await unlessOver(work, signal) : await work;
  });
}

/** The result of a read, or an ApiError 503 when its time is over; what is left of it ends by the signal. */
async function unlessOver(work: Promise<HttpResult>, signal: AbortSignal): Promise<HttpResult> {
  let refuse: () => void = () => {};
  const over = new Promise<never>((_, reject) => {
    const message = `the stores did not answer within ${RELEASE_READ_MS} ms; ask again in a moment`;
    refuse = () => reject(new ApiError('ServiceUnavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS }));
    signal.addEventListener('abort', refuse);
  });
  return await Promise.race([work, over]).finally(() => signal.removeEventListener('abort', refuse));
}

async function handle(
  tools: ReleaseTools,
  { request, caller, place }: Opening,
  signal: AbortSignal,
  said: Said,
): Promise<HttpResult> {
  if (place.kind === 'document') {
    return methodOf(new Map([['GET', () => apiDocument(place.document, request, tools.now())]]), request)();
  }
  if (place.kind === 'namespace') {
    return methodOf(new Map([['GET', () => namespaceDocument(place.name)]]), request)();
  }
  if (place.kind === 'freezes')
    return await freezeAction(place, request)({ tools, request, caller, place, signal, said });
  const act = actionOf(place, request);
  const cluster = await clusterOf(tools, place, said);
  return await act(await callOf(tools, request, caller, cluster, place, signal));
}

/** The work that a place and a method name; throws ApiError 405. */
function actionOf(place: ClusterPlace, request: HttpRequest): (call: Call) => Promise<HttpResult> {
  if (place.kind === 'drift') return methodOf(new Map([['GET', getDrift]]), request);
  if (place.kind === 'events') {
    return methodOf(new Map([['GET', async (call: Call) => await listEvents(call, place.namespace)]]), request);
  }
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
  place: ClusterPlace,
  signal: AbortSignal,
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
  const pace = canDoWithout ? undefined : await tools.traffic?.fleet.findPace(cluster, signal);
  const moment = { now: tools.now(), times: releaseTimes(record?.discovery, pace?.refreshMs) };
  return { tools, request, caller, cluster, moment, signal };
}
