import type { Operation } from 'fast-json-patch';
import { type OperationSequence, sequenceOf } from '../../kubernetes/operation-sequence.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import type { AdmissionAdds } from '../apply/admission-adds.ts';
import type { Plan } from '../plan/plan.ts';
import { holdsFor, type Proof, proofOf } from './proof.ts';
import { findPatchFault } from './verify.ts';

const proofs = new WeakMap<OperationSequence, Proof | undefined>();

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
  if (known?.plan === plan) return holdsFor(pod, known) ? undefined : findPatchFault(pod, operations, plan, adds);
  const fault = findPatchFault(pod, operations, plan, adds);
  if (sequence !== undefined) proofs.set(sequence, fault === undefined ? proofOf(operations, plan) : undefined);
  return fault;
}
