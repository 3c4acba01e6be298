import { type Reading, readCondition } from '../../functions/injection/decide/condition.ts';
import { CHOICES, GUARDS, SUITS } from '../../functions/injection/decide/rules.ts';

/** A test of a rule that a Pod or request may meet: where it looks, and for which value. */
export interface AskedOf {
  readonly where: 'labels' | 'annotations' | 'spec' | 'namespace' | 'operation' | 'subResource';
  readonly path: readonly string[];
  readonly value: unknown;
}

const none = (): readonly AskedOf[] => [];
const one =
  (where: AskedOf['where']) =>
  (key: string, value: unknown): readonly AskedOf[] => [{ where, path: [key], value }];

/** The tests of conditions, of those that a single value in a Pod or request meets. */
const ASKED: Reading<readonly AskedOf[]> = {
  all: (parts) => parts.flat(),
  any: (parts) => parts.flat(),
  not: (part) => part,
  request: (field, value) =>
    field === 'operation' || field === 'subResource' ? [{ where: field, path: [], value }] : [],
  hasObject: none,
  label: one('labels'),
  annotation: one('annotations'),
  hasAnnotation: (key) => one('annotations')(key, 'x'),
  spec: (path, value) => [{ where: 'spec', path, value }],
  namespaceIn: (names) => names.map((value) => ({ where: 'namespace', path: [], value })),
  policy: none,
  selectors: none,
  templates: none,
};

/** All that the rules ask of Pods and requests, so that generated ones meet every rule, also one that is added. */
export const ASKED_OF_PODS: readonly AskedOf[] = [...GUARDS, ...CHOICES, ...SUITS].flatMap(({ when }) =>
  readCondition(when, ASKED),
);
