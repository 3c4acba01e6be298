import { INJECT, INJECTION_LABEL, TEMPLATES } from '../injection/annotations.ts';
import type { ClusterRecord } from '../template/cluster-record.ts';
import type { LabelSelector } from '../template/selector.ts';
import type { KubeObject } from './cluster-api.ts';
import type { ExpectedContainers } from './expected-containers.ts';
import { type MatchCondition, namespaceSelector, POD_CONDITIONS, wish } from './selection.ts';
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
 * The ValidatingAdmissionPolicy that stands beside the webhook: under `failurePolicy: Ignore` nobody hears of a Pod that
 * was made without its sidecar, so the API server itself looks at what came out. It looks only at Pods that must have the
 * default templates (rows 1 to 5 of the table in injection/decision.ts, host network and Windows), so it follows the
 * cluster record: a changed record needs `outrigger cluster register` again, and `verify` says so.
 */
export function companionPolicy(options: PolicyOptions): KubeObject {
  const { action, namespaces, record, expected } = options;
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: REGISTRATION_NAME, labels: REGISTRATION_LABELS },
    spec: {
      // An expression that errs must not refuse Pods of people who only asked to be warned.
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

function conditionsOf(record: ClusterRecord): readonly MatchCondition[] {
  const asks = `${wish('labels')} == 'true' || ${wish('annotations')} == 'true'`;
  const never = record.neverSelectors.map(selects);
  const always = record.alwaysSelectors.map(selects);
  const byRecord = record.policy === 'enabled' ? ['true'] : [any(always)];
  const chosen = [...(never.length === 0 ? [] : [`!(${any(never)})`]), ...byRecord].join(' && ');
  return [
    ...POD_CONDITIONS,
    // Who names templates gets those and no default ones.
    { name: 'no-template-named', expression: `object.metadata.?annotations[?'${TEMPLATES}'].orValue('').trim() == ''` },
    ...(chosen === 'true' ? [] : [{ name: 'gets-the-default-templates', expression: `${asks} || (${chosen})` }]),
  ];
}

function expressionOf({ alternatives, allow }: ExpectedContainers): string {
  const unsuited = [
    '!variables.isOptedIn',
    ...(allow.hostNetwork ? [] : ['object.spec.?hostNetwork.orValue(false)']),
    ...(allow.windows
      ? []
      : [
          "object.spec.?os.?name.orValue('') == 'windows'",
          "object.spec.?nodeSelector[?'kubernetes.io/os'].orValue('') == 'windows'",
        ]),
  ];
  const present = alternatives.map(
    (names) => `(${names.map((n) => `${text(n)} in variables.containers`).join(' && ')})`,
  );
  return [...unsuited, ...present].join(' || ');
}

function messageOf({ template, alternatives }: ExpectedContainers): string {
  const names = (alternatives[0] ?? []).join(', ');
  return (
    `outrigger: the Pod was made without ${names} of template ${template}: its webhook did not answer or refused. ` +
    `Create it anew when outrigger cluster status is fine, or opt out by the label ${INJECT}: "false"`
  );
}

/** CEL: whether a label selector matches the Pod's labels. */
function selects({ matchLabels, matchExpressions }: LabelSelector): string {
  const equal = [...matchLabels].map(([key, value]) => `(${valueOfLabel(key)} == optional.of(${text(value)}))`);
  const others = matchExpressions.map(({ key, operator, values }) => {
    const has = `${valueOfLabel(key)}.hasValue()`;
    const isIn = `(${has} && ${valueOfLabel(key)}.value() in [${values.map(text).join(', ')}])`;
    return { Exists: has, DoesNotExist: `!${has}`, In: isIn, NotIn: `!${isIn}` }[operator];
  });
  const all = [...equal, ...others];
  return all.length === 0 ? 'true' : `(${all.join(' && ')})`;
}

function valueOfLabel(key: string): string {
  return `object.metadata.?labels[?${text(key)}]`;
}

function any(expressions: readonly string[]): string {
  return expressions.length === 0 ? 'false' : expressions.join(' || ');
}

/** A string literal: CEL has JSON's escapes. */
function text(value: string): string {
  return JSON.stringify(value);
}
