import { ConfigError, RequestError, TemplateStoreError } from '../errors.ts';
import { describeFaults } from '../faults.ts';
import { type HttpRequest, readRequest } from '../http/event.ts';
import { refused, type VerifyPathToken } from '../http/path-token.ts';
import { type HttpResult, jsonResult, textResult } from '../http/result.ts';
import type { Outcome } from '../injection/mutate-pod.ts';
import { createPlanMemo } from '../injection/plan-memo.ts';
import { REASONS } from '../injection/reasons.ts';
import { RETRY_AFTER_SECONDS, STORE_WAIT_MS, waitFor } from '../limits.ts';
import type { Log } from '../log.ts';
import type { TemplateCache } from '../template/template-cache.ts';
import { encodeReview } from './encode.ts';
import { handleRequest } from './handle.ts';
import { createRetryOnce } from './retry-once.ts';
import { type AdmissionRequest, decodeReview, type Review } from './review.ts';
import { subjectOf } from './subject.ts';

/** What the mutate door brings along. */
export interface MutateTools {
  readonly verifyToken: VerifyPathToken;
  readonly templates: TemplateCache;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/** `/v1/mutate/{cluster}/{token}`; cluster names as EKS, GKE and AKS allow them. */
const PATH = /^\/v1\/mutate\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})\/([A-Za-z0-9._-]+)$/;
const JSON_TYPE = /^application\/json *(;.*)?$/i;

/**
 * The mutating webhook as a Lambda handler: one AdmissionReview in, one out, one log line. The order is fixed: method,
 * size, content type, path token, and only then is anything parsed.
 *
 * @returns a handler that never rejects: 200 with a review; 4xx for the caller's mistake; 500 for a fault of ours, 503
 * with Retry-After once per review while the store is throttled
 */
export function createMutate(tools: MutateTools): (event: unknown) => Promise<HttpResult> {
  const plan = createPlanMemo();
  const mayRetry = createRetryOnce();
  return async (event) => {
    const started = tools.clock();
    try {
      const request = readRequest(event);
      const body = readJsonBody(request);
      const cluster = await authenticate(request);
      const review = decodeReview(body);
      if (!review.valid) throw new RequestError(400, `not an AdmissionReview: ${describeFaults(review.faults)}`);
      return await answer(review.value, body, cluster, request, started).catch((error: unknown) => {
        const { uid } = review.value.request;
        if (mayRetry(uid, error, request.query('timeout'), elapsed(started))) return comeBack(uid, started);
        throw error;
      });
    } catch (error) {
      return failure(error, started);
    }
  };

  /** Verifies the path token; answers the Kubernetes cluster that it is for, with the epoch still to be compared. */
  async function authenticate(request: HttpRequest): Promise<{ name: string; epoch: number }> {
    const [, name, token] = PATH.exec(request.path) ?? [];
    if (name === undefined || token === undefined) throw refused();
    const { epoch } = await tools.verifyToken(name, token);
    return { name, epoch };
  }

  async function answer(
    review: Review,
    body: string,
    cluster: { name: string; epoch: number },
    request: HttpRequest,
    started: number,
  ): Promise<HttpResult> {
    const waitMs = waitFor(request.query('timeout'), STORE_WAIT_MS);
    const { outcome, response } = await handleRequest(review.request, {
      plan,
      whole: () => decodeWhole(body),
      state: async () => {
        const state = await tools.templates.stateFor(cluster.name, waitMs);
        if (cluster.epoch < state.record.minEpoch) throw refused();
        return state;
      },
    });
    tools.log(outcome.verdict === 'fail' ? 'error' : 'info', 'review', {
      ...subjectOf(review.request),
      cluster: cluster.name,
      ...summaryOf(outcome),
      ms: elapsed(started),
    });
    return response === undefined
      ? textResult(500, `outrigger: ${outcome.sentence} (${outcome.reason})`)
      : jsonResult(200, encodeReview(review, response));
  }

  function comeBack(uid: string, started: number): HttpResult {
    tools.log('warn', 'review to be sent again: the template store is throttled', { uid, ms: elapsed(started) });
    const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    return textResult(503, 'outrigger: the template store is throttled; send the review again', headers);
  }

  /** Translates every error, at this one border. */
  function failure(error: unknown, started: number): HttpResult {
    if (error instanceof RequestError) {
      tools.log('warn', 'request refused', { status: String(error.status), why: error.message, ms: elapsed(started) });
      return textResult(error.status, error.message, error.headers);
    }
    const isStore = error instanceof TemplateStoreError || error instanceof ConfigError;
    const kind = error instanceof Error ? error.name : 'unknown error';
    tools.log('error', 'request failed', {
      error: kind,
      ...(isStore ? { why: error.message } : {}),
      ms: elapsed(started),
    });
    const sentence = isStore ? `${REASONS.TemplateStoreUnavailable} (TemplateStoreUnavailable)` : 'internal error';
    return textResult(500, `outrigger: ${sentence}`);
  }

  function elapsed(started: number): number {
    return Math.round((tools.clock() - started) * 1_000) / 1_000;
  }
}

function readJsonBody(request: HttpRequest): string {
  if (request.method !== 'POST') {
    throw new RequestError(405, `the method is ${request.method}; send the AdmissionReview by POST`, { allow: 'POST' });
  }
  const body = request.readBody();
  if (!JSON_TYPE.test(request.header('content-type') ?? '')) {
    throw new RequestError(415, 'the content type must be application/json');
  }
  return body;
}

function summaryOf({
  verdict,
  reason,
  templates,
  operations,
  warnings,
}: Outcome): Record<string, string | number | readonly string[]> {
  return {
    verdict,
    reason,
    templates: templates.map((t) => `${t.name}@${t.version}`),
    operations: operations.length,
    warnings: warnings.length,
  };
}

/** The request with its managedFields, whose text has not been parsed before. */
function decodeWhole(body: string): AdmissionRequest {
  const whole = decodeReview(body, true);
  if (whole.valid) return whole.value.request;
  throw new RequestError(400, `not an AdmissionReview: ${describeFaults(whole.faults)}`);
}
