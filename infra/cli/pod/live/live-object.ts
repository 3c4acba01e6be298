import type { ClusterApi, KubeObject } from '../../../../functions/kube-api/cluster-api.ts';
import { unlessForbidden } from '../../../../functions/registration/objects/namespace-levels.ts';
import { PLACES } from '../../../../functions/registration/objects/registered-objects.ts';
import { UsageError } from '../../errors.ts';
import { findPods, type PodSource } from '../workload.ts';

/** A Pod, or a workload with a Pod template, as it stands in a cluster, and what decides whether the webhook sees it. */
export interface LiveObject {
  readonly pod: PodSource;
  /** The namespace with its labels; undefined where it may not be read. */
  readonly namespace: KubeObject | undefined;
  /** Our registration: null where there is none, undefined where it may not be read. */
  readonly webhook: KubeObject | null | undefined;
  /** When it was created, RFC 3339; of a Pod alone: those of a workload are older or younger than it. */
  readonly created?: string;
}

/** Where kinds that carry Pods are, by the names that kubectl takes. */
const RESOURCES = {
  pods: { api: '/api/v1', names: ['pod', 'pods', 'po'] },
  deployments: { api: '/apis/apps/v1', names: ['deployment', 'deployments', 'deploy'] },
  statefulsets: { api: '/apis/apps/v1', names: ['statefulset', 'statefulsets', 'sts'] },
  daemonsets: { api: '/apis/apps/v1', names: ['daemonset', 'daemonsets', 'ds'] },
  replicasets: { api: '/apis/apps/v1', names: ['replicaset', 'replicasets', 'rs'] },
  jobs: { api: '/apis/batch/v1', names: ['job', 'jobs'] },
  cronjobs: { api: '/apis/batch/v1', names: ['cronjob', 'cronjobs', 'cj'] },
} as const;

/** A DNS subdomain: nothing that is a path of its own. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Where the object that `pod/web` names is in a namespace. Throws UsageError for what is no such name.
 *
 * @param resource as kubectl takes it: `pod/web`, `deploy/web`
 */
export function pathOf(resource: string, namespace: string): string {
  const [kind = '', name = '', ...more] = resource.split('/');
  const found = Object.entries(RESOURCES).find(([, { names }]) => names.some((known) => known === kind.toLowerCase()));
  if (found === undefined || more.length > 0 || !NAME.test(name)) {
    const kinds = Object.values(RESOURCES).map(({ names }) => names[0]);
    throw new UsageError(`${resource} is not KIND/NAME, with a KIND of ${kinds.join(', ')}`);
  }
  if (!NAME.test(namespace)) throw new UsageError(`${namespace} is not the name of a namespace`);
  const [plural, { api }] = found;
  return `${api}/namespaces/${namespace}/${plural}/${name}`;
}

/** Reads an object, its namespace and our registration. Throws UsageError where there is no such object. */
export async function readLive(
  api: ClusterApi,
  resource: string,
  namespace: string,
  signal: AbortSignal,
): Promise<LiveObject> {
  const path = pathOf(resource, namespace);
  const [object, home, webhook] = await Promise.all([
    api.get(path, signal),
    unlessForbidden(api.get(`/api/v1/namespaces/${namespace}`, signal)),
    unlessForbidden(api.get(`${PLACES.webhook.path}`, signal).then((found) => found ?? null)),
  ]);
  const [pod] = findPods(object);
  if (object === undefined || pod === undefined) {
    throw new UsageError(`there is no ${resource} in namespace ${namespace}`);
  }
  const { creationTimestamp } = object.metadata;
  const isPod = object.kind === 'Pod';
  return {
    // A template of a workload names no namespace.
    pod: { ...pod, namespace },
    namespace: home,
    webhook,
    ...(isPod && typeof creationTimestamp === 'string' ? { created: creationTimestamp } : {}),
  };
}
