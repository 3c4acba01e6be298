import { guardRequest } from '../injection/decision.ts';
import { mutatePod, type Outcome, skipped } from '../injection/mutate-pod.ts';
import { AbridgedPodError } from '../injection/ownership.ts';
import type { Planned } from '../injection/plan.ts';
import type { RawPod } from '../injection/pod.ts';
import type { Reason } from '../injection/reasons.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template/template-cache.ts';
import { type AdmissionResponse, allowed, denied, patched, withAudit, withWarnings } from './response.ts';
import type { AdmissionRequest } from './review.ts';

/** Stands on every answer that rests on the snapshot. */
const SNAPSHOT_WARNING = 'outrigger: the template store cannot be read; the snapshot of the deployment decided';

/** What handling a request needs from outside. */
export interface ReviewTools {
  /** The templates and the record of the caller's Kubernetes cluster; asked only for Pods that pass the guards. */
  readonly state: () => Promise<FleetState>;
  readonly plan: (templates: readonly Template[]) => Planned;
  /** The request with nothing left out; asked where the managedFields matter. */
  readonly whole: () => AdmissionRequest;
}

/** The outcome, and the response to send: none where the cluster's failurePolicy is to decide (HTTP 5xx). */
export interface Handled {
  readonly outcome: Outcome;
  readonly response: AdmissionResponse | undefined;
}

/** Takes a decoded request to its response. Dry runs get the same answer, and nothing here has another effect. */
export async function handleRequest(request: AdmissionRequest, tools: ReviewTools): Promise<Handled> {
  const guard = guardRequest(request);
  const outcome = guard === undefined ? await mutate(request, tools) : skipped(guard);
  const response = respond(outcome);
  return {
    outcome,
    response: response && withAudit(withWarnings(response, outcome.warnings), auditOf(outcome)),
  };
}

/** Mutates the Pod as it was decoded; where that is not enough, the whole of it. */
async function mutate(request: AdmissionRequest, tools: ReviewTools): Promise<Outcome> {
  const state = await tools.state();
  // The guards have made sure that the object is a map.
  const once = (from: AdmissionRequest): Outcome => mutatePod(from.object as RawPod, from.namespace, state, tools.plan);
  const outcome = firstOr(
    () => once(request),
    () => once(tools.whole()),
  );
  return state.isSnapshot ? { ...outcome, warnings: [...outcome.warnings, SNAPSHOT_WARNING] } : outcome;
}

/** The first result; where it asks for what was left out of an abridged Pod, the second. */
function firstOr(abridged: () => Outcome, whole: () => Outcome): Outcome {
  try {
    return abridged();
  } catch (error) {
    if (error instanceof AbridgedPodError) return whole();
    throw error;
  }
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
