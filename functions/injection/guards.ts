import type { AdmissionRequest } from '../admission/review.ts';
import { isRecord } from '../faults.ts';
import { MIRROR } from './annotations.ts';
import { mapOf } from './pod.ts';
import type { Reason } from './reasons.ts';

/** Namespaces of Kubernetes itself, whose Pods are never touched. */
export const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Guards that need no template and no record, in the order in which they are asked; undefined when all are passed.
 * What is not ours comes first, so that a fault of ours can never hit it (dapr/dapr#3699).
 */
export function guardRequest(request: AdmissionRequest): Reason | undefined {
  const { kind, resource, operation, object } = request;
  if (kind.group !== '' || kind.version !== 'v1' || kind.kind !== 'Pod') return 'NotAPod';
  if (resource.group !== '' || resource.resource !== 'pods') return 'NotAPod';
  if (request.subResource !== '') return 'Subresource';
  if (operation !== 'CREATE') return 'NotCreate';
  if (!isRecord(object)) return 'NoObject';
  if (SYSTEM_NAMESPACES.includes(request.namespace)) return 'SystemNamespace';
  if (Object.hasOwn(mapOf(mapOf(object, 'metadata'), 'annotations'), MIRROR)) return 'MirrorPod';
  return undefined;
}
