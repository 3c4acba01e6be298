import { CANARY_API_VERSION } from '../../canary/canary.ts';
import { type Freeze, type FreezePlace, parseFreeze } from '../../canary/freeze/freeze.ts';
import { inForceAt } from '../../canary/freeze/in-force.ts';
import { iso } from '../../canary/stage-targets.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import type { FreezeCall, FreezeRefusal } from '../../releases/freezes/freeze-terms.ts';
import { putFreeze, removeFreeze } from '../../releases/freezes/write-freeze.ts';
import type { ReleaseTools } from '../call.ts';
import { RECORD_PATIENCE_MS } from '../opening.ts';
import { parseBody, readText, requireType } from '../request/body.ts';
import { methodOf } from '../request/method.ts';
import type { FreezesPlace } from '../request/path.ts';
import { readDryRun } from '../request/query.ts';
import type { Said } from '../respond.ts';
import { ApiError, GROUP, invalid, modified, notFound, subject } from '../response/api-error.ts';
import { answer, etagOf, notModified } from '../response/response.ts';
import { withWarnings } from '../response/warning.ts';
import { isUnchanged, readPreconditions } from './preconditions.ts';

/** A request about freezes on its way. */
interface Asked {
  readonly tools: ReleaseTools;
  readonly request: HttpRequest;
  readonly caller: string;
  readonly place: FreezesPlace;
  readonly signal: AbortSignal;
  readonly said: Said;
}

type Handler = (call: FreezeCall, request: HttpRequest) => Promise<HttpResult>;

const METHODS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET', get],
  ['PUT', put],
  ['DELETE', remove],
]);

/** The work that a path to freezes and a method name; throws ApiError 405. */
export function freezeAction(place: FreezesPlace, request: HttpRequest): (asked: Asked) => Promise<HttpResult> {
  const { name } = place;
  if (name === undefined) return methodOf(new Map([['GET', list]]), request);
  const act = methodOf(METHODS, request);
  return async (asked) => {
    const { tools, caller, signal } = asked;
    return await act({ tools, caller, place: await placeOf(asked), name, now: tools.now(), signal }, request);
  };
}

/** `GET …/freezes`: of the fleet, of a namespace, or of a Kubernetes cluster and all of its namespaces. */
async function list(asked: Asked): Promise<HttpResult> {
  const { tools, signal } = asked;
  const place = await placeOf(asked);
  const items =
    place.scope === 'Cluster'
      ? (await tools.freezes.readFreezes(place.cluster, signal)).filter(({ status }) => status.scope !== 'Fleet')
      : await tools.freezes.listFreezes(place, signal);
  const now = tools.now();
  return answer(200, {
    apiVersion: CANARY_API_VERSION,
    kind: 'FreezeList',
    metadata: { resourceVersion: '' },
    items: items.map((freeze) => shown(freeze, now)),
  });
}

async function get({ tools, place, name, now, signal }: FreezeCall, request: HttpRequest): Promise<HttpResult> {
  const freeze = await tools.freezes.getFreeze(place, name, signal);
  if (freeze === undefined) throw notFound(name, 'freezes');
  const { resourceVersion } = freeze.metadata;
  if (isUnchanged(request, etagOf(resourceVersion))) return notModified(etagOf(resourceVersion));
  return answer(200, shown(freeze, now), resourceVersion);
}

/** `PUT …/freezes/{name}`: creates or replaces. */
async function put(call: FreezeCall, request: HttpRequest): Promise<HttpResult> {
  const { name, now } = call;
  requireType(request, ['application/json']);
  const manifest = parseFreeze(parseBody(readText(request)));
  if (!manifest.valid) throw invalid(name, manifest.faults, 'freezes');
  const { isNew = false, ...expected } = readPreconditions(request);
  const terms = { ...expected, isNew, isDryRun: readDryRun(request) };
  const outcome = await putFreeze(call, manifest.value, terms);
  if (outcome.outcome === 'refused') throw refusalError(outcome.refusal, name);
  const { freeze } = outcome;
  const { resourceVersion } = freeze.metadata;
  const result = answer(outcome.isNew ? 201 : 200, shown(freeze, now), resourceVersion);
  const { until } = freeze.spec;
  const isOver = until !== undefined && Date.parse(until) <= now;
  return withWarnings(result, isOver ? [`the freeze holds nothing: its spec.until, ${until}, is over`] : []);
}

/** `DELETE …/freezes/{name}`: also of one that cannot be read. */
async function remove(call: FreezeCall, request: HttpRequest): Promise<HttpResult> {
  if (request.header('if-match') !== undefined || readDryRun(request)) {
    throw new ApiError('BadRequest', 'a freeze is deleted without If-Match and without dryRun');
  }
  if (!(await removeFreeze(call))) throw notFound(call.name, 'freezes');
  const details = { name: call.name, group: GROUP, kind: 'freezes' };
  return answer(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/** The place, its Kubernetes cluster known: a slip of the pen freezes nothing. Throws ApiError. */
async function placeOf({ tools: { clusters }, request, place, said }: Asked): Promise<FreezePlace> {
  const { scope, namespace = '' } = place;
  if (scope === 'Fleet') return { scope };
  const cluster = place.cluster ?? (await clusters.only());
  said.cluster = cluster;
  await clusters.recordOf(cluster, RECORD_PATIENCE_MS).catch((error: unknown) => {
    // Only whether there is such a cluster matters; what was frozen is to be seen and ended while records cannot be read.
    const isUnknown = error instanceof ApiError && error.reason === 'NotFound';
    if (isUnknown || request.method === 'PUT') throw error;
  });
  return scope === 'Cluster' ? { scope, cluster } : { scope, cluster, namespace };
}

/** A freeze as it is answered: with whether it is in force now, and until when. */
function shown(freeze: Freeze, now: number): object {
  const found = inForceAt(freeze, now);
  const until = found?.until === undefined ? {} : { until: iso(found.until) };
  return { ...freeze, status: { ...freeze.status, inForce: found !== undefined, ...until } };
}

function refusalError({ reason, sentence }: FreezeRefusal, name: string): ApiError {
  const details = { name, kind: 'freezes' } as const;
  switch (reason) {
    case 'Misnamed':
      return new ApiError('BadRequest', sentence, details);
    case 'Unexpected': {
      const what = `the condition on ${subject(name, 'freezes')} does not hold: ${sentence}`;
      return new ApiError('PreconditionFailed', what, details);
    }
    case 'Modified':
      return modified(name, 'freezes');
    case 'TooMany':
      return new ApiError('Forbidden', `${subject(name, 'freezes')} cannot be created: ${sentence}`, details);
  }
}
