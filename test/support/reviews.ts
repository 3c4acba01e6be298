import { decodeReview } from '../../functions/admission/review.ts';
import { describeFaults } from '../../functions/json/faults.ts';
import type { AdmissionRequest } from '../../functions/kubernetes/admission-request.ts';

/** An AdmissionReview as kube-apiserver 1.36 sends it for a Pod on create (research/kubernetes-spikes.md §5.1). */
export function reviewDocument(
  object: unknown,
  request: Record<string, unknown> = {},
  review: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '0d5b2a8e-6c1f-4a53-9f0e-3a1f8f6f7c11',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...request,
    },
    ...review,
  };
}

/** The request half, through the real decoder, with nothing left out. */
export function requestOf(object: unknown, request: Record<string, unknown> = {}): AdmissionRequest {
  const decoded = decodeReview(JSON.stringify(reviewDocument(object, request)), true);
  if (!decoded.valid) throw new Error(describeFaults(decoded.faults));
  return decoded.value.request;
}
