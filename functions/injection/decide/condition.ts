import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';

/** The fields of an AdmissionRequest that a rule can ask about; CEL in the API server has them under the same names. */
export type RequestField =
  | 'kind.group'
  | 'kind.version'
  | 'kind.kind'
  | 'resource.group'
  | 'resource.resource'
  | 'subResource'
  | 'operation';

/** A question about the request itself. */
export type RequestTest =
  | { readonly request: RequestField; readonly is: string }
  /** Whether the request carries an object. */
  | { readonly object: 'present' };

/** A question about the Pod and its namespace; whatever is absent equals nothing. */
export type PodTest =
  | { readonly label: string; readonly is: string }
  | { readonly annotation: string; readonly is: string }
  | { readonly annotationPresent: string }
  /** A field of the Pod's spec, by its path. */
  | { readonly spec: readonly string[]; readonly is: string | true }
  /** The request's namespace is one of these. */
  | { readonly namespaceIn: readonly string[] };

/** A question about the cluster record, or about what the templates and the Pod say of each other. */
export type RecordTest =
  | { readonly policy: ClusterRecord['policy'] }
  /** One of these label selectors of the record matches the Pod. */
  | { readonly selectors: 'neverSelectors' | 'alwaysSelectors' }
  /** `named`: the Pod names templates; `match`: the `match` of a template fits the Pod. */
  | { readonly templates: 'named' | 'match' };

/**
 * The condition of a rule, as data. The language is closed: whatever reads it (the webhook, the compiler to CEL, `explain`)
 * is a `Reading`, which has a function for every kind of test, so that none can forget one.
 */
export type Condition<Test = RequestTest | PodTest | RecordTest> =
  | Test
  | { readonly all: readonly Condition<Test>[] }
  | { readonly any: readonly Condition<Test>[] }
  | { readonly not: Condition<Test> };

/** One way to read conditions: what each kind of test and each connective becomes. */
export interface Reading<R> {
  readonly all: (parts: readonly R[]) => R;
  readonly any: (parts: readonly R[]) => R;
  readonly not: (part: R) => R;
  readonly request: (field: RequestField, value: string) => R;
  readonly hasObject: () => R;
  readonly label: (key: string, value: string) => R;
  readonly annotation: (key: string, value: string) => R;
  readonly hasAnnotation: (key: string) => R;
  readonly spec: (path: readonly string[], value: string | true) => R;
  readonly namespaceIn: (names: readonly string[]) => R;
  readonly policy: (policy: ClusterRecord['policy']) => R;
  readonly selectors: (list: 'neverSelectors' | 'alwaysSelectors') => R;
  readonly templates: (how: 'named' | 'match') => R;
}

/** Reads a condition from its leaves upward. */
export function readCondition<R>(condition: Condition, reading: Reading<R>): R {
  if ('all' in condition) return reading.all(condition.all.map((part) => readCondition(part, reading)));
  if ('any' in condition) return reading.any(condition.any.map((part) => readCondition(part, reading)));
  if ('not' in condition) return reading.not(readCondition(condition.not, reading));
  return readTest(condition, reading);
}

function readTest<R>(test: RequestTest | PodTest | RecordTest, reading: Reading<R>): R {
  if ('request' in test) return reading.request(test.request, test.is);
  if ('object' in test) return reading.hasObject();
  if ('label' in test) return reading.label(test.label, test.is);
  if ('annotation' in test) return reading.annotation(test.annotation, test.is);
  if ('annotationPresent' in test) return reading.hasAnnotation(test.annotationPresent);
  if ('spec' in test) return reading.spec(test.spec, test.is);
  if ('namespaceIn' in test) return reading.namespaceIn(test.namespaceIn);
  if ('policy' in test) return reading.policy(test.policy);
  if ('selectors' in test) return reading.selectors(test.selectors);
  return reading.templates(test.templates);
}
