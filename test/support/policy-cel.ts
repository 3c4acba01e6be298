import { Environment } from '@marcbachmann/cel-js';
import { at } from './values.ts';

/** What a policy is asked about, in the words of the API server's CEL. */
export interface PolicyRequest {
  readonly request: {
    readonly namespace: string;
    readonly operation: string;
    readonly subResource: string;
    readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
    readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  };
  readonly object: unknown;
  /** Labels of the namespace. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

const environment = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });
// Of the lists extension, which the API server has and this library lacks.
environment.registerFunction('list.flatten(): list', (list: readonly unknown[]) => list.flat());

const parsed = new Map<string, (context: Record<string, unknown>) => unknown>();

/** The value of a CEL expression. */
export function celEvaluate(expression: string, context: Record<string, unknown>): unknown {
  const evaluate = parsed.get(expression) ?? environment.parse(expression);
  parsed.set(expression, evaluate);
  return evaluate(context);
}

/** Whether the API server calls a webhook, or evaluates a policy, for a request: its constraints and all its conditions. */
export function isMatched(policy: unknown, asked: PolicyRequest): boolean {
  return (
    isConstrained(at(policy, 'matchConstraints') ?? policy, asked) &&
    conditionsHold(at(policy, 'matchConditions'), asked)
  );
}

/** The variables of a policy, in their order: each may name those before it. */
export function variablesOf(policy: unknown, { request, object, namespaceLabels }: PolicyRequest): unknown {
  const variables: Record<string, unknown> = {};
  const namespaceObject = { metadata: { labels: namespaceLabels } };
  for (const variable of listAt(policy, 'variables')) {
    const context = { request, object, namespaceObject, variables };
    variables[String(at(variable, 'name'))] = celEvaluate(String(at(variable, 'expression')), context);
  }
  return variables;
}

function conditionsHold(conditions: unknown, { request, object }: PolicyRequest): boolean {
  return (Array.isArray(conditions) ? conditions : []).every(
    (condition) => celEvaluate(String(at(condition, 'expression')), { request, object }) === true,
  );
}

/** The rules of `resourceRules` and `namespaceSelector` (admissionregistration.k8s.io/v1), as far as ours go. */
function isConstrained(constraints: unknown, { request, namespaceLabels }: PolicyRequest): boolean {
  const { resource, subResource, operation } = request;
  const name = subResource === '' ? resource.resource : `${resource.resource}/${subResource}`;
  const has = (rule: unknown, list: string, value: string): boolean => listAt(rule, list).includes(value);
  const rules = [...listAt(constraints, 'resourceRules'), ...listAt(constraints, 'rules')];
  const isListed = rules.some(
    (rule) =>
      has(rule, 'apiGroups', resource.group) &&
      has(rule, 'apiVersions', resource.version) &&
      has(rule, 'operations', operation) &&
      has(rule, 'resources', name),
  );
  const selector = at(constraints, 'namespaceSelector');
  const labels = Object.entries(at(selector, 'matchLabels') ?? {});
  return (
    isListed &&
    labels.every(([key, value]) => namespaceLabels[key] === value) &&
    listAt(selector, 'matchExpressions').every((expression) => {
      const isIn = has(expression, 'values', namespaceLabels[String(at(expression, 'key'))] ?? '');
      return at(expression, 'operator') === 'NotIn' ? !isIn : isIn;
    })
  );
}

function listAt(owner: unknown, key: string): readonly unknown[] {
  const list = at(owner, key);
  return Array.isArray(list) ? list : [];
}
