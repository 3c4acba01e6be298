import { type Answer, exchange } from '../http/http-client.ts';
import { tried, type Wait } from '../http/retry.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { agentFor } from './cluster-agent.ts';
import { unreachable } from './cluster-failure.ts';

/** One call: a path of the API in full, encoded. */
export interface KubeAsk {
  readonly method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly text: string };
}

/** An answer of any status; `isRepeated` where an earlier try may have reached the API server too. */
export type KubeAnswer = Answer & { readonly isRepeated: boolean };

/** What may be changed by tests: the length of waits. */
export interface KubeCallTools {
  /** For one try of one call, in milliseconds. */
  readonly callMs?: number;
  readonly wait?: Wait;
}

/** A page of 500 Pods is read in well under a second; a longer silence is worth a retry. */
const CALL_MS = 15_000;
/** 500 Pods of 48 KB. What is larger would not fit into a small function, as text and parsed: ask for smaller pages. */
const RESPONSE_BYTES_MAX = 24 * 1024 * 1024;

/**
 * Makes calls to a Kubernetes API server over HTTPS, with connections kept open. Only what is idempotent may be asked: what
 * got lost or was refused for the moment is tried again, a few times, within the caller's time. Rejects with
 * ClusterUnreachableError where there is no answer. No error repeats a token or a header.
 */
export function createKubeCall(
  access: ClusterAccess,
  { callMs = CALL_MS, wait }: KubeCallTools = {},
): (ask: KubeAsk, signal: AbortSignal) => Promise<KubeAnswer> {
  const base = new URL(access.server);
  if (base.protocol !== 'https:') throw new TypeError('an API server is reached by https only');
  const tls = { agent: agentFor(access) };

  return async (ask, signal) => {
    const outcome = await tried(() => attempt(ask, signal), signal, wait);
    if ('error' in outcome) throw unreachable(access.server, outcome.error);
    return { ...outcome.answer, isRepeated: outcome.tries > 1 };
  };

  async function attempt({ method, path, query, body }: KubeAsk, signal: AbortSignal): Promise<Answer> {
    const url = urlFor(path, query ?? {});
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
    // Its failure is none of the API server's.
    const token = await access.token?.(bounded);
    const headers = {
      accept: 'application/json',
      'user-agent': 'outrigger',
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const request = { method, headers, signal: bounded, bytesMax: RESPONSE_BYTES_MAX, tls };
    return await exchange(url, { ...request, ...(body === undefined ? {} : { body: body.text }) });
  }

  function urlFor(path: string, query: Readonly<Record<string, string>>): URL {
    const prefix = base.pathname.replace(/\/$/, '');
    const url = new URL(`${base.origin}${prefix}${path}`);
    // A name with `..`, `?` or `#` in it would lead elsewhere.
    if (url.pathname !== `${prefix}${path}`) throw new TypeError('a path of the API is written in full, and encoded');
    url.search = new URLSearchParams(query).toString();
    return url;
  }
}
