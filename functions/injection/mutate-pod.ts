import type { Operation } from 'fast-json-patch';
import type { Owner } from '../kubernetes/owner.ts';
import { mapOf, type RawPod } from '../kubernetes/pod.ts';
import type { FailureMode, Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import { admissionAddsOf } from './apply/admission-adds.ts';
import { type Former, type FormerVersions, formerByStatus, formerOf } from './apply/former.ts';
import { injectPlan } from './apply/inject.ts';
import { excessOf } from './apply/patch-size.ts';
import { contextOf } from './context.ts';
import { type Decision, decideInjection } from './decide/decision.ts';
import { REASONS, type Reason } from './decide/reasons.ts';
import type { Choice } from './decide/rule.ts';
import { readParameters } from './parameters.ts';
import { warningsAboutJob, withoutNativeSidecars } from './plan/legacy-sidecars.ts';
import type { Planned } from './plan/plan.ts';
import { warningsAboutSecurity } from './prove/security-warnings.ts';
import { findPatchFaultOnce } from './prove/verify-once.ts';
import { renderTemplates } from './render-templates.ts';

/** Warnings about what the Pod's containers say themselves; the API server cuts all warnings at 4 KB. */
const WARNINGS_MAX = 8;

/** What becomes of a Pod. `reason` and `sentence` say why; `templates` are those that were applied or failed. */
export interface Outcome {
  readonly verdict: 'inject' | 'skip' | 'deny' | 'fail';
  readonly reason: Reason;
  /** The reason for people, with the name of the thing that it speaks of. */
  readonly sentence: string;
  readonly templates: readonly Template[];
  /** How the templates were chosen, where any were. */
  readonly choice?: Choice;
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
  /** With `fail`: the strictest of the templates' failure modes. */
  readonly failureMode: FailureMode;
}

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

/** Whether what earlier versions of the templates made could make another outcome of it. */
export function needsHistory({ reason }: Outcome): boolean {
  return reason === 'ContainerNameConflict' || reason === 'VolumeNameConflict';
}

/** What a conflict becomes where it cannot be found out whether an earlier version made what is in the way. */
export function withoutHistory(conflict: Outcome): Outcome {
  const reason = 'TemplateStoreUnavailable';
  const name = conflict.sentence.slice(REASONS[conflict.reason].length).replace(/^: /, '');
  const sentence = `${REASONS[reason]}: whether an earlier version made ${name} is not known`;
  return { ...conflict, reason, sentence };
}

/** An outcome without a Pod's change, for guards that need no template. */
export function skipped(reason: Reason): Outcome {
  return outcome('skip', reason, {});
}

function outcomeOf(decision: Exclude<Decision, { verdict: 'inject' }>): Outcome {
  const { verdict, reason, warnings } = decision;
  return outcome(verdict, reason, { warnings, ...('detail' in decision ? { detail: decision.detail } : {}) });
}

function outcome(
  verdict: Outcome['verdict'],
  reason: Reason,
  more: Partial<Omit<Outcome, 'sentence'>> & { readonly detail?: string },
): Outcome {
  const { detail, ...rest } = more;
  return {
    verdict,
    reason,
    sentence: detail === undefined ? REASONS[reason] : `${REASONS[reason]}: ${detail}`,
    templates: [],
    operations: [],
    warnings: [],
    failureMode: 'Defer',
    ...rest,
  };
}

/** Closed beats Defer beats Open: a Pod that must not run without a template does not, whatever the others allow. */
function strictest(templates: readonly Template[]): FailureMode {
  const modes = templates.map((t) => t.failureMode);
  if (modes.includes('Closed')) return 'Closed';
  return modes.every((mode) => mode === 'Open') ? 'Open' : 'Defer';
}
