import type { AdmissionRequest } from '../../admission/review.ts';
import { isRecord } from '../../faults.ts';
import { podFacts, type RequestFacts } from './facts.ts';
import { compileRules } from './holds.ts';
import { GUARDS, type SkipReason } from './rules.ts';

const COMPILED = compileRules(GUARDS);

/** The first guard that holds of a request, before any template or record is read; undefined when all are passed. */
export function guardRequest(request: AdmissionRequest): SkipReason | undefined {
  const facts = { ...podFacts(podIn(request), request.namespace), request: requestFacts(request) };
  return COMPILED.find(({ holds }) => holds(facts))?.rule.outcome.skip;
}

/** What the rules look at of a request. */
function requestFacts({ kind, resource, subResource, operation, object }: AdmissionRequest): RequestFacts {
  return { kind, resource, subResource, operation, hasObject: isRecord(object) };
}

function podIn({ object }: AdmissionRequest): Readonly<Record<string, unknown>> {
  return isRecord(object) ? object : {};
}
