import { type Answer, NoAnswerError } from '../http/http-client.ts';
import { isRecord } from '../json/faults.ts';
import { ClusterApiError, ClusterUnreachableError } from './cluster-api.ts';
import { EksError } from './eks-error.ts';
import { redacted } from './redacted.ts';

/** API servers answer a few sentences; a hundred faults of one object would be many more. */
const MESSAGE_CHARACTERS_MAX = 1_000;

const FIX_CREDENTIALS =
  'on EKS give the IAM role an access entry in this cluster (outrigger cluster rbac names the groups), elsewhere check the ' +
  "kubeconfig's user";
const FIX_ROLES = 'fix it with: outrigger cluster rbac | kubectl apply -f -';

/** The error of an answer that is no success: the message of its Status object, and for 401 and 403 how to fix it. */
export function failureOf({ status, text }: Answer): ClusterApiError {
  const { reason, message } = statusOf(text);
  const said = message === '' ? `the API server answered ${status}` : message;
  return new ClusterApiError(status, reason, `${said}${fixFor(status, said)}`);
}

function statusOf(text: string): { reason: string; message: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // What stands between us and the API server (a load balancer, a proxy) answers in HTML.
  }
  const status = isRecord(document) && document['kind'] === 'Status' ? document : {};
  const [reason, message] = [status['reason'], status['message']];
  return {
    reason: typeof reason === 'string' ? redacted(reason, 64) : 'Unknown',
    message: typeof message === 'string' ? redacted(message, MESSAGE_CHARACTERS_MAX) : '',
  };
}

function fixFor(status: number, message: string): string {
  if (status === 401) return `: the credentials are not accepted; ${FIX_CREDENTIALS}`;
  // RBAC's own sentence; admission refuses with 403 too, and no role would help there.
  return status === 403 && message.includes(' cannot ') ? `; ${FIX_ROLES}` : '';
}

/**
 * The error of a request that had no answer.
 *
 * @param server the API server's URL, which is no secret
 */
export function unreachable(server: string, error: NoAnswerError): ClusterUnreachableError {
  return new ClusterUnreachableError(`the API server ${server} ${describe(error.code)}`, { cause: error });
}

function describe(code: string): string {
  if (code === 'ENOTFOUND') return 'does not exist: no such host (ENOTFOUND)';
  if (code === 'ECONNREFUSED') return 'cannot be reached: no server listens there (ECONNREFUSED)';
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code))
    return `shows a certificate that is not trusted (${code})`;
  if (code === 'ABORT_ERR') return 'did not answer in time';
  if (code === 'TOO_LARGE') return 'answered more than fits; ask for smaller pages';
  return `cannot be reached (${code})`;
}

/** Whether the cluster is gone for good: EKS does not have it any more, or the API server's name does not exist. */
export function isGone(error: unknown): boolean {
  if (error instanceof EksError) return error.code === 'Gone';
  if (!(error instanceof ClusterUnreachableError)) return false;
  return error.cause instanceof NoAnswerError && error.cause.code === 'ENOTFOUND';
}
