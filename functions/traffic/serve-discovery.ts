import { knownRefreshes } from '../canary/times.ts';
import { CanaryStoreError } from '../errors.ts';
import { configurationSent } from '../events.ts';
import { readRequest } from '../http/event.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { type HttpResult, jsonResult } from '../http/result.ts';
import { RefusedTokenError } from '../identity/proxy-identity.ts';
import type { VerifiedProxy, VerifyProxyToken } from '../identity/proxy-token.ts';
import { STORE_WAIT_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { type Answer, FIRST_ROUTES } from './answers.ts';
import type { CanaryCache, CanaryState } from './canary-cache.ts';
import { failureOf } from './discovery-failure.ts';
import type { KnownClusters } from './known-clusters.ts';
import type { Poll } from './poll.ts';
import { kindOf, readPollOf } from './poll-request.ts';
import { createPollStates, type PollState } from './poll-states.ts';
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
      const proxy = known(request) ?? (await authenticate(request));
      const poll = readPollOf(request, kind);
      if (kind === 'routes' && poll.version === undefined) return await answerNewborn(poll, proxy);
      const chosen =
        states.confirming(proxy, kind, poll.version) ?? (await states.stateFor(proxy, kind, poll.version, arrival));
      const result = answer(kind, poll, proxy, request, chosen);
      return result instanceof Promise ? await result : result;
    } catch (error) {
      return failureOf(error, tools.log);
    }
  };

  /** A proxy whose token was proved before. Nothing is waited for: every wait costs more than all else in a poll. */
  function known(request: HttpRequest): VerifiedProxy | undefined {
    const authorization = request.header('authorization');
    const records = authorization === undefined ? undefined : tools.clusters.recent();
    if (authorization === undefined || records === undefined) return undefined;
    return tools.verifyToken.remembered(authorization, records);
  }

  async function authenticate(request: HttpRequest): Promise<VerifiedProxy> {
    const authorization = request.header('authorization');
    // Who brings nothing is refused without a look at any store.
    const records = authorization === undefined ? [] : await tools.clusters.records(STORE_WAIT_MS);
    return await tools.verifyToken(authorization, records).catch((error: unknown) => {
      if (error instanceof RefusedTokenError) tools.fleet.noteRefused(error.token, tools.now());
      throw error;
    });
  }

  /** The first routes wait for no store; where one was read before, the poll is noted all the same. */
  async function answerNewborn(poll: Poll, proxy: VerifiedProxy): Promise<HttpResult> {
    const held = tools.canaries.cached(proxy.cluster);
    const served = held === undefined ? undefined : tools.serve(proxy, proxy.identity.namespace, held);
    if (held !== undefined && served !== undefined) await sight(poll, proxy, held, served, FIRST_ROUTES.version);
    return send('routes', FIRST_ROUTES, poll, proxy);
  }

  /** @returns a promise only where something is written first */
  function answer(
    kind: ResourceKind,
    poll: Poll,
    proxy: VerifiedProxy,
    request: HttpRequest,
    { state, served }: PollState,
  ): HttpResult | Promise<HttpResult> {
    if (kind === 'routes') {
      const writing = sight(poll, proxy, state, served);
      const respond = (): HttpResult => send(kind, served.answers.routes, poll, proxy);
      return writing === undefined ? respond() : writing.then(respond);
    }
    const respond = (): HttpResult => {
      // Envoy drops what such an answer does not name.
      if (state.unreadable.length > 0) throw new CanaryStoreError('a canary is unreadable, and none of it is held');
      return send(kind, served.answers[kind], poll, proxy);
    };
    if (kind === 'listeners') return respond();
    const refresh = request.header(REFRESH_HEADER);
    return tools.pace.note(proxy.cluster, refresh, knownRefreshes(proxy.record.discovery), tools.now()).then(respond);
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
}
