import { type ClusterApi, ClusterApiError } from '../kube-api/cluster-api.ts';
import { EksError } from '../kube-api/eks-error.ts';
import { readObjects } from './objects/apply-objects.ts';
import type { RegistrarTools } from './registrar.ts';

/**
 * EKS and IAM are eventually consistent: an access entry or a policy that a stack has just made counts some seconds
 * later. A minute in all, of the function's four.
 */
const TRIES_MAX = 13;
const RETRY_MS = 5_000;

/**
 * Opens a Kubernetes cluster and reads our objects there once, again while that is refused. What is refused for good is
 * the error of the last try.
 */
export async function waitForAccess(
  open: () => Promise<ClusterApi>,
  { wait, say }: Pick<RegistrarTools, 'wait' | 'say'>,
  signal: AbortSignal,
): Promise<ClusterApi> {
  for (let tries = 1; ; tries++) {
    try {
      const api = await open();
      await readObjects(api, signal);
      return api;
    } catch (error) {
      if (!isRefusal(error) || tries === TRIES_MAX) throw error;
      if (tries === 1) say('the cluster refuses; waiting for the access entry and the policies to count');
      await wait(RETRY_MS, signal);
    }
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof EksError) return error.code === 'Refused';
  return error instanceof ClusterApiError && (error.status === 401 || error.status === 403);
}
