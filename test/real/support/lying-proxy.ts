import { once } from 'node:events';
import http from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { at } from '../../support/values.ts';

/** A Pod of the canary's own namespace that runs what it gets, and makes figures up. */
export interface LyingProxy {
  /** Polls that were taken with figures in them. */
  readonly told: number;
  stop(): Promise<void>;
}

/** As often as real ones ask while a release moves. */
const POLL_MS = 1_000;
/** As many requests as one caller of several may have, every one of the canary's failed. */
const [STABLE, CANARY] = [12, 4];

/**
 * Begins to poll as a sidecar does, and to tell that every response of a canary was an error.
 *
 * @param target the canary's, as `shop/cart/8080/r1`
 */
export function startLyingProxy(port: number, token: string, target: string): LyingProxy {
  const state = { isOver: false, told: 0 };
  const counts = {
    [`${target}|stable.upstream_rq_completed`]: STABLE,
    [`${target}|canary.upstream_rq_completed`]: CANARY,
    [`${target}|canary.upstream_rq_5xx`]: CANARY,
    // Each was sent once, to its own track.
    [`${target}|stable-only.upstream_rq_total`]: STABLE,
    [`${target}|canary-only.upstream_rq_total`]: CANARY,
  };
  const polling = (async () => {
    let version: string | undefined;
    for (let seq = 1; !state.isOver; seq++) {
      const figures = version === undefined ? {} : { version_info: version, figures: [{ seq, version, counts }] };
      const { status, body } = await poll(port, token, { resource_names: ['outbound'], node: {}, ...figures });
      if (version !== undefined && (status === 200 || status === 304)) state.told++;
      if (status === 200) version = String(at(JSON.parse(body), 'version_info'));
      await wait(POLL_MS);
    }
  })();
  return {
    get told() {
      return state.told;
    },
    stop: async () => {
      state.isOver = true;
      await polling;
    },
  };
}

async function poll(
  port: number,
  token: string,
  body: object,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-outrigger-pace': '1' };
  const path = '/v3/discovery:routes';
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path, agent: false, headers });
  request.end(JSON.stringify(body));
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  return { status: response?.statusCode ?? 0, body: response === undefined ? '' : await readAll(response) };
}
