import { isRecord } from '../../functions/faults.ts';
import { own } from '../../functions/template/check.ts';
import { isList } from './yaml-document.ts';

/** A Pod, or the Pod template of a workload, somewhere in a document. */
export interface PodSource {
  /** Where the Pod's `metadata` and `spec` stand in the document; empty for the document itself. */
  readonly path: readonly (string | number)[];
  /** How people call it: `Deployment/web`. */
  readonly title: string;
  readonly namespace: string | undefined;
  /** The name of the workload, which its Pods will have as owner; undefined for a Pod, which says itself whose it is. */
  readonly owner: string | undefined;
  readonly pod: Record<string, unknown>;
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
      owner: known.kind !== 'Pod' && typeof name === 'string' ? name : undefined,
      pod,
    },
  ];
}
