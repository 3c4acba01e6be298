import { INJECT, MIRROR, TEMPLATES } from '../../functions/injection/annotations.ts';
import type { ClusterRecord } from '../../functions/template/cluster-record.ts';
import type { LabelSelector } from '../../functions/template/selector.ts';
import type { Template, TemplateMatch } from '../../functions/template/template.ts';
import { celText, celValue } from './cel.ts';

/** A condition of a policy, by a name that the API server's errors and metrics say. */
export interface CelCondition {
  readonly name: string;
  readonly expression: string;
}

/** What of a cluster record decides who gets a template. */
export type Chooser = Pick<ClusterRecord, 'policy' | 'defaultTemplates' | 'neverSelectors' | 'alwaysSelectors'>;

// matchConditions know no variables of the policy.
const LABELS = 'object.metadata.?labels.orValue({})';
const ANNOTATIONS = 'object.metadata.?annotations.orValue({})';
const NAMES = `object.metadata.?annotations[?${celText(TEMPLATES)}].orValue("").split(",").map(n, n.trim())`;

/**
 * Who gets a template: the guards of functions/injection/guards.ts and the truth table of functions/injection/decision.ts
 * for this one template. What other templates a Pod names is not looked at.
 */
export function celSelection(template: Template, chooser: Chooser): readonly CelCondition[] {
  const { hostNetwork, windows } = template.allow;
  const os = 'object.spec.?nodeSelector[?"kubernetes.io/os"].orValue("")';
  return [
    { name: 'not-a-mirror-pod', expression: `!(${celText(MIRROR)} in ${ANNOTATIONS})` },
    { name: 'not-opted-out', expression: `!(${celWish('false')})` },
    { name: 'chosen', expression: celChosen(template, chooser) },
    ...(hostNetwork
      ? []
      : [{ name: 'not-on-the-host-network', expression: '!object.spec.?hostNetwork.orValue(false)' }]),
    ...(windows
      ? []
      : [
          {
            name: 'not-on-windows',
            expression: `object.spec.?os.?name.orValue("") != "windows" && ${os} != "windows"`,
          },
        ]),
  ];
}

/** CEL: whether the Pod's annotation names this template. */
export function celIsNamed(name: string): string {
  return `${NAMES}.exists(n, n == ${celText(name)})`;
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

/** Rows 2 to 6 of the truth table. */
function celChosen(template: Template, { policy, defaultTemplates, neverSelectors, alwaysSelectors }: Chooser): string {
  const isAsked = celWish('true');
  const never = anySelector(neverSelectors);
  const match = template.match === undefined ? 'false' : celMatch(template.match);
  const isDefault = defaultTemplates.includes(template.name);
  const always = policy === 'enabled' ? 'true' : anySelector(alwaysSelectors);
  const free = isDefault ? either(always, match) : match;
  const unnamed = isDefault ? either(isAsked, both(negated(never), free)) : both(free, either(isAsked, negated(never)));
  return `${NAMES}.exists(n, n != "") ? ${celIsNamed(template.name)} : (${unnamed})`;
}

function celMatch({ namespaces, excludeNamespaces, podSelector }: TemplateMatch): string {
  return [
    ...(namespaces === undefined ? [] : [celAnyNamespace(namespaces)]),
    ...(excludeNamespaces === undefined ? [] : [negated(celAnyNamespace(excludeNamespaces))]),
    ...(podSelector === undefined ? [] : [celSelector(podSelector)]),
  ].reduce(both, 'true');
}

function anySelector(selectors: readonly LabelSelector[]): string {
  return selectors.map(celSelector).reduce(either, 'false');
}

/** As Kubernetes has it: an absent label is not in any set. */
function celSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  const isIn = (key: string, values: readonly string[]): string =>
    `(${celText(key)} in ${LABELS} && object.metadata.labels[${celText(key)}] in ${celValue(values)})`;
  const expressions = matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'In') return isIn(key, values);
    if (operator === 'NotIn') return `!${isIn(key, values)}`;
    return operator === 'Exists' ? `(${celText(key)} in ${LABELS})` : `!(${celText(key)} in ${LABELS})`;
  });
  return [...[...matchLabels].map(([key, value]) => isIn(key, [value])), ...expressions].reduce(both, 'true');
}

/** CEL: whether the Pod says so by label or annotation. */
function celWish(wish: 'true' | 'false'): string {
  const said = ['labels', 'annotations'].map(
    (map) => `object.metadata.?${map}[?${celText(INJECT)}].orValue("") == "${wish}"`,
  );
  return said.join(' || ');
}

function both(a: string, b: string): string {
  if (a === 'true' || b === 'false') return b;
  return b === 'true' || a === 'false' ? a : `(${a}) && (${b})`;
}

function either(a: string, b: string): string {
  if (a === 'false' || b === 'true') return b;
  return b === 'false' || a === 'true' ? a : `(${a}) || (${b})`;
}

function negated(condition: string): string {
  if (condition === 'true') return 'false';
  return condition === 'false' ? 'true' : `!(${condition})`;
}
