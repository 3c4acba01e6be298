import { isRecord } from '../../functions/json/faults.ts';
import { type ClusterApi, ClusterApiError, type KubeObject } from '../../functions/kube-api/cluster-api.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { at } from './values.ts';

/** An API server that lists what it is given, page by page, and can let its continue tokens expire. */
export interface KubePages extends Pick<ClusterApi, 'get' | 'list'> {
  /** Every list, as `path?limit&continue`. */
  readonly asked: string[];
}

/** @param expires how many continue tokens are refused as expired, one after the other */
export function kubePages(namespaces: readonly object[], pods: readonly RawPod[], expires = 0): KubePages {
  const asked: string[] = [];
  let left = expires;
  return {
    asked,
    get: async (path) => {
      const name = path.split('/').at(-1);
      return namespaces.map(objectOf).find((namespace) => namespace.metadata.name === name);
    },
    list: async (path, { limit, continue: token }) => {
      asked.push(`${path}?${limit}${token === undefined ? '' : `&${token}`}`);
      if (token !== undefined && left > 0) {
        left--;
        throw new ClusterApiError(410, 'Expired', 'the provided continue parameter is too old');
      }
      const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(path)?.[1];
      const all = path === '/api/v1/namespaces' ? namespaces : pods;
      const found = all.filter((one) => namespace === undefined || at(one, 'metadata', 'namespace') === namespace);
      const start = Number(token ?? 0);
      // Copies: what is examined is used up.
      const items = found.slice(start, start + limit).map(objectOf);
      return start + limit < found.length ? { items, continue: String(start + limit) } : { items };
    },
  };
}

/** A namespace, opted in unless it says otherwise. */
export function namespaceOf(name: string, injection = 'enabled'): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'outrigger.dev/injection': injection } } };
}

function objectOf(value: object): KubeObject {
  const copy: unknown = structuredClone(value);
  if (isObject(copy)) return copy;
  throw new TypeError('no Kubernetes object');
}

function isObject(value: unknown): value is KubeObject {
  return isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string';
}
