import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, exchange } from '../http/exchange.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { agentFor } from './cluster-agent.ts';
import { type ClusterApi, FIELD_MANAGER } from './cluster-api.ts';
import { failureOf, socketCodeOf, unreachable } from './cluster-failure.ts';
import { objectIn, pageIn } from './kube-answer.ts';

/** What may be changed by tests: the length of waits. */
export interface ClusterApiTools {
  /** For one try of one call, in milliseconds. */
  readonly callMs?: number;
  /** Waits; rejects when the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
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
const TRIES_MAX = 4;
/** Before the second try; doubled before each further one. */
const RETRY_MS = 250;
/** An API server under load asks for 1 s; one that asks for more is asked again before that, and a last time. */
const RETRY_AFTER_MS_MAX = 5_000;
/**
 * The API server is busy, starts anew, or its load balancer found none. A 500 is final unless it asks to come back: a field
 * that it does not know in a server-side apply is one (seen on 1.36.3).
 */
const PASSING = new Set([429, 502, 503, 504]);
/** Connections that ended under way, such as one kept from before a Lambda environment was frozen, and passing troubles. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'EAI_AGAIN', 'ETIMEDOUT']);

/**
 * The calls to a Kubernetes API server over HTTPS, with connections kept open. Everything here is idempotent, so what
 * got lost or was refused for the moment is tried again, a few times, within the caller's time. No error repeats a
 * token or a header.
 */
export function createClusterApi(
  access: ClusterAccess,
  { callMs = CALL_MS, wait = pause }: ClusterApiTools = {},
): ClusterApi {
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
    for (let tries = 1; ; tries++) {
      const { answer, error } = await attempt(ask, signal);
      const isGood = answer !== undefined && (isSuccess(answer.status) || answer.status === alsoGood);
      if (isGood) return { ...answer, isRepeated: tries > 1 };
      const failure = answer === undefined ? unreachable(access.server, error) : failureOf(answer);
      const isPassing = answer === undefined ? LOST.has(socketCodeOf(error)) : isTrouble(answer);
      if (!isPassing || tries === TRIES_MAX || signal.aborted) throw failure;
      await wait(waitBefore(tries, answer), signal).catch(() => {
        // What went wrong says more than that time is up.
        throw failure;
      });
    }
  }

  async function attempt(ask: Call, signal: AbortSignal): Promise<{ answer?: Answer; error?: unknown }> {
    const { method, path, query, body } = ask;
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
    try {
      return { answer: await exchange(url, { ...request, ...(body === undefined ? {} : { body }) }) };
    } catch (error) {
      return { error };
    }
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

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isTrouble({ status, headers }: Answer): boolean {
  return PASSING.has(status) || (status >= 500 && headers['retry-after'] !== undefined);
}

function waitBefore(tries: number, answer: Answer | undefined): number {
  // In seconds; a date, which HTTP allows too, is not written by API servers.
  const asked = Number(answer?.headers['retry-after']) * 1_000;
  return asked >= 0 ? Math.min(asked, RETRY_AFTER_MS_MAX) : RETRY_MS * 2 ** (tries - 1);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
