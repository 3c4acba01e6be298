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
import type { CanaryCache } from './canary-cache.ts';
import { failureOf } from './discovery-failure.ts';
import type { KnownClusters } from './known-clusters.ts';
import { noteOther, notePoll, type PollNotes } from './note-poll.ts';
import { formOf, jittered, withPause } from './pace.ts';
import type { Poll } from './poll.ts';
import { kindOf, readPollOf } from './poll-request.ts';
import { type Asked, createPollStates, type PollState } from './poll-states.ts';
import { type PaceWriter, REFRESH_HEADER } from './proxies/pace-writer.ts';
import { quietPauseMs } from './quiet-pause.ts';
import type { ServeAnswers } from './served-answers.ts';

/** What the discovery entry point brings along. */
export interface DiscoveryTools extends PollNotes {
  readonly verifyToken: VerifyProxyToken;
  readonly clusters: KnownClusters;
  readonly canaries: CanaryCache;
  readonly serve: ServeAnswers;
  readonly pace: PaceWriter;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What a poll asks for, and all that it tells. */
interface AskedPoll extends Asked {
  readonly poll: Poll;
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
      const asked = { kind, form: formOf(request), version: poll.version, poll };
      if (kind === 'routes' && poll.version === undefined) return await answerNewborn(asked, proxy);
      const chosen = states.confirming(proxy, asked) ?? (await states.stateFor(proxy, asked, arrival));
      const result = answer(asked, proxy, request, chosen);
      return result instanceof Promise ? await result : result;
    } catch (error) {
      return failureOf(error, tools.log);
    }
  };

  /** A proxy whose token was proved before. Nothing is waited for: every wait costs more than all else in a poll. */
  function known(request: HttpRequest): VerifiedProxy | undefined {
    const authorization = request.header('authorization');
    const records = tools.clusters.recent();
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
  async function answerNewborn(asked: AskedPoll, proxy: VerifiedProxy): Promise<HttpResult> {
    const held = tools.canaries.cached(proxy.cluster);
    if (held !== undefined) {
      const served = tools.serve(proxy, proxy.identity.namespace, held);
      await notePoll(tools, { ...asked, ...proxy, state: held, served, first: FIRST_ROUTES.version });
    }
    return send(asked, FIRST_ROUTES, proxy);
  }

  /** @returns a promise only where something is written first */
  function answer(
    asked: AskedPoll,
    proxy: VerifiedProxy,
    request: HttpRequest,
    { state, served }: PollState,
  ): HttpResult | Promise<HttpResult> {
    const { kind, form } = asked;
    // What is not answered now is not said to be current either.
    const current = served.answers[state.unreadable.length > 0 ? 'direct' : form][kind];
    const { identity } = proxy;
    const mayPause = form === 'paced' && tools.canaries.isConfirmed(proxy.cluster);
    const quietMs = mayPause ? quietPauseMs(identity, asked.poll, served) : undefined;
    const pause = mayPause ? jittered(quietMs ?? served.pauseMs, tools.random()) : 0;
    if (kind === 'routes') {
      const writing = notePoll(tools, { poll: asked.poll, identity, state, served, isIdle: quietMs !== undefined });
      const respond = (): HttpResult => {
        // The script that follows the pace is the one that counts.
        if (form === 'direct') return send(asked, current, proxy, pause);
        const headers = tools.evidence.asking({ identity, state, served, at: tools.now() }, current.headers);
        return send(asked, current, proxy, pause, headers);
      };
      return writing === undefined ? respond() : writing.then(respond);
    }
    const respond = (): HttpResult => {
      // Envoy drops what such an answer does not name.
      if (state.unreadable.length > 0) throw new CanaryStoreError('a canary is unreadable, and none of it is held');
      return send(asked, current, proxy, pause);
    };
    const learning = noteOther(tools, { kind, version: asked.version, identity, state, served });
    // Only sidecars that follow no pace say what they poll with.
    if (kind === 'listeners' || form === 'paced') return learning === undefined ? respond() : learning.then(respond);
    const refresh = request.header(REFRESH_HEADER);
    const pacing = tools.pace.note(proxy.cluster, refresh, knownRefreshes(proxy.record.discovery), tools.now());
    return Promise.all([learning, pacing]).then(respond);
  }

  /** @param pause in seconds, where nothing is new. @param headers instead of the answer's own */
  function send(
    asked: Asked,
    answer: Answer,
    proxy: VerifiedProxy,
    pause = 0,
    headers: Answer['headers'] = answer.headers,
  ): HttpResult {
    const { version, body } = answer;
    const { kind, form, version: before } = asked;
    states.note(proxy, version);
    if (before === version) return { statusCode: 304, headers: withPause(form, headers, pause), body: '' };
    const { cluster, namespace, pod } = proxy.identity;
    tools.log(configurationSent, { cluster, namespace, pod, kind, version, before });
    const result = jsonResult(200, body);
    return { ...result, headers: { ...result.headers, ...withPause(form, headers, 0) } };
  }
}
