import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { INJECT, INJECTION_LABEL } from '../../injection/annotations.ts';
import { type CelCondition, celChoice, celUnsuited } from '../../injection/decide/cel-rules.ts';
import type { Choice } from '../../injection/decide/rule.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';
import type { ExpectedContainers } from './expected-containers.ts';
import { namespaceSelector, POD_CONDITIONS, quote } from './selection.ts';
import { REGISTRATION_LABELS, REGISTRATION_NAME } from './webhook-configuration.ts';

/** What a companion policy depends on. */
export interface PolicyOptions {
  readonly action: 'Warn' | 'Deny';
  /** As for the webhook. */
  readonly namespaces?: readonly string[];
  readonly record: ClusterRecord;
  /** At least one: a policy that looks for nothing would refuse nothing. */
  readonly expected: readonly ExpectedContainers[];
}

const API_VERSION = 'admissionregistration.k8s.io/v1';

/**
 * The ValidatingAdmissionPolicy that stands beside the webhook: under `failurePolicy: Ignore` a Pod without its sidecar is
 * created silently, so the API server itself checks the result. It looks only at Pods that must have the
 * default templates, by the table of injection/decide/rules.ts, so it follows the cluster record: a changed record needs
 * `outrigger cluster register` again, and `verify` reports that.
 */
export function companionPolicy(options: PolicyOptions): KubeObject {
  const { action, namespaces, record, expected } = options;
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: REGISTRATION_NAME, labels: REGISTRATION_LABELS },
    spec: {
      // An expression that fails must not refuse Pods where the operator only asked for warnings.
      failurePolicy: action === 'Deny' ? 'Fail' : 'Ignore',
      matchConstraints: {
        namespaceSelector: namespaceSelector(namespaces),
        objectSelector: {},
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
        ],
        matchPolicy: 'Equivalent',
      },
      matchConditions: conditionsOf(record),
      variables: [
        // Here, because namespaceObject is empty in match conditions, those of policies too (seen on 1.36.3).
        {
          name: 'isOptedIn',
          expression: `namespaceObject.metadata.?labels[?'${INJECTION_LABEL}'].orValue('') == 'enabled'`,
        },
        {
          name: 'containers',
          expression: 'object.spec.containers.map(c, c.name) + object.spec.?initContainers.orValue([]).map(c, c.name)',
        },
      ],
      validations: expected.map((e) => ({ expression: expressionOf(e), message: messageOf(e), reason: 'Invalid' })),
    },
  };
}

/** The ValidatingAdmissionPolicyBinding that puts the policy into force. */
export function companionBinding(action: 'Warn' | 'Deny'): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: REGISTRATION_NAME, labels: REGISTRATION_LABELS },
    spec: { policyName: REGISTRATION_NAME, validationActions: [action] },
  };
}

function conditionsOf(record: ClusterRecord): readonly CelCondition[] {
  const isDefault = { record, match: 'false', of: (choice: Choice) => String(choice === 'default') };
  const chosen = celChoice(quote, isDefault);
  return [
    ...POD_CONDITIONS,
    ...(chosen === 'true' ? [] : [{ name: 'gets-the-default-templates', expression: chosen }]),
  ];
}

function expressionOf({ alternatives, allow }: ExpectedContainers): string {
  const unsuited = ['!variables.isOptedIn', ...celUnsuited(quote, allow).map(({ condition }) => condition.yes)];
  const present = alternatives.map(
    (names) => `(${names.map((n) => `${JSON.stringify(n)} in variables.containers`).join(' && ')})`,
  );
  return [...unsuited, ...present].join(' || ');
}

function messageOf({ template, alternatives }: ExpectedContainers): string {
  const names = (alternatives[0] ?? []).join(', ');
  return (
    `outrigger: the Pod was made without ${names} of template ${template}: its webhook did not answer or refused. ` +
    `Create it again when outrigger cluster status is fine, or opt out by the label ${INJECT}: "false"`
  );
}
