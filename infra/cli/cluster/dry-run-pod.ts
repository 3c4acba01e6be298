import { isRecord } from '../../../functions/json/faults.ts';
import type { ClusterAccess } from '../../../functions/kube-api/cluster-access.ts';
import { FIELD_MANAGER } from '../../../functions/kube-api/cluster-api.ts';
import { failureOf } from '../../../functions/kube-api/cluster-failure.ts';
import { createKubeCall, type KubeAnswer } from '../../../functions/kube-api/kube-call.ts';
import { warningsIn } from '../canary/warnings.ts';
import { UsageError } from '../errors.ts';

/** What an API server says of a Pod: its warnings, and the Status object of a refusal. */
export interface PodJudgement {
  readonly warnings: readonly string[];
  readonly refusal?: Readonly<Record<string, unknown>>;
}

/** Asks an API server whether it would create a Pod in a namespace. */
export type TryPod = (
  namespace: string,
  pod: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<PodJudgement>;

/** The Pod itself is refused: malformed, not valid, or forbidden by an admission controller. */
const REFUSALS = new Set([400, 403, 422]);

/**
 * Makes `kubectl create --dry-run=server --validate=strict` for Pods. Nothing is ever sent without `dryRun=All`. Rejects
 * with UsageError where the question itself is refused (credentials, rights, namespace, another webhook), with
 * ClusterApiError where the API server fails, with ClusterUnreachableError where it does not answer.
 */
export function createTryPod(access: ClusterAccess): TryPod {
  const send = createKubeCall(access);
  return async (namespace, pod, signal) => {
    const query = { dryRun: 'All', fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const body = { type: 'application/json', text: JSON.stringify(pod) };
    const answer = await send({ method: 'POST', path, query, body }, signal);
    const { status, headers } = answer;
    // Node joins the lines of a header.
    const warnings = warningsIn(typeof headers['warning'] === 'string' ? headers['warning'] : '');
    if (status >= 200 && status < 300) return { warnings };
    const refusal = statusIn(answer);
    refuseQuestion(answer, refusal, namespace);
    if (refusal === undefined || !REFUSALS.has(status)) throw failureOf(answer);
    return { warnings, refusal };
  };
}

/** Throws what is wrong with the question, as against the Pod. */
function refuseQuestion({ status }: KubeAnswer, refusal: PodJudgement['refusal'], namespace: string): void {
  const message = String(refusal?.['message'] ?? '');
  if (status === 401)
    throw new UsageError('the API server does not accept the credentials; check the user of the kubeconfig');
  if (status === 403 && / cannot create resource "pods"/.test(message)) {
    throw new UsageError(
      `the user may not create Pods in namespace ${namespace}, not even as a dry run: it needs a Role there with the verb ` +
        'create on pods, or choose another namespace with -n',
    );
  }
  if (status === 404) {
    throw new UsageError(
      `the Kubernetes cluster has no namespace ${namespace}; create it, or choose another one with -n`,
    );
  }
  if (status === 400 && message.includes('does not support dry run')) {
    const webhook = /webhook "([\w.-]{1,253})"/.exec(message)?.[1] ?? 'of the cluster';
    throw new UsageError(
      `the admission webhook ${webhook} supports no dry runs (its sideEffects are not None or NoneOnDryRun); choose a ` +
        'namespace that it is not called for with -n',
    );
  }
}

function statusIn({ text }: KubeAnswer): PodJudgement['refusal'] {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) && document['kind'] === 'Status' ? document : undefined;
  } catch {
    // What stands between us and the API server answers in HTML.
    return undefined;
  }
}
