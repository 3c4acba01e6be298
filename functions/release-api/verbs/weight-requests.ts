import type { Canary } from '../../canary/canary.ts';
import { parseReason, parseWeights } from '../../canary/document/parse-weights.ts';
import { retryCanary, setWeights } from '../../canary/transitions/change-weights.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import type { HttpResult } from '../../http/result.ts';
import type { CanaryCall } from '../call.ts';
import { parseBody, readText, requireType } from '../request/body.ts';
import { ApiError, invalid } from '../response/api-error.ts';
import { answer } from '../response/response.ts';
import { changeOf } from './change-requests.ts';
import { required } from './preconditions.ts';
import { allowed, write } from './write.ts';

/** The weights of a canary as a document of its own, to be read, changed and sent back. */
export function weightsDocument({ apiVersion, metadata, spec, status }: Canary): object {
  const { name, namespace, resourceVersion } = metadata;
  return {
    apiVersion,
    kind: 'CanaryWeights',
    metadata: { name, namespace, resourceVersion },
    totalWeight: spec.totalWeight,
    phase: status.phase,
    backends: [
      { name: 'stable', weight: status.weights.stable },
      { name: 'canary', weight: status.weights.canary },
    ],
  };
}

/** `PUT …/weights`: a manual step. A caller that sets weights has to have seen what they were: `If-Match` is required. */
export async function putWeights(call: CanaryCall): Promise<HttpResult> {
  requireType(call.request, ['application/json']);
  const { name } = call.key;
  const text = readText(call.request);
  const document = parseBody(text);
  if (call.request.header('if-match') === undefined) {
    throw new ApiError('PreconditionRequired', 'weights are set with If-Match: the ETag of what was read before');
  }
  // What the numbers may be only the canary knows.
  let reason: string | undefined;
  const decide = (current: Canary | undefined, moment: Moment): Canary => {
    const canary = required(current, name);
    const parsed = parseWeights(document, canary.spec.totalWeight);
    if (!parsed.valid) throw invalid(name, parsed.faults);
    reason = parsed.value.reason;
    return allowed(setWeights(canary, parsed.value.weights, moment), name);
  };
  return await write(call, {
    ...changeOf(call, text),
    verb: 'setWeights',
    decide,
    reason: () => reason,
    show: (canary) => answer(200, weightsDocument(canary), canary.metadata.resourceVersion),
  });
}

/** `POST …/retry`: a failed canary begins again at 100/0. */
export async function postRetry(call: CanaryCall): Promise<HttpResult> {
  const { name } = call.key;
  const text = readText(call.request);
  const reason = readReason(call, text);
  const decide = (current: Canary | undefined, moment: Moment): Canary =>
    allowed(retryCanary(required(current, name), moment), name);
  return await write(call, { ...changeOf(call, text), verb: 'retry', decide, reason: () => reason });
}

/** The reason in an optional JSON body. */
export function readReason(call: CanaryCall, text: string): string | undefined {
  if (text === '') return undefined;
  requireType(call.request, ['application/json']);
  const parsed = parseReason(parseBody(text));
  if (!parsed.valid) throw invalid(call.key.name, parsed.faults);
  return parsed.value;
}
