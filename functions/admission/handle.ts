import type { FormerVersions } from '../injection/apply/former.ts';
import type { ChannelChoice } from '../injection/channel.ts';
import { workloadOf } from '../injection/context.ts';
import { guardRequest } from '../injection/decide/guards.ts';
import type { Reason } from '../injection/decide/reasons.ts';
import { type ChannelOutcome, mutateByChannel } from '../injection/mutate-by-channel.ts';
import { needsHistory, type Outcome, skipped } from '../injection/outcome.ts';
import type { Planned } from '../injection/plan/plan.ts';
import { type ShadowResult, tryShadow, versionsOf } from '../injection/shadow.ts';
import type { AdmissionRequest } from '../kubernetes/admission-request.ts';
import { AbridgedPodError } from '../kubernetes/ownership.ts';
import type { RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import { type AdmissionResponse, allowed, denied, patched, withAudit, withWarnings } from './response.ts';
import { withHistory } from './with-history.ts';

/** Stands on every response that rests on the snapshot. */
const SNAPSHOT_WARNING = 'outrigger: the template store cannot be read; the snapshot of the deployment decided';

/** Who a state is for: a Pod outside the share of a next channel need not wait for it. */
export interface StateSubject {
  readonly namespace: string;
  /** The name of the Pod's workload; asked only where there is a next channel. */
  readonly owner: () => string;
}

/** What handling a request needs from outside. */
export interface ReviewTools {
  /** The templates and the record of the caller's Kubernetes cluster; asked only for Pods that pass the guards. */
  readonly state: (subject: StateSubject) => Promise<FleetState>;
  /** Throws where the caller's token is known to be retired; asked where the state is not. */
  readonly refuseRetired: () => Promise<void>;
  readonly plan: (templates: readonly Template[]) => Planned;
  /** The request with nothing left out, decoded again; asked where the managedFields matter, and for the shadow. */
  readonly whole: () => AdmissionRequest;
  /**
   * Earlier versions of a template, the hinted one first; asked only for what stands in its way in the Pod. Throws
   * TemplateStoreError where they cannot be read in time. Absent: none are known.
   */
  readonly versionsOf?: (name: string, hint: string | undefined) => Promise<readonly Template[]>;
  /** Whether the caller's time allows for trying the next channel as well. */
  readonly hasRoomForShadow: () => boolean;
}

/** The outcome, and the response to send: none where the cluster's failurePolicy is to decide (HTTP 5xx). */
export interface Handled {
  readonly outcome: Outcome;
  readonly response: AdmissionResponse | undefined;
  /** Which channel's templates were decided with; undefined where a guard decided without any. */
  readonly choice?: ChannelChoice;
  /** How the next channel would have done, where it is in shadow mode. */
  readonly shadow?: ShadowResult;
}

/** Takes a decoded request to its response. Dry runs get the same response, and nothing here has another effect. */
export async function handleRequest(request: AdmissionRequest, tools: ReviewTools): Promise<Handled> {
  const guard = guardRequest(request);
  if (guard !== undefined) {
    await tools.refuseRetired();
    const outcome = skipped(guard);
    return { outcome, response: responseTo(outcome) };
  }
  const { namespace } = request;
  const state = await tools.state({ namespace, owner: () => workloadOf(podOf(request)) });
  const first = mutate(request, state, tools);
  const served = needsHistory(first.outcome)
    ? await withHistory(first, podOf(request), tools.versionsOf, (versions) => mutate(request, state, tools, versions))
    : first;
  const { outcome, choice } = served;
  const response = responseTo(outcome, choice);
  // Last, when the response is made: whatever becomes of it can change nothing.
  const shadow = tryShadow(served, () => podOf(tools.whole()), tools.hasRoomForShadow);
  return { outcome, response, choice, ...(shadow && { shadow }) };
}

/** Mutates the Pod as it was decoded; where that is not enough, the whole of it. */
function mutate(
  request: AdmissionRequest,
  state: FleetState,
  { plan, whole }: ReviewTools,
  versions?: FormerVersions,
): ChannelOutcome {
  const once = (from: AdmissionRequest): ChannelOutcome =>
    mutateByChannel(podOf(from), from.namespace, state, { plan, versions });
  const done = firstOr(
    () => once(request),
    () => once(whole()),
  );
  if (state.isSnapshot !== true) return done;
  return { ...done, outcome: { ...done.outcome, warnings: [...done.outcome.warnings, SNAPSHOT_WARNING] } };
}

/** The guards have made sure that the object is a map. */
function podOf({ object }: AdmissionRequest): RawPod {
  return object as RawPod;
}

/** The first result; where it asks for what was left out of an abridged Pod, the second. */
function firstOr<T>(abridged: () => T, whole: () => T): T {
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

function responseTo(outcome: Outcome, choice?: ChannelChoice): AdmissionResponse | undefined {
  const response = respond(outcome);
  return response && withAudit(withWarnings(response, outcome.warnings), auditOf(outcome, choice));
}

function auditOf(outcome: Outcome, choice: ChannelChoice | undefined): Readonly<Record<string, string>> {
  const { reason } = outcome;
  if (outcome.templates.length === 0) return { reason };
  return { reason, templates: versionsOf(outcome).join(','), ...(choice && { channel: choice.channel }) };
}
