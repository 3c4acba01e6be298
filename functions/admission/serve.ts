import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import { NoClusterRecordError } from '../errors.ts';
import { reviewed, shadowCompared } from '../events.ts';
import { readRequest } from '../http/event.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { readMutatePath } from '../http/mutate-path.ts';
import { type HttpResult, jsonResult, textResult } from '../http/result.ts';
import { refused, type VerifyPathToken } from '../identity/path-token.ts';
import { isInShare } from '../injection/channel.ts';
import type { Planned } from '../injection/plan/plan.ts';
import { STORE_WAIT_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Template } from '../template/template.ts';
import { NO_RECORD, type RecordState } from '../template-store/cache/cached-records.ts';
import type { TemplateCache } from '../template-store/cache/template-cache.ts';
import { historyWaitFor, leavesRoomForShadow, waitFor } from './deadline.ts';
import { encodeReview } from './encode.ts';
import { respondFailure, respondThrottle } from './failure.ts';
import { handleRequest } from './handle.ts';
import { decodeWhole, type ReadReview, reviewIn } from './read-review.ts';
import { createRetryOnce } from './retry-once.ts';
import type { Review } from './review.ts';
import { subjectOf } from './subject.ts';
import { comparisonOf, summaryOf } from './summary.ts';

/** What the mutate entry point brings along. */
export interface MutateTools {
  readonly verifyToken: VerifyPathToken;
  readonly templates: TemplateCache;
  /** Makes plans, or remembers them. */
  readonly plan: (templates: readonly Template[]) => Planned;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/** The Kubernetes cluster that calls, and the rotation that its token is of. */
interface Caller {
  readonly name: string;
  readonly epoch: number;
}

/**
 * The mutating webhook as a Lambda handler: one AdmissionReview in, one out, one log line. The order is fixed: path
 * token, then method, content type, size and encoding, and only then is anything parsed. A caller without a valid token
 * gets the one refusal whatever its body is (the class of CVE-2022-24726: work for a body before its caller is known).
 *
 * @returns a handler that never rejects: 200 with a review; 4xx for the caller's mistake; 500 for a fault of ours, 503
 * with Retry-After once per review while the store is throttled
 */
export function createMutate(tools: MutateTools): (event: unknown) => Promise<HttpResult> {
  const mayRetry = createRetryOnce();
  return async (event) => {
    const started = tools.clock();
    try {
      const request = readRequest(event);
      const cluster = await authenticate(request, tools.verifyToken);
      // What is held may be old, and a record be put back since: by itself it refuses no caller.
      if (isRetired(cluster, tools.templates.cachedRecord(cluster.name))) await refuseRetired(cluster, request);
      const read = reviewIn(request);
      if ('refusal' in read) {
        // Of what is wrong with either a caller with a retired token learns nothing.
        await refuseRetired(cluster, request);
        throw read.refusal;
      }
      return await respondOrRetry(read, cluster, request, started);
    } catch (error) {
      return respondFailure(tools.log, error, elapsed(started));
    }
  };

  async function respondOrRetry(
    { review, body }: ReadReview,
    cluster: Caller,
    request: HttpRequest,
    started: number,
  ): Promise<HttpResult> {
    try {
      return await respond(review, body, cluster, request, started);
    } catch (error) {
      const { uid } = review.request;
      if (!mayRetry(uid, error, request.query('timeout'), elapsed(started))) throw error;
      return respondThrottle(tools.log, uid, elapsed(started));
    }
  }

  async function respond(
    review: Review,
    body: string,
    cluster: Caller,
    request: HttpRequest,
    started: number,
  ): Promise<HttpResult> {
    const timeout = request.query('timeout');
    const waitMs = waitFor(timeout, STORE_WAIT_MS);
    const handled = await handleRequest(review.request, {
      plan: tools.plan,
      whole: () => decodeWhole(body),
      state: async ({ namespace, owner }) => {
        const isNext = (record: ClusterRecord): boolean =>
          isInShare(record, { cluster: cluster.name, namespace, owner: owner() });
        const state = await tools.templates.stateFor(cluster.name, waitMs, isNext).catch(refuseUnknown);
        compareEpoch(cluster, state.record);
        return state;
      },
      versionsOf: (name, hint) => tools.templates.versionsOf(name, hint, historyWaitFor(timeout, elapsed(started))),
      refuseRetired: () => refuseRetired(cluster, request),
      hasRoomForShadow: () => leavesRoomForShadow(timeout, elapsed(started)),
    });
    const { outcome, response, shadow } = handled;
    const subject = { ...subjectOf(review.request), cluster: cluster.name };
    const ms = elapsed(started);
    const level = outcome.verdict === 'fail' ? 'error' : 'info';
    tools.log(reviewed, { ...subject, ...summaryOf(handled), ms }, level);
    if (shadow !== undefined) {
      const isBad = shadow.result === 'failed';
      tools.log(shadowCompared, { ...subject, ...comparisonOf(handled, shadow) }, isBad ? 'warn' : 'info');
    }
    return response === undefined
      ? textResult(500, `outrigger: ${outcome.sentence} (${outcome.reason})`)
      : jsonResult(200, encodeReview(review, response));
  }

  /** For what needs no state. A store that is down must not stop it: then there is nothing to compare with. */
  async function refuseRetired(cluster: Caller, request: HttpRequest): Promise<void> {
    const waitMs = waitFor(request.query('timeout'), STORE_WAIT_MS);
    compareEpoch(cluster, await tools.templates.recordFor(cluster.name, waitMs));
  }

  function elapsed(started: number): number {
    return Math.round((tools.clock() - started) * 1_000) / 1_000;
  }
}

/** Verifies the path token; answers the Kubernetes cluster that it is for, with the epoch still to be compared. */
async function authenticate(request: HttpRequest, verifyToken: VerifyPathToken): Promise<Caller> {
  const named = readMutatePath(request.path);
  if (named === undefined) throw refused();
  const { epoch } = await verifyToken(named.cluster, named.token);
  return { name: named.cluster, epoch };
}

/**
 * Throws the one refusal where the token was retired by a rotation, or the cluster has no record: a token says only who
 * signed it, and the record alone says which of them still count.
 */
function compareEpoch(cluster: Caller, record: RecordState | undefined): void {
  if (isRetired(cluster, record)) throw refused();
}

function isRetired({ epoch }: Caller, record: RecordState | undefined): boolean {
  return record === NO_RECORD || (record !== undefined && epoch < record.minEpoch);
}

function refuseUnknown(error: unknown): never {
  throw error instanceof NoClusterRecordError ? Object.assign(refused(), { cause: error }) : error;
}
