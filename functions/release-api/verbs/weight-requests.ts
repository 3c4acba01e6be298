import type { Canary } from '../../canary/canary.ts';
import { parseReason, parseRetry, parseWeights, type WeightsRequest } from '../../canary/document/parse-weights.ts';
import type { HttpResult } from '../../http/result.ts';
import type { Parsed } from '../../json/faults.ts';
import { type Retry, retryRelease } from '../../releases/retry-release.ts';
import { setReleaseWeights } from '../../releases/set-release-weights.ts';
import type { CanaryCall } from '../call.ts';
import { parseBody, readText, requireType } from '../request/body.ts';
import { ApiError, invalid } from '../response/api-error.ts';
import { responseTo, type Show, showCanary } from '../response/outcome.ts';
import { answer } from '../response/response.ts';
import { findBackends, findFreezes, readForce, warnOfReadiness } from './readiness.ts';
import { readTerms } from './terms.ts';

const showWeights: Show = (canary) => answer(200, weightsDocument(canary), canary.metadata.resourceVersion);

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
  const text = readText(call.request);
  const document = parseBody(text);
  if (call.request.header('if-match') === undefined) {
    throw new ApiError('PreconditionRequired', 'weights are set with If-Match: the ETag of what was read before');
  }
  // What the numbers may be only the canary knows.
  const wanted = ({ spec }: Canary): Parsed<WeightsRequest> => parseWeights(document, spec.totalWeight);
  const terms = readTerms(call, text, showWeights);
  const force = readForce(call.request);
  const [found, frozen] = await Promise.all([findBackends(call), findFreezes(call)]);
  const readiness = { found, frozen, force };
  const outcome = await setReleaseWeights(call, wanted, terms, readiness);
  const result = responseTo(outcome, call.key, showWeights);
  return warnOfReadiness(call, outcome, readiness.found, result);
}

/** `POST …/retry`: a failed canary begins again at 100/0. */
export async function postRetry(call: CanaryCall): Promise<HttpResult> {
  const text = readText(call.request);
  const retry = readRetry(call, text);
  const readiness = { force: readForce(call.request), frozen: await findFreezes(call) };
  const outcome = await retryRelease(call, retry, readTerms(call, text, showCanary), readiness);
  return responseTo(outcome, call.key, showCanary);
}

/** The optional JSON body of a retry. */
function readRetry(call: CanaryCall, text: string): Retry {
  if (text === '') return {};
  requireType(call.request, ['application/json']);
  const parsed = parseRetry(parseBody(text));
  if (!parsed.valid) throw invalid(call.key.name, parsed.faults);
  return parsed.value;
}

/** The reason in an optional JSON body. */
export function readReason(call: CanaryCall, text: string): string | undefined {
  if (text === '') return undefined;
  requireType(call.request, ['application/json']);
  const parsed = parseReason(parseBody(text));
  if (!parsed.valid) throw invalid(call.key.name, parsed.faults);
  return parsed.value;
}
