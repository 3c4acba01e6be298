import type { Operation } from 'fast-json-patch';
import { type OperationSequence, sequenceOf } from '../../kubernetes/operation-sequence.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import type { AdmissionAdds } from '../apply/admission-adds.ts';
import type { Plan } from '../plan/plan.ts';
import { holdsFor, type Proof, proofOf } from './proof.ts';
import { findPatchFault } from './verify.ts';

const proofs = new WeakMap<OperationSequence, Proof>();

/**
 * `findPatchFault`, whose result is remembered for operations that many Pods get: for another Pod only what depends on
 * the Pod is looked at again (`holdsFor`), and where that leaves any doubt the whole is proved as for the first.
 *
 * @param pod used up: the operations may have been applied to it
 * @param adds as for `injectPlan`
 * @returns what is wrong, or undefined
 */
export function findPatchFaultOnce(
  pod: RawPod,
  operations: readonly Operation[],
  plan: Plan,
  adds?: AdmissionAdds,
): string | undefined {
  const sequence = sequenceOf(operations);
  const known = sequence && proofs.get(sequence);
  if (known?.plan === plan && holdsFor(pod, known)) return undefined;
  const fault = findPatchFault(pod, operations, plan, adds);
  const proof = fault === undefined && known?.plan !== plan ? proofOf(operations, plan) : undefined;
  if (sequence !== undefined && proof !== undefined) proofs.set(sequence, proof);
  return fault;
}
