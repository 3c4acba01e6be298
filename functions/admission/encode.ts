import { encodePatch } from './encode-patch.ts';
import type { AdmissionResponse } from './response.ts';
import type { Review } from './review.ts';

/**
 * Completes a response into the AdmissionReview text that goes back: the review's own version and uid, patch and
 * patchType both or neither, the patch in base64. The one place where wire fields are filled in.
 */
export function encodeReview(
  review: Pick<Review, 'apiVersion'> & { request: { uid: string } },
  response: AdmissionResponse,
): string {
  return JSON.stringify({
    apiVersion: review.apiVersion,
    kind: 'AdmissionReview',
    response: {
      uid: review.request.uid,
      allowed: response.allowed,
      ...(response.status === undefined ? {} : { status: statusOf(response.status) }),
      ...(response.operations.length === 0 ? {} : { patchType: 'JSONPatch', patch: encodePatch(response.operations) }),
      ...(response.warnings.length === 0 ? {} : { warnings: response.warnings }),
      ...(Object.keys(response.auditAnnotations).length === 0 ? {} : { auditAnnotations: response.auditAnnotations }),
    },
  });
}

/** A metav1.Status, as `kubectl` prints it. */
function statusOf(status: { code: number; message: string }): Record<string, unknown> {
  return {
    status: 'Failure',
    code: status.code,
    reason: status.code === 403 ? 'Forbidden' : 'Invalid',
    message: status.message,
  };
}
