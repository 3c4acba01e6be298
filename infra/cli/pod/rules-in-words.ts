import type { Reading } from '../../../functions/injection/decide/condition.ts';
import { type Facts, fieldAt } from '../../../functions/injection/decide/facts.ts';
import { HOLDS, type Holds } from '../../../functions/injection/decide/holds.ts';
import { own } from '../../../functions/json/check.ts';
import { matchesLabels } from '../../../functions/kubernetes/selector.ts';

/** Longer values are cut: an annotation may have 256 KiB. */
const VALUE_MAX = 63;

/** What was found of a condition: whether it holds, and what the Pod or the cluster record has that decided so. */
export interface Finding {
  readonly holds: boolean;
  readonly words: readonly string[];
}

type Find = (facts: Facts) => Finding;

/**
 * Conditions as `outrigger explain` reads them: with what decided. The tests are those of the webhook.
 *
 * @param naming what names templates: the annotation, or the option that stands in for it
 */
export function findingsOf(naming: string): Reading<Find> {
  return {
    all: (parts) => (facts) => decided(parts, facts, (findings) => findings.every(({ holds }) => holds)),
    any: (parts) => (facts) => decided(parts, facts, (findings) => findings.some(({ holds }) => holds)),
    not: (part) => (facts) => ({ ...part(facts), holds: !part(facts).holds }),
    request: (field, value) =>
      found(
        HOLDS.request(field, value),
        ({ request }) => `request.${field} ${isWhat(fieldAt(request, field.split('.')))}`,
      ),
    hasObject: () => found(HOLDS.hasObject(), ({ request }) => `an object ${isThere(request?.hasObject === true)}`),
    label: (key, value) => found(HOLDS.label(key, value), ({ labels }) => `label ${key} ${isWhat(own(labels, key))}`),
    annotation: (key, value) =>
      found(HOLDS.annotation(key, value), ({ annotations }) => `annotation ${key} ${isWhat(own(annotations, key))}`),
    hasAnnotation: (key) =>
      found(
        HOLDS.hasAnnotation(key),
        ({ annotations }) => `annotation ${key} ${isThere(Object.hasOwn(annotations, key))}`,
      ),
    spec: (path, value) =>
      found(HOLDS.spec(path, value), ({ spec }) => `spec.${path.join('.')} ${isWhat(fieldAt(spec, path))}`),
    namespaceIn: (names) => found(HOLDS.namespaceIn(names), ({ namespace }) => `the namespace ${isWhat(namespace)}`),
    policy: (policy) =>
      found(HOLDS.policy(policy), ({ record }) => `policy of the cluster record ${isWhat(record?.policy)}`),
    selectors: (list) => found(HOLDS.selectors(list), (facts) => aboutSelectors(list, facts)),
    templates: (how) =>
      found(HOLDS.templates(how), (facts) => (how === 'named' ? aboutNames(naming, facts) : aboutMatches(facts))),
  };
}

function found(holds: Holds, words: (facts: Facts) => string): Find {
  return (facts) => ({ holds: holds(facts), words: [words(facts)] });
}

/** The words of the parts that agree with the whole: of several that could have decided otherwise, all. */
function decided(parts: readonly Find[], facts: Facts, judge: (findings: readonly Finding[]) => boolean): Finding {
  const findings = parts.map((find) => find(facts));
  const holds = judge(findings);
  return { holds, words: findings.filter((finding) => finding.holds === holds).flatMap(({ words }) => words) };
}

function isWhat(value: unknown): string {
  if (value === undefined) return 'is absent';
  const text = JSON.stringify(value);
  return `is ${text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text}`;
}

function isThere(isIt: boolean): string {
  return isIt ? 'is there' : 'is absent';
}

function aboutSelectors(list: 'neverSelectors' | 'alwaysSelectors', { record, labels }: Facts): string {
  const selectors = record?.[list] ?? [];
  const first = selectors.findIndex((selector) => matchesLabels(selector, labels));
  if (first !== -1) return `${list}[${first}] of the cluster record matches`;
  return selectors.length === 0
    ? `the cluster record has no ${list}`
    : `none of the ${list} of the cluster record matches`;
}

function aboutNames(naming: string, { named }: Facts): string {
  if (named === undefined) return `${naming} is absent`;
  return `${naming} names ${named.length === 0 ? 'no template' : named.map((name) => name.slice(0, VALUE_MAX)).join(', ')}`;
}

function aboutMatches({ matches }: Facts): string {
  const names = matches?.().map(({ name }) => name) ?? [];
  return names.length === 0 ? 'no template has a match that fits' : `the match of ${names.join(', ')} fits`;
}
