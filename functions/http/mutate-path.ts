import { CLUSTER_NAME } from '../cluster-name.ts';

/** What the path of every webhook begins with. */
export const MUTATE_PREFIX = '/v1/mutate/';

const TOKEN = /^[A-Za-z0-9._-]+$/;

/** The path that a webhook is registered with; `readMutatePath` is its inverse. */
export function mutatePath(cluster: string, token: string): string {
  return `${MUTATE_PREFIX}${cluster}/${token}`;
}

/** The Kubernetes cluster that calls and its token, which is not verified; undefined where the path is another. */
export function readMutatePath(path: string): { readonly cluster: string; readonly token: string } | undefined {
  if (!path.startsWith(MUTATE_PREFIX)) return undefined;
  const [cluster = '', token = '', ...more] = path.slice(MUTATE_PREFIX.length).split('/');
  const isOurs = more.length === 0 && CLUSTER_NAME.test(cluster) && TOKEN.test(token);
  return isOurs ? { cluster, token } : undefined;
}
