import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { Owner } from '../../../functions/kubernetes/owner.ts';
import { isList } from '../yaml-document.ts';

/** A Pod, or the Pod template of a workload, somewhere in a document. */
export interface PodSource {
  /** Where the Pod's `metadata` and `spec` stand in the document; empty for the document itself. */
  readonly path: readonly (string | number)[];
  /** How people call it: `Deployment/web`. */
  readonly title: string;
  readonly namespace: string | undefined;
  readonly pod: Record<string, unknown>;
  /** Whose the Pod will be, as far as templates can tell: the workload itself. A Pod of its own has none. */
  readonly owner?: Owner;
}

/** Which API groups and kinds carry Pods, and where: the ones that `istioctl kube-inject` knows. */
const POD_TEMPLATES: readonly { readonly kind: string; readonly group: string; readonly path: readonly string[] }[] = [
  { kind: 'Pod', group: '', path: [] },
  { kind: 'ReplicationController', group: '', path: ['spec', 'template'] },
  { kind: 'Deployment', group: 'apps', path: ['spec', 'template'] },
  { kind: 'StatefulSet', group: 'apps', path: ['spec', 'template'] },
  { kind: 'DaemonSet', group: 'apps', path: ['spec', 'template'] },
  { kind: 'ReplicaSet', group: 'apps', path: ['spec', 'template'] },
  { kind: 'Job', group: 'batch', path: ['spec', 'template'] },
  { kind: 'CronJob', group: 'batch', path: ['spec', 'jobTemplate', 'spec', 'template'] },
];

/** Finds the Pods of a document: its own, its template's, or those of a List's items. */
export function findPods(document: unknown, at: readonly (string | number)[] = []): readonly PodSource[] {
  if (!isRecord(document)) return [];
  const items = own(document, 'items');
  if (isList(document) && Array.isArray(items)) {
    return items.flatMap((item: unknown, i) => findPods(item, [...at, 'items', i]));
  }
  const version = own(document, 'apiVersion');
  const group = typeof version === 'string' && version.includes('/') ? version.slice(0, version.indexOf('/')) : '';
  const known = POD_TEMPLATES.find((t) => t.kind === own(document, 'kind') && t.group === group);
  const pod = known?.path.reduce<unknown>((value, key) => (isRecord(value) ? own(value, key) : undefined), document);
  if (known === undefined || !isRecord(pod)) return [];
  const metadata = own(document, 'metadata');
  const name = isRecord(metadata) ? (own(metadata, 'name') ?? own(metadata, 'generateName')) : undefined;
  const namespace = isRecord(metadata) ? own(metadata, 'namespace') : undefined;
  return [
    {
      path: [...at, ...known.path],
      title: `${known.kind}/${String(name ?? '')}`,
      namespace: typeof namespace === 'string' ? namespace : undefined,
      pod,
      ...(known.path.length === 0 ? {} : { owner: futureOwner(known.kind, name) }),
    },
  ];
}

/**
 * The controller of the Pods to come, by the name that stays: the ReplicaSet of a Deployment and the Job of a CronJob get
 * names of which the end is not known before.
 */
function futureOwner(kind: string, name: unknown): Owner {
  return { kind, name: typeof name === 'string' ? name.replace(/-$/, '') : '' };
}
