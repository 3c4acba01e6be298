import { guardRequest } from '../injection/decision.ts';
import { mutatePod, type Outcome, skipped } from '../injection/mutate-pod.ts';
import type { Planned } from '../injection/plan.ts';
import type { RawPod } from '../injection/pod.ts';
import type { Reason } from '../injection/reasons.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template/template-cache.ts';
import { type AdmissionResponse, allowed, denied, patched, withAudit, withWarnings } from './response.ts';
import type { AdmissionRequest } from './review.ts';

/** What handling a request needs from outside. */
export interface ReviewTools {
  /** The templates and the record of the caller's Kubernetes cluster; asked only for Pods that pass the guards. */
  readonly state: () => Promise<FleetState>;
  readonly plan: (templates: readonly Template[]) => Planned;
}

/** The outcome, and the response to send: none where the cluster's failurePolicy is to decide (HTTP 5xx). */
export interface Handled {
  readonly outcome: Outcome;
  readonly response: AdmissionResponse | undefined;
}

/** Takes a decoded request to its response. Dry runs get the same answer, and nothing here has another effect. */
export async function handleRequest(request: AdmissionRequest, tools: ReviewTools): Promise<Handled> {
  const guard = guardRequest(request);
  const outcome =
    guard === undefined
      ? // The guards have made sure that the object is a map.
        mutatePod(request.object as RawPod, request.namespace, await tools.state(), tools.plan)
      : skipped(guard);
  const response = respond(outcome);
  return {
    outcome,
    response: response && withAudit(withWarnings(response, outcome.warnings), auditOf(outcome)),
  };
}

/** What the Pod may not have, as against what it says wrongly. */
const FORBIDDEN: readonly Reason[] = ['TemplateNotAllowed', 'PrivilegeRaised'];

function respond(outcome: Outcome): AdmissionResponse | undefined {
  const message = `outrigger: ${outcome.sentence} (${outcome.reason})`;
  switch (outcome.verdict) {
    case 'skip':
      return allowed();
    case 'inject':
      return patched(outcome.operations);
    case 'deny':
      return denied(FORBIDDEN.includes(outcome.reason) ? 403 : 400, message);
    case 'fail':
      if (outcome.failureMode === 'Closed') return denied(400, message);
      // The code comes first: a long sentence is cut at the end.
      return outcome.failureMode === 'Open'
        ? withWarnings(allowed(), [`outrigger: ${outcome.reason}: not injected: ${outcome.sentence}`])
        : undefined;
  }
}

function auditOf({ reason, templates }: Outcome): Readonly<Record<string, string>> {
  if (templates.length === 0) return { reason };
  return { reason, templates: templates.map((t) => `${t.name}@${t.version}`).join(',') };
}
