import type { Owner } from '../kubernetes/owner.ts';
import { mapOf, type RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import { admissionAddsOf } from './apply/admission-adds.ts';
import { type Former, type FormerVersions, formerByStatus, formerOf } from './apply/former.ts';
import { injectPlan } from './apply/inject.ts';
import { excessOf } from './apply/patch-size.ts';
import { contextOf } from './context.ts';
import { decideInjection } from './decide/decision.ts';
import type { Reason } from './decide/reasons.ts';
import { type Outcome, outcome, outcomeOf, strictest } from './outcome.ts';
import { readParameters } from './parameters.ts';
import { warningsAboutJob, withoutNativeSidecars } from './plan/legacy-sidecars.ts';
import type { Planned } from './plan/plan.ts';
import { warningsAboutSecurity } from './prove/security-warnings.ts';
import { findPatchFaultOnce } from './prove/verify-once.ts';
import { renderTemplates } from './render-templates.ts';

/** Warnings about what the Pod's containers say themselves; the API server cuts all warnings at 4 KB. */
const WARNINGS_MAX = 8;

/**
 * Decides, injects and verifies: everything that happens to a Pod, for the webhook and the command line alike.
 *
 * @param pod used up: a verified patch may have been applied to it
 * @param plan makes or remembers plans
 * @param asked template names that stand in for the Pod's annotation
 * @param owner whose the Pod will be, where it is not made yet
 * @param versions earlier versions of the templates, or that the Pod's status annotation is believed
 */
export function mutatePod(
  pod: RawPod,
  namespace: string,
  state: FleetState,
  plan: (templates: readonly Template[]) => Planned,
  asked?: readonly string[],
  owner?: Owner,
  versions?: FormerVersions | 'status',
): Outcome {
  const decision = decideInjection(pod, namespace, state, asked);
  if (decision.verdict !== 'inject') return outcomeOf(decision);
  const { choice } = decision;
  const read = readParameters(decision.templates, mapOf(mapOf(pod, 'metadata'), 'annotations'));
  const deny = (reason: Reason, detail: string): Outcome =>
    outcome('deny', reason, { detail, choice, templates: decision.templates, warnings: decision.warnings });
  if ('invalid' in read) return deny('InvalidParameter', read.invalid);
  const made = renderTemplates(decision.templates, read.values, contextOf(pod, namespace, state, owner));
  if ('raised' in made) return deny('PrivilegeRaised', made.raised);
  const rendered = 'failed' in made ? decision.templates : made.templates;
  const templates = state.record.nativeSidecars ? rendered : withoutNativeSidecars(rendered);
  const aboutSecurity = warningsAboutSecurity(pod, namespace, templates, state.record.podSecurity);
  let warnings = [
    ...decision.warnings,
    ...read.warnings,
    ...warningsAboutJob(pod, templates, owner),
    ...aboutSecurity.slice(0, WARNINGS_MAX),
  ];
  const fail = (reason: Reason, detail: string): Outcome =>
    outcome('fail', reason, { detail, choice, templates, warnings, failureMode: strictest(templates) });

  if ('failed' in made) return fail('RenderFailed', made.failed);
  const planned = plan(templates);
  if ('conflict' in planned) return fail('TemplateConflict', planned.conflict);
  const adds = admissionAddsOf(state.record);
  const injection = injectPlan(pod, planned.plan, adds, formerFor());
  if ('reason' in injection) return fail(injection.reason, injection.detail);
  const { operations } = injection;
  warnings = [...warnings, ...(injection.warnings ?? []).slice(0, WARNINGS_MAX)];
  if (operations.length === 0) return outcome('inject', 'AlreadyInjected', { choice, templates, warnings });
  const excess = excessOf(operations);
  if (excess !== undefined) return fail('PatchTooLarge', excess);
  const fault = findPatchFaultOnce(pod, operations, planned.plan, adds);
  if (fault !== undefined) return fail('VerificationFailed', fault);
  return outcome('inject', 'Injected', { choice, templates, warnings, operations });

  function formerFor(): Former | undefined {
    if (versions === undefined) return undefined;
    if (versions === 'status') return formerByStatus(pod, templates);
    return formerOf(templates, versions, (version) => {
      const { nativeSidecars } = state.record;
      const its = readParameters([version], mapOf(mapOf(pod, 'metadata'), 'annotations'));
      const then =
        'invalid' in its ? its : renderTemplates([version], its.values, contextOf(pod, namespace, state, owner));
      if (!('templates' in then)) return undefined;
      const [one] = nativeSidecars ? then.templates : withoutNativeSidecars(then.templates);
      return one;
    });
  }
}
