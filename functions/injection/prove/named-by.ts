import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { isDeleted } from '../../kubernetes/merge/directives.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import { isBringUp } from '../apply/bring-up.ts';
import { isCustomization } from '../apply/customize.ts';
import type { Plan } from '../plan/plan.ts';

/** Whether an operation adds what the templates add to a container of the Pod; see `createEachProof`. */
type ForEach = (operation: Operation) => boolean;

/**
 * Whether a plan names what an operation changes: additions and replacements below a field that the plan sets. Container
 * lists take whole containers, also in the place of one that an earlier version made; into one that the Pod brings goes
 * what customization adds to it, and what every container gets.
 *
 * @param isForEach see `createEachProof`
 */
export function isNamedBy(plan: Plan, operation: Operation, pod: RawPod, isForEach: ForEach): boolean {
  const [, top = '', field = '', ...rest] = operation.path.split('/');
  if (operation.op !== 'add' && operation.op !== 'replace') return false;
  if (top === 'spec' && (field === 'containers' || field === 'initContainers')) {
    if (rest.length > 1) return isInContainer(plan, operation, pod, isForEach);
    if (operation.op === 'replace') return isBringUp(pod, operation, plan[field]);
    return plan[field].length > 0;
  }
  const part = own(plan.fragment, top);
  // A field that goes is nothing that may be set.
  return isRecord(part) && (field === '' || !isDeleted(own(part, field) ?? null));
}

function isInContainer(plan: Plan, operation: Operation, pod: RawPod, isForEach: ForEach): boolean {
  const placed = operation.path.startsWith('/spec/containers/') ? plan.containers : plan.initContainers;
  return isCustomization(pod, operation, placed) || isForEach(operation);
}
