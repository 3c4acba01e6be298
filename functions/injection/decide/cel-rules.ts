import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import type { LabelSelector } from '../../kubernetes/selector.ts';
import type { TemplateAllow } from '../../template/template.ts';
import { TEMPLATES } from '../annotations.ts';
import { both, type Cel, celAll, celAny, celOf, either, type Quote } from './cel-logic.ts';
import { type Reading, readCondition } from './condition.ts';
import type { Choice } from './rule.ts';
import { CHOICES, GUARDS, SUITS } from './rules.ts';

/** A condition of a webhook or policy in CEL, by a name that the API server's errors and metrics show. */
export interface CelCondition {
  readonly name: string;
  readonly expression: string;
}

/** What of a cluster record decides who gets a template. */
export type CelRecord = Pick<ClusterRecord, 'policy' | 'neverSelectors' | 'alwaysSelectors'>;

/** What the rows that choose become, for each Pod that is asked about. */
export interface CelOutcomes {
  readonly record: CelRecord;
  /** CEL: whether the `match` of the template fits the Pod. */
  readonly match: string;
  /** CEL of what is asked, for the Pods of a row that chooses so. */
  readonly of: (choice: Choice) => string;
}

// matchConditions know no variables of a policy: everything is written out.
const ANNOTATIONS = 'object.metadata.?annotations.orValue({})';
const LABELS = 'object.metadata.?labels.orValue({})';
const NO_RECORD: CelOutcomes = {
  record: { policy: 'disabled', neverSelectors: [], alwaysSelectors: [] },
  match: 'false',
  of: () => 'true',
};
const FIRST_CHOICE = CHOICES.findIndex(({ outcome }) => 'choose' in outcome);

/** The guards, and the rows that skip before any row chooses, each as a condition of its own: `not-opted-out`. */
export function celSkips(quote: Quote): readonly CelCondition[] {
  const reading = celReading(quote, NO_RECORD);
  const named = [
    ...GUARDS.flatMap(({ cel, when }) => (cel === undefined ? [] : [{ name: cel, when }])),
    ...CHOICES.slice(0, FIRST_CHOICE).flatMap(({ outcome, when }) =>
      'skip' in outcome
        ? [{ name: `not${outcome.skip.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, when }]
        : [],
    ),
  ];
  return named.map(({ name, when }) => ({ name, expression: readCondition(when, reading).no }));
}

/** All rows from the first one that chooses, folded from the last one upward into one expression. */
export function celChoice(quote: Quote, outcomes: CelOutcomes): string {
  const reading = celReading(quote, outcomes);
  return CHOICES.slice(FIRST_CHOICE).reduceRight((rest, { when, outcome }) => {
    const then = 'choose' in outcome ? outcomes.of(outcome.choose) : 'false';
    return celWhen(readCondition(when, reading), then, rest);
  }, 'false');
}

/** The Pods that a template does not suit, by the names of their conditions in alphabetical order. */
export function celUnsuited(
  quote: Quote,
  allow: Omit<TemplateAllow, 'namespaces'>,
): readonly { readonly name: string; readonly condition: Cel }[] {
  const reading = celReading(quote, NO_RECORD);
  return SUITS.filter(({ outcome }) => !allow[outcome.unless])
    .map(({ cel, when }) => ({ name: cel, condition: readCondition(when, reading) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** CEL: the names in the Pod's annotation of templates. */
export function celNames(quote: Quote): string {
  return `object.metadata.?annotations[?${quote(TEMPLATES)}].orValue(${quote('')}).split(${quote(',')}).map(n, n.trim())`;
}

/** CEL: whether a label selector matches the Pod. As Kubernetes has it: an absent label is not in any set. */
export function celSelector(quote: Quote, { matchLabels, matchExpressions }: LabelSelector): string {
  const isIn = (key: string, values: readonly string[]): string =>
    `(${quote(key)} in ${LABELS} && object.metadata.labels[${quote(key)}] in ${celTexts(quote, values)})`;
  const expressions = matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'In') return isIn(key, values);
    if (operator === 'NotIn') return `!${isIn(key, values)}`;
    return operator === 'Exists' ? `(${quote(key)} in ${LABELS})` : `!(${quote(key)} in ${LABELS})`;
  });
  return [...[...matchLabels].map(([key, value]) => isIn(key, [value])), ...expressions].reduce(both, 'true');
}

/** A condition of the rules in CEL, for object, request and namespace as admission policies have them. */
function celReading(quote: Quote, { record, match }: CelOutcomes): Reading<Cel> {
  const equals = (value: string, text: string): Cel => ({
    yes: `${value} == ${quote(text)}`,
    no: `${value} != ${quote(text)}`,
  });
  const value = (path: string): string => `object.${path}.orValue(${quote('')})`;
  return {
    all: celAll,
    any: celAny,
    not: ({ yes, no }) => ({ yes: no, no: yes }),
    request: (field, text) => equals(`request.${field}`, text),
    hasObject: () => ({ yes: 'object != null', no: 'object == null' }),
    label: (key, text) => equals(value(`metadata.?labels[?${quote(key)}]`), text),
    annotation: (key, text) => equals(value(`metadata.?annotations[?${quote(key)}]`), text),
    hasAnnotation: (key) => celOf(`${quote(key)} in ${ANNOTATIONS}`),
    spec: (path, wanted) => {
      const steps = path.map((key) => (/^\w+$/.test(key) ? `.?${key}` : `[?${quote(key)}]`)).join('');
      if (wanted !== true) return equals(value(`spec${steps}`), wanted);
      const isSet = `object.spec${steps}.orValue(false)`;
      return { yes: isSet, no: `!${isSet}` };
    },
    namespaceIn: (names) => celOf(`request.namespace in ${celTexts(quote, names)}`),
    policy: (policy) => celOf(String(record.policy === policy)),
    selectors: (list) => celOf(record[list].map((selector) => celSelector(quote, selector)).reduce(either, 'false')),
    templates: (how) => celOf(how === 'match' ? match : `${celNames(quote)}.exists(n, n != ${quote('')})`),
  };
}

/** `condition ? then : (rest)`, without what is no question. */
function celWhen(condition: Cel, then: string, rest: string): string {
  if (condition.yes === 'true' || then === rest) return then;
  if (condition.yes === 'false') return rest;
  if (then === 'false') return both(condition.no, rest);
  if (then === 'true' || then === condition.yes) return either(condition.yes, rest);
  return `${condition.yes} ? ${then} : (${rest})`;
}

function celTexts(quote: Quote, texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}
