import jsonPatch, { type MoveOperation, type Operation, type RemoveOperation } from 'fast-json-patch';
import { errorName } from '../../errors.ts';
import { annotationBytes, hasTooManyAnnotations } from '../../kubernetes/annotation-size.ts';
import { mapOf, type RawPod } from '../../kubernetes/pod.ts';
import { ANNOTATION_BYTES_MAX } from '../../limits.ts';
import type { AdmissionAdds } from '../apply/admission-adds.ts';
import { injectPlan } from '../apply/inject.ts';
import type { Plan } from '../plan/plan.ts';
import { createEachProof } from './each-proof.ts';
import { findNameFault } from './name-fault.ts';
import { isNamedBy } from './named-by.ts';
import { isDirected } from './verify-directives.ts';

/**
 * Proves a patch before it leaves, because a bad one is the one failure that `failurePolicy: Ignore` does not cover
 * (kubernetes/kubernetes#129459): it applies strictly, touches only what the plan names, leaves no name twice and no
 * mount without its volume, and a second injection would find nothing to do.
 *
 * @param pod changed in place: the operations are applied to it, and it must not be used afterwards
 * @param adds as for `injectPlan`
 * @returns what is wrong, or undefined
 */
export function findPatchFault(
  pod: RawPod,
  operations: readonly Operation[],
  plan: Plan,
  adds?: AdmissionAdds,
): string | undefined {
  const fault = findStray(pod, operations, plan) ?? apply(pod, operations);
  if (fault !== undefined) return fault;
  if (overflows(pod, plan)) return `the Pod would have more than ${ANNOTATION_BYTES_MAX} bytes of annotations`;
  const misnamed = findNameFault(pod, plan);
  if (misnamed !== undefined) return misnamed;
  const again = injectPlan(pod, plan, adds);
  return 'operations' in again && again.operations.length === 0
    ? undefined
    : 'a second injection would change the Pod again';
}

/** Whether our annotations are too many beside the Pod's; a Pod that has too many of its own is refused anyway. */
function overflows(pod: RawPod, plan: Plan): boolean {
  const annotations = mapOf(mapOf(pod, 'metadata'), 'annotations');
  if (!hasTooManyAnnotations(annotations)) return false;
  const ours = annotationBytes(mapOf(mapOf(plan.fragment, 'metadata'), 'annotations'));
  return annotationBytes(annotations) - ours <= ANNOTATION_BYTES_MAX;
}

/** Removals and moves are looked at one by one, each on the Pod that it meets; they come with directives alone. */
function findStray(pod: RawPod, operations: readonly Operation[], plan: Plan): string | undefined {
  const isForEach = createEachProof(pod, plan.each, plan.containerNames);
  const stray = operations.find((o) => !isDirective(o) && !isNamedBy(plan, o, pod, isForEach));
  const outside = (operation: Operation): string => `operation on ${operation.path}, which the templates do not name`;
  if (stray !== undefined) return outside(stray);
  let copy: RawPod | undefined;
  for (const operation of operations.slice(0, operations.findLastIndex(isDirective) + 1)) {
    copy ??= structuredClone(pod);
    if (isDirective(operation) && !isDirected(copy, plan.fragment, operation)) return outside(operation);
    apply(copy, [operation]);
  }
  return undefined;
}

function isDirective(operation: Operation): operation is RemoveOperation | MoveOperation {
  return operation.op === 'remove' || operation.op === 'move';
}

function apply(pod: RawPod, operations: readonly Operation[]): string | undefined {
  try {
    jsonPatch.applyPatch(pod, [...operations], checkOperation, true);
    return undefined;
  } catch (error) {
    // The library's message holds the whole Pod; its name (OPERATION_PATH_UNRESOLVABLE, …) says enough.
    return `does not apply: ${errorName(error)}`;
  }
}

/** Frozen additions that the library has found well-formed. */
const wellFormed = new WeakSet<Operation>();

/**
 * The library's check of an operation on a document, which it asks for twice: once about the operation alone, once with
 * the part of the path that exists. Each time it walks the whole value. For an addition that passed before, all that is
 * left to check is that the parent exists.
 */
function checkOperation(operation: Operation, index: number, document: unknown, existing: string): void {
  if (wellFormed.has(operation) && existing.length >= operation.path.lastIndexOf('/')) return;
  jsonPatch.validator(operation, index, document, existing);
  if (operation.op === 'add' && Object.isFrozen(operation)) wellFormed.add(operation);
}
