import { own } from '../../json/check.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import type { Template } from '../../template/template.ts';
import type { FleetState } from '../../template-store/cache/fleet-state.ts';
import { INJECT, TEMPLATES } from '../annotations.ts';
import { type DecisionFacts, decisionFacts, TEMPLATES_PER_POD_MAX } from './decision-facts.ts';
import { compileRules } from './holds.ts';
import { matchesPattern } from './namespace-pattern.ts';
import type { Reason } from './reasons.ts';
import type { Choice } from './rule.ts';
import { CHOICES, SUITS } from './rules.ts';

/** What to do with a request, and why. `detail` names the thing that the reason speaks of. */
export type Decision = { readonly warnings: readonly string[] } & (
  | { readonly verdict: 'inject'; readonly choice: Choice; readonly templates: readonly Template[] }
  | { readonly verdict: 'skip'; readonly reason: Reason }
  | { readonly verdict: 'deny'; readonly reason: Reason; readonly detail: string }
  | { readonly verdict: 'fail'; readonly reason: Reason; readonly detail: string }
);

const COMPILED_CHOICES = compileRules(CHOICES);
const COMPILED_SUITS = compileRules(SUITS);
/** Up to here a row can fit without the annotation of names being looked at. */
const NAMED_ROW = CHOICES.findIndex(({ outcome }) => 'choose' in outcome && outcome.choose === 'name');

/**
 * Which templates a Pod gets, by the table in rules.ts: the first row of `CHOICES` that fits decides; then templates that
 * do not suit the Pod (`SUITS`) fall away, and with none left the Pod is skipped.
 *
 * @param asked template names that stand in for the annotation of names (the command line's `--template`)
 */
export function decideInjection(
  pod: RawPod,
  namespace: string,
  state: FleetState,
  asked: readonly string[] | undefined = undefined,
): Decision {
  const facts = decisionFacts(pod, namespace, state, asked);
  const row = COMPILED_CHOICES.findIndex(({ holds }) => holds(facts));
  const warnings = warningsAbout(facts, row);
  const outcome = COMPILED_CHOICES[row]?.rule.outcome;
  if (outcome === undefined) return { verdict: 'skip', reason: 'NoTemplate', warnings };
  if ('skip' in outcome) return { verdict: 'skip', reason: outcome.skip, warnings };
  return withSuitable(chooseTemplates(outcome.choose, facts, state, warnings), facts);
}

/** What the Pod says that no rule understands. */
function warningsAbout({ labels, annotations, named }: DecisionFacts, row: number): readonly string[] {
  const odd = [own(labels, INJECT), own(annotations, INJECT)].some(
    (wish) => wish !== undefined && wish !== 'true' && wish !== 'false',
  );
  const isNamedAsked = row === -1 || row > NAMED_ROW;
  return [
    ...(odd ? [`outrigger: ${INJECT} must be "true" or "false"; the value was ignored`] : []),
    ...(isNamedAsked && named?.length === 0 ? [`outrigger: ${TEMPLATES} names no template and was ignored`] : []),
  ];
}

/** The templates that a row chooses; some of them perhaps twice. */
function chooseTemplates(
  choice: Choice,
  { named = [], matches, namespace }: DecisionFacts,
  state: FleetState,
  warnings: readonly string[],
): Decision {
  if (choice === 'name') return chooseNamed(named, namespace, state, warnings);
  const { record, templates } = state;
  if (choice === 'match') return { verdict: 'inject', choice, templates: matches(), warnings };
  const missing = record.defaultTemplates.find((name) => !templates.has(name));
  if (missing !== undefined) return { verdict: 'fail', reason: 'DefaultTemplateMissing', detail: missing, warnings };
  const defaults = record.defaultTemplates.flatMap((name) => templates.get(name) ?? []);
  return { verdict: 'inject', choice, templates: [...defaults, ...matches()], warnings };
}

function chooseNamed(
  names: readonly string[],
  namespace: string,
  { templates }: FleetState,
  warnings: readonly string[],
): Decision {
  if (names.length > TEMPLATES_PER_POD_MAX) {
    const detail = `at most ${TEMPLATES_PER_POD_MAX} can be named`;
    return { verdict: 'deny', reason: 'TooManyTemplates', detail, warnings };
  }
  const chosen: Template[] = [];
  for (const name of names) {
    const template = templates.get(name);
    const detail = JSON.stringify(name.slice(0, 63));
    if (template === undefined) return { verdict: 'deny', reason: 'UnknownTemplate', detail, warnings };
    if (!template.allow.namespaces.some((pattern) => matchesPattern(pattern, namespace))) {
      return { verdict: 'deny', reason: 'TemplateNotAllowed', detail, warnings };
    }
    chosen.push(template);
  }
  return { verdict: 'inject', choice: 'name', templates: chosen, warnings };
}

/** Drops templates that do not suit the Pod, each once, in their fixed order; a Pod that asked by name is told. */
function withSuitable(decision: Decision, facts: DecisionFacts): Decision {
  if (decision.verdict !== 'inject') return decision;
  const { warnings, choice } = decision;
  const chosen = [...new Set(decision.templates)];
  if (chosen.length === 0) return { verdict: 'skip', reason: 'NoTemplate', warnings };
  let suitable = chosen;
  for (const { rule, holds } of COMPILED_SUITS) {
    if (!holds(facts)) continue;
    const { unless, skip } = rule.outcome;
    suitable = suitable.filter(({ allow }) => allow[unless]);
    const told = choice === 'name' ? [...warnings, `outrigger: not injected: ${skip}`] : warnings;
    if (suitable.length === 0) return { verdict: 'skip', reason: skip, warnings: told };
  }
  const left = chosen.filter((t) => !suitable.includes(t)).map((t) => t.name);
  const about = left.length === 0 ? [] : [`outrigger: not applied to this kind of Pod: ${left.join(', ')}`];
  const templates = suitable.toSorted((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  return { ...decision, templates, warnings: [...warnings, ...about] };
}
