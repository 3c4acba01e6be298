import type { KubeObject } from '../kube-api/cluster-api.ts';
import { REGISTRATION_LABELS, REGISTRATION_NAME } from './objects/webhook-configuration.ts';

/** The Kubernetes groups that the functions' access entries put them into. */
export const GROUPS = {
  registrar: 'outrigger:registrar',
  drift: 'outrigger:drift',
  workloads: 'outrigger:workloads',
} as const;

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** The registrar makes three objects and changes no others; it reads the Pod Security labels of namespaces. */
const REGISTRAR: readonly Rule[] = [
  // RBAC cannot bind `create` to a name.
  { apiGroups: [ADMISSION], resources: registered(), verbs: ['create'] },
  {
    apiGroups: [ADMISSION],
    resources: registered(),
    verbs: ['get', 'patch', 'delete'],
    resourceNames: [REGISTRATION_NAME],
  },
  // `verify` looks for other webhooks that point to us.
  { apiGroups: [ADMISSION], resources: ['mutatingwebhookconfigurations'], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] },
];

/** The drift report compares running Pods with the templates. */
const DRIFT: readonly Rule[] = [{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list'] }];

/** What the functions may do in a cluster: two ClusterRoles, bound to the groups of their access entries. */
export function accessRules(): readonly KubeObject[] {
  return [...role('outrigger-registrar', GROUPS.registrar, REGISTRAR), ...role('outrigger-drift', GROUPS.drift, DRIFT)];
}

/** What releases read of the workloads that canaries name. */
const WORKLOADS: readonly Rule[] = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get'] },
];

/** What promotion `Copy` writes besides: the Pod template of stable's workload. */
const PROMOTION: readonly Rule[] = [
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch'] },
];

/**
 * What releases may do in a namespace that is opted in by it: a Role, bound to a group of its own.
 *
 * @param promotion `Copy` adds a Role by which the Pod templates of its workloads may be changed
 */
export function workloadRules(namespace: string, promotion?: 'Copy'): readonly KubeObject[] {
  const metadata = { name: 'outrigger-workloads', namespace, labels: REGISTRATION_LABELS };
  const read = bound('', metadata, GROUPS.workloads, WORKLOADS);
  if (promotion === undefined) return read;
  return [...read, ...bound('', { ...metadata, name: 'outrigger-promotion' }, GROUPS.workloads, PROMOTION)];
}

function role(name: string, group: string, rules: readonly Rule[]): readonly KubeObject[] {
  return bound('Cluster', { name, labels: REGISTRATION_LABELS }, group, rules);
}

/** A role and its binding to a group. @param scope `Cluster`, or nothing for one of a namespace */
function bound(
  scope: 'Cluster' | '',
  metadata: KubeObject['metadata'],
  group: string,
  rules: readonly Rule[],
): readonly KubeObject[] {
  const apiVersion = `${RBAC}/v1`;
  const kind = `${scope}Role`;
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind, name: metadata.name },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
    },
  ];
}

function registered(): readonly string[] {
  return ['mutatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
}
