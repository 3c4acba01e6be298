import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';

/** Whose a Pod is: `{ kind: 'ReplicaSet', name: 'web-6f7d9c' }`; as the request has it, so nothing is sure of the name. */
export interface Owner {
  readonly kind: unknown;
  readonly name: string;
}

/** The controller among the owners of a Pod, else the first of them; undefined for a Pod of nobody's. */
export function ownerOf(pod: RawPod): Owner | undefined {
  const owners = listOf(mapOf(pod, 'metadata'), 'ownerReferences').filter(isRecord);
  const owner = owners.find((o) => own(o, 'controller') === true) ?? owners[0];
  return owner === undefined ? undefined : { kind: own(owner, 'kind'), name: nameOf(owner) ?? '' };
}
