import { INJECTION_LABEL } from '../../../functions/injection/annotations.ts';
import { SYSTEM_NAMESPACES } from '../../../functions/injection/decide/guard-rules.ts';
import { type Plan, planInjection } from '../../../functions/injection/plan/plan.ts';
import type { Fault, Parsed } from '../../../functions/json/faults.ts';
import { compileMap } from '../../../functions/kubernetes/merge/compile.ts';
import { POD } from '../../../functions/kubernetes/merge/merge-keys.ts';
import type { FailureMode, Template } from '../../../functions/template/template.ts';
import { celJoined, celText } from './cel.ts';
import { faultsVariable } from './cel-faults.ts';
import { celMerge } from './cel-merge.ts';
import { CONTAINER_LISTS, celPlace, placeVariables } from './cel-place.ts';
import { POD_VARIABLES } from './cel-pod.ts';
import { type Chooser, celSelection } from './cel-selection.ts';
import { findUnexportable } from './unexportable.ts';

/** How a policy is to behave, beside what the template says. */
export interface PolicyOptions {
  /** Who gets the template: the cluster record that the webhook would decide by. */
  readonly chooser: Chooser;
  /** What becomes of a Pod that the template cannot be applied to, where its failureMode leaves it open (`Defer`). */
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
}

/** The policy and its binding, as manifests of `admissionregistration.k8s.io/v1`. */
export type PolicyManifests = readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];

const API_VERSION = 'admissionregistration.k8s.io/v1';
/** CEL's parser takes no longer expression, in code points (cel-go, `expressionSizeCodePointLimit`). */
export const EXPRESSION_CHARACTERS_MAX = 100_000;

/** A failureMode of a template in the words of a policy. */
const FAILURE_POLICIES: Readonly<Record<Exclude<FailureMode, 'Defer'>, 'Ignore' | 'Fail'>> = {
  Open: 'Ignore',
  Closed: 'Fail',
};

/**
 * Compiles a static template into a MutatingAdmissionPolicy (Kubernetes 1.36 and newer) that makes the same Pod of a Pod
 * as the webhook would with this one template, and its binding; or says everything that keeps it from being one.
 *
 * It is a JSON Patch and never an ApplyConfiguration: that one may not hold atomic lists (`args`, `command`), cannot say
 * where a container goes, and overwrites labels that the Pod has itself. It looks at the Pod before it adds anything,
 * so that a second call (`IfNeeded`) finds nothing to do.
 */
export function mutatingAdmissionPolicy(template: Template, options: PolicyOptions): Parsed<PolicyManifests> {
  const faults = findUnexportable(template);
  if (faults.length > 0) return { valid: false, faults };
  const planned = planInjection([template]);
  if ('conflict' in planned) return { valid: false, faults: [{ path: '', message: planned.conflict }] };
  const name = `outrigger-${template.name}`;
  const metadata = { name, labels: { 'app.kubernetes.io/name': 'outrigger' } };
  const spec = specOf(template, planned.plan, options);
  const long = findLong(spec);
  if (long.length > 0) return { valid: false, faults: long };
  const binding = {
    apiVersion: API_VERSION,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: name },
  };
  return {
    valid: true,
    value: [{ apiVersion: API_VERSION, kind: 'MutatingAdmissionPolicy', metadata, spec }, binding],
  };
}

function specOf(template: Template, plan: Plan, { chooser, failurePolicy, reinvocationPolicy }: PolicyOptions) {
  const { failureMode } = template;
  return {
    failurePolicy: failureMode === 'Defer' ? failurePolicy : FAILURE_POLICIES[failureMode],
    reinvocationPolicy,
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {
        matchLabels: { [INJECTION_LABEL]: 'enabled' },
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES }],
      },
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
      ],
    },
    matchConditions: celSelection(template, chooser),
    variables: [
      ...POD_VARIABLES,
      ...CONTAINER_LISTS.flatMap((list) => placeVariables(list, plan[list])),
      faultsVariable(plan, template),
    ],
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: celMutation(plan) } }],
  };
}

/** A Pod with a fault is not changed at all: the look-up of a key that is not there fails, and its error says the fault. */
function celMutation(plan: Plan): string {
  const { fields } = compileMap(plan.fragment, POD, '');
  const merged = fields.flatMap(({ key, map }) => (map === undefined ? [] : [celMerge(map, `object.${key}`)]));
  const placed = CONTAINER_LISTS.map((list) => celPlace(list, plan[list]));
  const failed = `{"": [JSONPatch{op: "test", path: ${celText('')}}]}[variables.faults[0]]`;
  return `variables.faults.size() > 0 ? ${failed} : ${celJoined([...merged, ...placed])}`;
}

function findLong({ variables, matchConditions, mutations }: ReturnType<typeof specOf>): readonly Fault[] {
  const expressions = [
    ...[...matchConditions, ...variables].map(({ name, expression }) => ({ name, expression })),
    ...mutations.map(({ jsonPatch }) => ({ name: 'mutation', expression: jsonPatch.expression })),
  ];
  return expressions
    .filter(({ expression }) => expression.length > EXPRESSION_CHARACTERS_MAX)
    .map(({ name, expression }) => ({
      path: 'spec.pod',
      message: `as a policy its expression ${name} has ${expression.length} characters; at most ${EXPRESSION_CHARACTERS_MAX}`,
    }));
}
