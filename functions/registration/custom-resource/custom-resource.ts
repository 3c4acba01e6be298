import { resourceAnswered, resourceFailed, resourceRefused } from '../../events.ts';
import { describeFaults, isRecord, type Parsed } from '../../json/faults.ts';
import { redacted } from '../../kube-api/redacted.ts';
import type { Log } from '../../log.ts';
import { reasonOf } from './resource-reason.ts';
import { parseResourceRequest, type ResourceRequest } from './resource-request.ts';
import { mayRespond, putResponse, type ResponseOptions } from './response-url.ts';

/** A thing that a stack has, as its properties say. What is done is idempotent: requests are delivered more than once. */
export interface ResourceWork {
  /** The same as long as it is the same thing; another one makes CloudFormation delete the thing of the old one. */
  readonly physicalId: string;
  /** Milliseconds that the work may take, where that is less than the function has. */
  readonly longestMs?: number;
  /** Create and Update: makes it so. @returns the attributes */
  ensure(request: ResourceRequest, signal: AbortSignal): Promise<Record<string, string>>;
  /** What is missing already is no error. @returns what to say */
  remove(request: ResourceRequest, signal: AbortSignal): Promise<string>;
}

/** One kind of custom resource: what its properties ask for, or every fault in them. */
export type CustomResource = (properties: ResourceRequest['properties']) => Parsed<ResourceWork>;

/** As much of Lambda's context as is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What the protocol reaches the world through. */
export interface CustomResourceTools extends ResponseOptions {
  readonly log: Log;
}

/** Kept back of the function's time for the response: four tries at S3 with the waits between them. */
export const RESPONSE_RESERVE_MS = 20_000;
/** CloudFormation takes a response of 4 KB; the rest of it is ids and the attributes. */
const REASON_CHARACTERS_MAX = 1_000;
/** All resources of ours have ids that begin so. */
const OURS = 'outrigger-';

interface Result {
  readonly isGood: boolean;
  readonly reason: string;
  readonly id: string;
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * The protocol of custom resources: whatever happens (an exception, malformed properties, time that runs out) the
 * request is answered, because a stack waits for it up to an hour otherwise. Throws only when no response can be sent.
 *
 * @param resources by their type, e.g. `Custom::OutriggerKeys`
 */
export function createCustomResources(
  resources: ReadonlyMap<string, CustomResource>,
  tools: CustomResourceTools,
): (event: unknown, context: LambdaContext) => Promise<void> {
  return async (event, context) => {
    const url = isRecord(event) ? event['ResponseURL'] : undefined;
    if (typeof url !== 'string' || !mayRespond(url, tools)) {
      tools.log(resourceRefused, { reason: 'its ResponseURL is not one of CloudFormation' });
      throw new Error('the ResponseURL of the event is not one of CloudFormation; nothing was done');
    }
    const parsed = parseResourceRequest(event);
    const started = parsed.valid
      ? await inTime(parsed.value, Math.max(0, context.getRemainingTimeInMillis() - RESPONSE_RESERVE_MS))
      : { isGood: false, reason: describeFaults(parsed.faults), id: `${OURS}malformed` };
    await respond(event, url, started, context);
  };

  /** The result of the work, or that there was no time for it. */
  async function inTime(request: ResourceRequest, mostMs: number): Promise<Result> {
    const { requestType, resourceType, properties } = request;
    const parsed = resources.get(resourceType)?.(properties);
    if (parsed === undefined) return unusable(request, 'ResourceType: is none of ours');
    if (!parsed.valid) return unusable(request, describeFaults(parsed.faults));
    const ms = Math.min(mostMs, parsed.value.longestMs ?? mostMs);
    const signal = AbortSignal.timeout(ms);
    try {
      return await Promise.race([work(parsed.value, request, signal), timeUp(signal)]);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      tools.log(resourceFailed, { requestType, resourceType, error: name });
      const why = reasonOf(error);
      const id = idToKeep(request, parsed.value.physicalId);
      return { isGood: false, reason: signal.aborted ? `it took longer than ${ms / 1_000} s; ${why}` : why, id };
    }
  }

  async function work(resource: ResourceWork, request: ResourceRequest, signal: AbortSignal): Promise<Result> {
    const { physicalId } = resource;
    if (request.requestType !== 'Delete') {
      return { isGood: true, reason: 'done', id: physicalId, data: await resource.ensure(request, signal) };
    }
    const id = request.physicalResourceId ?? physicalId;
    // For a Create that never answered CloudFormation makes one up.
    if (id.startsWith(OURS) && id !== physicalId) {
      return { isGood: true, reason: 'the id is not the one of these properties; nothing was deleted', id };
    }
    return { isGood: true, reason: await resource.remove(request, signal), id };
  }

  async function respond(event: unknown, url: string, result: Result, context: LambdaContext): Promise<void> {
    const echo = (name: string): string => (isRecord(event) && typeof event[name] === 'string' ? event[name] : '');
    const { isGood, reason, id, data } = result;
    const body = {
      Status: isGood ? ('SUCCESS' as const) : ('FAILED' as const),
      Reason: redacted(reason, REASON_CHARACTERS_MAX),
      PhysicalResourceId: id,
      StackId: echo('StackId'),
      RequestId: echo('RequestId'),
      LogicalResourceId: echo('LogicalResourceId'),
      ...(data === undefined ? {} : { Data: data }),
    };
    // Until the function's very end; a response that comes late is better than none.
    const signal = AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - 500));
    const lost = await putResponse(url, body, tools, signal);
    const fields = { requestType: echo('RequestType'), resourceType: echo('ResourceType'), status: body.Status };
    const answered = { ...fields, reason: body.Reason, ...(lost === undefined ? {} : { lost }) };
    tools.log(resourceAnswered, answered, lost === undefined ? 'info' : 'error');
    if (lost !== undefined) throw new Error(`CloudFormation could not be answered (${lost})`);
  }
}

/** The result for a request whose properties cannot be used. Nothing was created from them, so a Delete succeeds. */
function unusable(request: ResourceRequest, reason: string): Result {
  const id = idToKeep(request, `${OURS}malformed-${request.logicalResourceId}`);
  return { isGood: request.requestType === 'Delete', reason, id };
}

/** The id of a failed request: with another id a failed Update would make CloudFormation delete what is there. */
function idToKeep(request: ResourceRequest, fallback: string): string {
  return request.physicalResourceId ?? fallback;
}

/** Rejects when the signal aborts. Made only where it is waited for: what rejects unheard ends the environment. */
async function timeUp(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const fail = (): void => reject(new DOMException('time is up', 'TimeoutError'));
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) fail();
  });
}
