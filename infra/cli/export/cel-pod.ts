import { celText } from './cel.ts';

/** A variable of a policy: an expression with a name, worked out once for each Pod, and only if it is asked for. */
export interface CelVariable {
  readonly name: string;
  readonly expression: string;
}

/** What of the Pod the other expressions speak of; absent lists and maps are empty. */
export const POD_VARIABLES: readonly CelVariable[] = [
  { name: 'managed', expression: 'object.metadata.?managedFields.orValue([])' },
  { name: 'annotations', expression: 'object.metadata.?annotations.orValue({})' },
  { name: 'volumes', expression: 'object.spec.?volumes.orValue([])' },
  { name: 'initContainers', expression: 'object.spec.?initContainers.orValue([])' },
  // The one list that is written as null where there is none.
  { name: 'containers', expression: 'object.spec.?containers.orValue(null) != null ? object.spec.containers : []' },
];

/**
 * CEL: whether a named element of a list of the Pod's spec was in the request that created the Pod, as against added by
 * another mutation; `isBroughtByPod` of functions/kubernetes/ownership.ts.
 *
 * @param list e.g. `containers`
 */
export function celBrought(list: string, name: string): string {
  const fields = ['f:spec', `f:${list}`, `k:${JSON.stringify({ name })}`].map((key) => `[?${celText(key)}]`);
  const isThere = `variables.managed.exists(m, m.?fieldsV1${fields.join('')}.hasValue())`;
  return `variables.managed.size() == 0 || ${isThere}`;
}
