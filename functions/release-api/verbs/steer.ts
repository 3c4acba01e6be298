import { parsePromotion } from '../../canary/document/parse-weights.ts';
import type { HttpResult } from '../../http/result.ts';
import { type Steering, type SteerReadiness, type SteerVerb, steerRelease } from '../../releases/steer-release.ts';
import type { CanaryCall } from '../call.ts';
import { parseBody, readText, requireType } from '../request/body.ts';
import { ApiError, invalid } from '../response/api-error.ts';
import { responseTo, showCanary } from '../response/outcome.ts';
import { withWarnings } from '../response/warning.ts';
import { type FindCallers, findCallers } from './callers.ts';
import { findBackends, findFreezes, readForce, warnOfReadiness } from './readiness.ts';
import { readTerms } from './terms.ts';
import { readReason } from './weight-requests.ts';

/** Those that may give the canary a larger share: its Pods are looked at. */
const RAISING: ReadonlySet<SteerVerb> = new Set(['promote', 'resume', 'skip']);

/** `POST …/start`, `promote`, `pause`, `resume`, `skip` and `undo`: what people do with a release that advances by itself. */
export async function postSteer(call: CanaryCall, verb: SteerVerb): Promise<HttpResult> {
  const text = readText(call.request);
  const steering = readSteering(call, verb, text);
  const terms = readTerms(call, text, showCanary);
  const force = readForce(call.request);
  if (verb === 'start') {
    const [callers, frozen] = await Promise.all([findCallers(call), findFreezes(call)]);
    const readiness = { ...uncountedBy(callers), frozen, force };
    const outcome = await steerRelease(call, verb, steering, terms, readiness);
    const result = responseTo(outcome, call.key, showCanary);
    if (outcome.outcome === 'refused' || outcome.outcome === 'replayed') return result;
    return withWarnings(result, unknownCallers(callers(outcome.canary, call.moment.now)));
  }
  if (!RAISING.has(verb)) {
    if (force !== undefined) throw new ApiError('BadRequest', `there is nothing to force: ${verb} raises no weight`);
    return responseTo(await steerRelease(call, verb, steering, terms), call.key, showCanary);
  }
  const [found, frozen] = await Promise.all([findBackends(call), findFreezes(call)]);
  const outcome = await steerRelease(call, verb, steering, terms, { found, frozen, force });
  return warnOfReadiness(call, outcome, found, responseTo(outcome, call.key, showCanary));
}

/** What a body holds besides the reason only a promotion knows. Throws ApiError. */
function readSteering(call: CanaryCall, verb: SteerVerb, text: string): Steering {
  if (verb !== 'promote' || text === '') return { reason: readReason(call, text) };
  requireType(call.request, ['application/json']);
  const parsed = parsePromotion(parseBody(text));
  if (!parsed.valid) throw invalid(call.key.name, parsed.faults);
  return parsed.value;
}

/** A start gives no share: what its steps need of the backends is looked at before each of them. */
function uncountedBy(callers: FindCallers): Pick<SteerReadiness, 'found' | 'uncounted'> {
  return {
    found: () => undefined,
    uncounted: (canary, now) => {
      const condition = callers(canary, now);
      return condition?.status === 'True' ? condition.message : undefined;
    },
  };
}

/** A release without any caller that is known goes no further than its baseline. */
function unknownCallers(found: ReturnType<FindCallers>): readonly string[] {
  if (found?.status !== 'Unknown') return [];
  return [`${found.message}: the release waits at its baseline until callers' proxies report`];
}
