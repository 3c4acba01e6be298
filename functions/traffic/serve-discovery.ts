import { knownRefreshes } from '../canary/times.ts';
import { CanaryStoreError, IssuerError, RequestError, TemplateStoreError } from '../errors.ts';
import { configurationSent, requestFailed, requestRefused } from '../events.ts';
import { describeFaults } from '../faults.ts';
import { type HttpRequest, readRequest } from '../http/event.ts';
import { RefusedTokenError } from '../http/proxy-identity.ts';
import type { VerifiedProxy, VerifyProxyToken } from '../http/proxy-token.ts';
import { type HttpResult, jsonResult, textResult } from '../http/result.ts';
import { STORE_WAIT_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { type Answer, FIRST_ROUTES, versionHeaders } from './answers.ts';
import type { CanaryCache, CanaryState } from './canary-cache.ts';
import type { FleetWriter } from './fleet-writer.ts';
import type { KnownClusters } from './known-clusters.ts';
import { ROUTE_CONFIGURATION } from './names.ts';
import { type PaceWriter, REFRESH_HEADER } from './pace-writer.ts';
import { type Poll, readPoll } from './poll.ts';
import { createPollStates } from './poll-states.ts';
import type { ServeAnswers } from './served-answers.ts';
import { ownVersion } from './version.ts';
import { RESOURCE_TYPES, type ResourceKind } from './xds.ts';

/** What the discovery door brings along. */
export interface DiscoveryTools {
  readonly verifyToken: VerifyProxyToken;
  readonly clusters: KnownClusters;
  readonly canaries: CanaryCache;
  readonly serve: ServeAnswers;
  readonly fleet: FleetWriter;
  readonly pace: PaceWriter;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** `/v3/discovery:routes`; API Gateway hands the colon over as it came, and Envoy's request signing encodes it. */
const PATH = /^\/v3\/discovery(?::|%3A)(listeners|clusters|routes)$/i;
const JSON_TYPE = /^application\/json *(;.*)?$/i;

/**
 * The control plane as a Lambda handler: Envoy's REST xDS. Only 200 and 304 change anything in a proxy, so every trouble
 * is another status, and what a proxy has stays. An answer holds exactly what was asked for, never less after an error,
 * and nothing older than what another environment sent before.
 *
 * @returns a handler that never rejects: 200, 304; 4xx for the caller's mistake; 503 when the store has nothing for us
 */
export function createDiscovery(tools: DiscoveryTools): (event: unknown) => Promise<HttpResult> {
  const states = createPollStates(tools.canaries, tools.serve);

  return async (event) => {
    const arrival = tools.canaries.readsBegun();
    try {
      const request = readRequest(event);
      const kind = kindOf(request);
      const proxy = await authenticate(request);
      const poll = readBody(request, kind);
      return await answer(kind, poll, proxy, request, arrival);
    } catch (error) {
      return failure(error);
    }
  };

  async function authenticate(request: HttpRequest): Promise<VerifiedProxy> {
    const authorization = request.header('authorization');
    // Who brings nothing is refused without a look at any store.
    const records = authorization === undefined ? [] : await tools.clusters.records(STORE_WAIT_MS);
    return await tools.verifyToken(authorization, records).catch((error: unknown) => {
      if (error instanceof RefusedTokenError) tools.fleet.noteRefused(error.token, tools.now());
      throw error;
    });
  }

  async function answer(
    kind: ResourceKind,
    poll: Poll,
    proxy: VerifiedProxy,
    request: HttpRequest,
    arrival: number,
  ): Promise<HttpResult> {
    if (kind === 'routes' && poll.version === undefined) {
      // These wait for no store; where one was read before, the sighting is noted all the same.
      const held = tools.canaries.held(proxy.cluster);
      if (held !== undefined) await sight(poll, proxy, held, FIRST_ROUTES.version);
      return send(kind, FIRST_ROUTES, poll, proxy);
    }
    const state = await states.stateFor(proxy, kind, poll.version, arrival);
    if (kind === 'routes') return send(kind, await sight(poll, proxy, state), poll, proxy);
    if (kind === 'clusters') {
      const said = request.header(REFRESH_HEADER);
      await tools.pace.note(proxy.cluster, said, knownRefreshes(proxy.record.discovery), tools.now());
    }
    // Envoy drops what such an answer does not name.
    if (state.unreadable.length > 0) throw new CanaryStoreError('a canary is unreadable, and none of it is held');
    return send(kind, tools.serve(proxy, proxy.identity.namespace, state).answers[kind], poll, proxy);
  }

  /** Notes what a proxy runs, and answers what it is to run. */
  async function sight(poll: Poll, proxy: VerifiedProxy, state: CanaryState, first?: string): Promise<Answer> {
    const { identity } = proxy;
    const { answers, snapshot } = tools.serve(proxy, identity.namespace, state);
    const current = answers.routes.version;
    const sent = first ?? (poll.version === current ? undefined : current);
    const { canaries } = snapshot;
    await tools.fleet.note({ identity, version: poll.version, current, canaries, sent, at: tools.now() }, state);
    return answers.routes;
  }

  function send(kind: ResourceKind, { version, body }: Answer, poll: Poll, proxy: VerifiedProxy): HttpResult {
    states.note(proxy, version);
    const headers = versionHeaders(kind, version);
    if (poll.version === version) return { statusCode: 304, headers, body: '' };
    const { cluster, namespace, pod } = proxy.identity;
    const told = { cluster, namespace, pod: pod?.name, kind, version, before: poll.version };
    tools.log(configurationSent, told);
    const result = jsonResult(200, body);
    return { ...result, headers: { ...result.headers, ...headers } };
  }

  /** Translates every error, at this one border. */
  function failure(error: unknown): HttpResult {
    if (error instanceof RequestError) {
      tools.log(requestRefused, { status: String(error.status), why: error.message });
      return textResult(error.status, error.message, error.headers);
    }
    const kind = error instanceof Error ? error.name : 'unknown error';
    const isOurs =
      error instanceof CanaryStoreError || error instanceof TemplateStoreError || error instanceof IssuerError;
    tools.log(requestFailed, { error: kind, ...(isOurs ? { why: error.message } : {}) });
    return textResult(503, `outrigger: nothing can be said at the moment (${isOurs ? kind : 'internal error'})`);
  }
}

function kindOf(request: HttpRequest): ResourceKind {
  const [, kind] = PATH.exec(request.path) ?? [];
  const known = (['listeners', 'clusters', 'routes'] as const).find((name) => name === kind?.toLowerCase());
  if (known === undefined) throw new RequestError(404, 'no such resource type; there are listeners, clusters, routes');
  if (request.method !== 'POST') {
    throw new RequestError(405, `the method is ${request.method}; poll by POST`, { allow: 'POST' });
  }
  if (!JSON_TYPE.test(request.header('content-type') ?? '')) {
    throw new RequestError(415, 'the content type must be application/json');
  }
  return known;
}

/** An answer that lacks a name that was asked for, or has another type, would be taken as if it were right. */
function readBody(request: HttpRequest, kind: ResourceKind): Poll {
  const poll = readPoll(request.readBody());
  if (!poll.valid) throw new RequestError(400, `not a DiscoveryRequest: ${describeFaults(poll.faults)}`);
  const { resourceNames, typeUrl, version } = poll.value;
  if (typeUrl !== undefined && typeUrl !== RESOURCE_TYPES[kind]) {
    throw new RequestError(400, `type_url must be ${RESOURCE_TYPES[kind]} here`);
  }
  const isAll = kind !== 'routes' && (resourceNames.length === 0 || resourceNames.every((name) => name === '*'));
  const isOne = kind === 'routes' && resourceNames.length === 1 && resourceNames[0] === ROUTE_CONFIGURATION;
  if (isAll || isOne) return version === undefined ? poll.value : { ...poll.value, version: ownVersion(version) };
  throw new RequestError(404, `no such resource; there ${kind === 'routes' ? 'is one, outbound' : 'are only all'}`);
}
