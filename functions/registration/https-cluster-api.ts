import { type Answer, exchange } from '../http/exchange.ts';
import { tried, type Wait } from '../http/tries.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { agentFor } from './cluster-agent.ts';
import { type ClusterApi, FIELD_MANAGER } from './cluster-api.ts';
import { failureOf, unreachable } from './cluster-failure.ts';
import { objectIn, pageIn } from './kube-answer.ts';

/** What may be changed by tests: the length of waits. */
export interface ClusterApiTools {
  /** For one try of one call, in milliseconds. */
  readonly callMs?: number;
  readonly wait?: Wait;
}

interface Call {
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A page of 500 Pods is read in well under a second; a longer silence is better asked anew. */
const CALL_MS = 15_000;
/** 500 Pods of 48 KB. What is larger would not fit into a small function, as text and parsed: ask for smaller pages. */
const ANSWER_BYTES_MAX = 24 * 1024 * 1024;
/**
 * The calls to a Kubernetes API server over HTTPS, with connections kept open. Everything here is idempotent, so what
 * got lost or was refused for the moment is tried again, a few times, within the caller's time. No error repeats a
 * token or a header.
 */
export function createClusterApi(access: ClusterAccess, { callMs = CALL_MS, wait }: ClusterApiTools = {}): ClusterApi {
  const base = new URL(access.server);
  if (base.protocol !== 'https:') throw new TypeError('an API server is reached by https only');
  const tls = { agent: agentFor(access) };

  return {
    async get(path, signal) {
      const { status, text } = await call({ method: 'GET', path }, signal, 404);
      return status === 404 ? undefined : objectIn(status, text);
    },
    async list(path, { limit, continue: from, labelSelector }, signal) {
      const query = {
        limit: String(limit),
        ...(from === undefined ? {} : { continue: from }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
      };
      const { status, text } = await call({ method: 'GET', path, query }, signal);
      return pageIn(status, text);
    },
    async apply(path, object, { force, dryRun }, signal) {
      const query = {
        fieldManager: FIELD_MANAGER,
        // A field that the API server does not know would otherwise be dropped without a word.
        fieldValidation: 'Strict',
        force: String(force),
        ...(dryRun ? { dryRun: 'All' } : {}),
      };
      const { status, text } = await call({ method: 'PATCH', path, query, body: JSON.stringify(object) }, signal);
      return objectIn(status, text);
    },
    async delete(path, signal) {
      const { status, isRepeated } = await call({ method: 'DELETE', path }, signal, 404);
      // The try before may have deleted it, and its answer got lost.
      return status !== 404 || isRepeated;
    },
  };

  /** Rejects for anything but a success and `alsoGood`. */
  async function call(ask: Call, signal: AbortSignal, alsoGood?: number): Promise<Answer & { isRepeated: boolean }> {
    const outcome = await tried(() => attempt(ask, signal), signal, wait);
    if ('error' in outcome) throw unreachable(access.server, outcome.error);
    const { answer, tries } = outcome;
    const isGood = (answer.status >= 200 && answer.status < 300) || answer.status === alsoGood;
    if (!isGood) throw failureOf(answer);
    return { ...answer, isRepeated: tries > 1 };
  }

  async function attempt({ method, path, query, body }: Call, signal: AbortSignal): Promise<Answer> {
    const url = urlFor(path, query ?? {});
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
    // Its failure is none of the API server's.
    const token = await access.token?.(bounded);
    const headers = {
      accept: 'application/json',
      'user-agent': 'outrigger',
      // JSON is YAML.
      ...(body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const request = { method, headers, signal: bounded, bytesMax: ANSWER_BYTES_MAX, tls };
    return await exchange(url, { ...request, ...(body === undefined ? {} : { body }) });
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
