import type { ClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { both, negated } from '../../../functions/injection/decide/cel-logic.ts';
import {
  type CelCondition,
  type CelRecord,
  celChoice,
  celNames,
  celSelector,
  celSkips,
  celUnsuited,
} from '../../../functions/injection/decide/cel-rules.ts';
import type { Template, TemplateMatch } from '../../../functions/template/template.ts';
import { celText, celValue } from './cel.ts';

/** What of a cluster record decides who gets a template. */
export type Chooser = CelRecord & Pick<ClusterRecord, 'defaultTemplates'>;

/**
 * Who gets a template: the table of functions/injection/decide/rules.ts for this one template. What other templates a Pod
 * names is not looked at.
 */
export function celSelection(template: Template, chooser: Chooser): readonly CelCondition[] {
  return [
    ...celSkips(celText),
    { name: 'chosen', expression: celChosen(template, chooser) },
    ...celUnsuited(celText, template.allow).map(({ name, condition }) => ({
      name,
      expression: condition.no,
    })),
  ];
}

/** CEL: whether the Pod's annotation names this template. */
export function celIsNamed(name: string): string {
  return `${celNames(celText)}.exists(n, n == ${celText(name)})`;
}

/** CEL: whether the namespace fits one of the patterns; `true` and `false` where that is no question. */
export function celAnyNamespace(patterns: readonly string[]): string {
  if (patterns.some((pattern) => /^\*+$/.test(pattern))) return 'true';
  const names = patterns.filter((pattern) => !pattern.includes('*'));
  // Patterns hold lower-case letters, digits, `-` and `*` alone (parseTemplate); CEL's regular expressions are linear.
  const globs = patterns.filter((pattern) => pattern.includes('*'));
  const conditions = [
    ...(names.length === 0 ? [] : [`request.namespace in ${celValue(names)}`]),
    ...globs.map((glob) => `request.namespace.matches(${celText(`^${glob.replaceAll(/\*+/g, '.*')}$`)})`),
  ];
  return conditions.length === 0 ? 'false' : conditions.join(' || ');
}

function celChosen(template: Template, record: Chooser): string {
  const match = template.match === undefined ? 'false' : celMatch(template.match);
  const isDefault = record.defaultTemplates.includes(template.name);
  const chosen = { name: celIsNamed(template.name), default: isDefault ? 'true' : match, match };
  return celChoice(celText, { record, match, of: (choice) => chosen[choice] });
}

function celMatch({ namespaces, excludeNamespaces, podSelector }: TemplateMatch): string {
  return [
    ...(namespaces === undefined ? [] : [celAnyNamespace(namespaces)]),
    ...(excludeNamespaces === undefined ? [] : [negated(celAnyNamespace(excludeNamespaces))]),
    ...(podSelector === undefined ? [] : [celSelector(celText, podSelector)]),
  ].reduce(both, 'true');
}
