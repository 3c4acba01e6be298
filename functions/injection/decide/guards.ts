import { isRecord } from '../../json/faults.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-request.ts';
import { type Facts, podFacts } from './facts.ts';
import { compileRules } from './holds.ts';
import { GUARDS, type SkipReason } from './rules.ts';

const COMPILED = compileRules(GUARDS);

/** The first guard that holds of a request, before any template or record is read; undefined when all are passed. */
export function guardRequest(request: AdmissionRequest): SkipReason | undefined {
  const facts = guardFacts(request);
  return COMPILED.find(({ holds }) => holds(facts))?.rule.outcome.skip;
}

/** What the guards are asked about. */
export function guardFacts(request: AdmissionRequest): Facts {
  const { kind, resource, subResource, operation, object, namespace } = request;
  const pod = isRecord(object) ? object : {};
  return {
    ...podFacts(pod, namespace),
    request: { kind, resource, subResource, operation, hasObject: isRecord(object) },
  };
}
