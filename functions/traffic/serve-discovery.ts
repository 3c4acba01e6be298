import { knownRefreshes } from '../canary/times.ts';
import { CanaryStoreError, IssuerError, RequestError, TemplateStoreError } from '../errors.ts';
import { configurationSent, requestFailed, requestRefused } from '../events.ts';
import { readRequest } from '../http/event.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { type HttpResult, jsonResult, textResult } from '../http/result.ts';
import { RefusedTokenError } from '../identity/proxy-identity.ts';
import type { VerifiedProxy, VerifyProxyToken } from '../identity/proxy-token.ts';
import { STORE_WAIT_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { type Answer, FIRST_ROUTES } from './answers.ts';
import type { CanaryCache, CanaryState } from './canary-cache.ts';
import type { KnownClusters } from './known-clusters.ts';
import type { Poll } from './poll.ts';
import { kindOf, readPollOf } from './poll-request.ts';
import { createPollStates } from './poll-states.ts';
import { type PaceWriter, REFRESH_HEADER } from './proxies/pace-writer.ts';
import type { FleetWriter } from './proxies/report-writer.ts';
import type { ServeAnswers, Served } from './served-answers.ts';
import type { ResourceKind } from './xds/xds.ts';

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
      const poll = readPollOf(request, kind);
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
      const held = tools.canaries.cached(proxy.cluster);
      const served = held === undefined ? undefined : tools.serve(proxy, proxy.identity.namespace, held);
      if (held !== undefined && served !== undefined) await sight(poll, proxy, held, served, FIRST_ROUTES.version);
      return send(kind, FIRST_ROUTES, poll, proxy);
    }
    const { state, served } = await states.stateFor(proxy, kind, poll.version, arrival);
    if (kind === 'routes') {
      const writing = sight(poll, proxy, state, served);
      // Most polls write nothing, and then nothing is waited for.
      if (writing !== undefined) await writing;
      return send(kind, served.answers.routes, poll, proxy);
    }
    if (kind === 'clusters') {
      const said = request.header(REFRESH_HEADER);
      await tools.pace.note(proxy.cluster, said, knownRefreshes(proxy.record.discovery), tools.now());
    }
    // Envoy drops what such an answer does not name.
    if (state.unreadable.length > 0) throw new CanaryStoreError('a canary is unreadable, and none of it is held');
    return send(kind, served.answers[kind], poll, proxy);
  }

  /**
   * Notes what a proxy runs.
   *
   * @param first the version that is sent in place of the current one
   * @returns the write that this brought about; undefined for none
   */
  function sight(
    poll: Poll,
    { identity }: VerifiedProxy,
    state: CanaryState,
    { answers, snapshot }: Served,
    first?: string,
  ): Promise<void> | undefined {
    const current = answers.routes.version;
    const sent = first ?? (poll.version === current ? undefined : current);
    const { canaries } = snapshot;
    return tools.fleet.note({ identity, version: poll.version, current, canaries, sent, at: tools.now() }, state);
  }

  function send(kind: ResourceKind, { version, body, headers }: Answer, poll: Poll, proxy: VerifiedProxy): HttpResult {
    states.note(proxy, version);
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
