import type { Operation } from 'fast-json-patch';
import type { FailureMode, Template } from '../template/template.ts';
import type { Decision } from './decide/decision.ts';
import { REASONS, type Reason } from './decide/reasons.ts';
import type { Choice } from './decide/rule.ts';

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

/** An outcome with a reason and, for what is not given, nothing. `detail` names the thing that the reason speaks of. */
export function outcome(
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
export function strictest(templates: readonly Template[]): FailureMode {
  const modes = templates.map((t) => t.failureMode);
  if (modes.includes('Closed')) return 'Closed';
  return modes.every((mode) => mode === 'Open') ? 'Open' : 'Defer';
}

/** The outcome of a decision not to inject. */
export function outcomeOf(decision: Exclude<Decision, { verdict: 'inject' }>): Outcome {
  const { verdict, reason, warnings } = decision;
  return outcome(verdict, reason, { warnings, ...('detail' in decision ? { detail: decision.detail } : {}) });
}
