import { own } from '../../json/check.ts';
import { matchesLabels } from '../../kubernetes/selector.ts';
import { type Condition, type Reading, readCondition } from './condition.ts';
import { type Facts, fieldAt } from './facts.ts';

/** A condition as a function. */
export type Holds = (facts: Facts) => boolean;

/** Conditions in TypeScript, as the webhook asks them. */
export const HOLDS: Reading<Holds> = {
  all: (parts) => (facts) => parts.every((holds) => holds(facts)),
  any: (parts) => (facts) => parts.some((holds) => holds(facts)),
  not: (holds) => (facts) => !holds(facts),
  request: (field, value) => {
    const path = field.split('.');
    return ({ request }) => fieldAt(request, path) === value;
  },
  hasObject:
    () =>
    ({ request }) =>
      request?.hasObject === true,
  label:
    (key, value) =>
    ({ labels }) =>
      own(labels, key) === value,
  annotation:
    (key, value) =>
    ({ annotations }) =>
      own(annotations, key) === value,
  hasAnnotation:
    (key) =>
    ({ annotations }) =>
      Object.hasOwn(annotations, key),
  spec:
    (path, value) =>
    ({ spec }) =>
      fieldAt(spec, path) === value,
  namespaceIn:
    (names) =>
    ({ namespace }) =>
      names.includes(namespace),
  policy:
    (policy) =>
    ({ record }) =>
      record?.policy === policy,
  selectors:
    (list) =>
    ({ record, labels }) =>
      record?.[list].some((selector) => matchesLabels(selector, labels)) === true,
  templates: (how) =>
    how === 'named'
      ? ({ named }) => named !== undefined && named.length > 0
      : ({ matches }) => matches !== undefined && matches().length > 0,
};

/** The rows with their conditions as functions: compiled once, at load, so that a request only calls them. */
export function compileRules<Rule extends { readonly when: Condition }>(
  rules: readonly Rule[],
): readonly { readonly rule: Rule; readonly holds: Holds }[] {
  return rules.map((rule) => ({ rule, holds: readCondition(rule.when, HOLDS) }));
}
