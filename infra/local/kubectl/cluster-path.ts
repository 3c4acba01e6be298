import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';

/** `/clusters/{cluster}` before a path of Kubernetes' kind: a kubeconfig names an API server, and so its Kubernetes cluster, by a URL. */
const PREFIXED = /^\/clusters\/([^/]+)(\/.*)$/;
/** Behind these the release API takes `/clusters/{cluster}`. */
const ROOTS = [`${RELEASE_API_PATH}/`, '/api/v1/'];
/** What belongs to no Kubernetes cluster. */
const FLEET = `${RELEASE_API_PATH}/fleet/`;

/**
 * The path of the release API that a path with the prefix `/clusters/{cluster}` means:
 * `/clusters/eu1/api/v1/events` is `/api/v1/clusters/eu1/events`. So the API itself has one spelling of each path, by which IAM decides. Any other path is itself.
 */
export function pathWithCluster(path: string): string {
  const [, cluster, rest] = PREFIXED.exec(path) ?? [];
  if (cluster === undefined || rest === undefined) return path;
  const root = rest.startsWith(FLEET) ? undefined : ROOTS.find((one) => rest.startsWith(one));
  return root === undefined ? rest : `${root}clusters/${cluster}/${rest.slice(root.length)}`;
}
