import { encodePatch } from './encode-patch.ts';
import type { AdmissionResponse, Denial } from './response.ts';
import type { Review } from './review.ts';

/**
 * Completes a response into the AdmissionReview text that goes back: the review's own version and uid, patch and
 * patchType both or neither, the patch in base64. The one place where wire fields are filled in.
 */
export function encodeReview(
  review: Pick<Review, 'apiVersion'> & { request: { uid: string } },
  response: AdmissionResponse,
): string {
  const head = JSON.stringify({
    uid: review.request.uid,
    allowed: response.allowed,
    ...(response.status === undefined ? {} : { status: statusOf(response.status) }),
    ...(response.warnings.length === 0 ? {} : { warnings: response.warnings }),
    ...(Object.keys(response.auditAnnotations).length === 0 ? {} : { auditAnnotations: response.auditAnnotations }),
  });
  // Base64 needs no escaping: the patch, most of the response, is put in without being looked through again.
  const patch =
    response.operations.length === 0 ? '' : `,"patchType":"JSONPatch","patch":"${encodePatch(response.operations)}"`;
  return `{"apiVersion":"${review.apiVersion}","kind":"AdmissionReview","response":${head.slice(0, -1)}${patch}}}`;
}

/** A metav1.Status, as `kubectl` prints it; the reasons are those of Kubernetes for the codes (apimachinery, meta/v1/types.go). */
function statusOf({ code, message }: Denial): Record<string, unknown> {
  return { status: 'Failure', code, reason: code === 403 ? 'Forbidden' : 'BadRequest', message };
}
