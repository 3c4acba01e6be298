import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { isDeleted } from '../../kubernetes/merge/directives.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import { isBringUp } from '../apply/bring-up.ts';
import { isCustomization } from '../apply/customize.ts';
import type { Plan } from '../plan/plan.ts';

/** Operations that were found to be named by a plan; only frozen ones, which cannot have changed since. */
const named = new WeakMap<Operation, Plan>();

/** Whether an operation adds what the templates add to a container of the Pod; see `createEachProof`. */
type ForEach = (operation: Operation) => boolean;

/** Whether such an operation is right depends on the Pod, so the answer is not remembered. */
const IN_CONTAINER = /^\/spec\/(containers|initContainers)\/[^/]*\//;

/** Whether a plan names what an operation changes. @param isForEach see `createEachProof` */
export function isNamedBy(plan: Plan, operation: Operation, pod: RawPod, isForEach: ForEach): boolean {
  if (named.get(operation) === plan) return true;
  const isNamed = hasPlace(plan, operation, pod, isForEach);
  if (isNamed && Object.isFrozen(operation) && !IN_CONTAINER.test(operation.path)) named.set(operation, plan);
  return isNamed;
}

function isInContainer(plan: Plan, operation: Operation, pod: RawPod, isForEach: ForEach): boolean {
  const placed = operation.path.startsWith('/spec/containers/') ? plan.containers : plan.initContainers;
  return isCustomization(pod, operation, placed) || isForEach(operation);
}

/**
 * Additions and replacements below a field that the plan sets. Container lists take whole containers, also in the place
 * of one that an earlier version made; into one that the Pod brings goes what customization adds to it, and what every
 * container gets.
 */
function hasPlace(plan: Plan, operation: Operation, pod: RawPod, isForEach: ForEach): boolean {
  const [, top = '', field = '', ...rest] = operation.path.split('/');
  if (operation.op !== 'add' && operation.op !== 'replace') return false;
  if (top === 'spec' && (field === 'containers' || field === 'initContainers')) {
    if (rest.length > 1) return isInContainer(plan, operation, pod, isForEach);
    if (operation.op === 'replace') return isBringUp(pod, operation, plan[field]);
    return operation.op === 'add' && plan[field].length > 0;
  }
  const part = own(plan.fragment, top);
  // A field that goes is nothing that may be set.
  return isRecord(part) && (field === '' || !isDeleted(own(part, field) ?? null));
}
