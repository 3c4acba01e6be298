import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { compareQuantities, isQuantity } from '../../kubernetes/quantity.ts';

const PORT_MAX = 65_535;

/**
 * Checks what the types of a container's fields (check-types.ts) do not say and the API server refuses all the same:
 * what is missing, ports that are none, one path mounted twice.
 */
export function checkContainerShape(check: Check, container: Json, path: string): void {
  each(container, 'env', path, (env, at) => {
    check.string(env, 'name', `${at}.name`);
  });
  each(container, 'ports', path, (port, at) => {
    if (own(port, 'containerPort') === undefined) check.fault(`${at}.containerPort`, 'is missing');
    check.integer(port, 'containerPort', `${at}.containerPort`, { min: 1, max: PORT_MAX, fallback: 1 });
  });
  checkResources(check, container, path);
  const paths = new Set<string>();
  each(container, 'volumeMounts', path, (mount, at) => {
    check.string(mount, 'name', `${at}.name`);
    const where = check.string(mount, 'mountPath', `${at}.mountPath`);
    if (paths.has(where)) check.fault(`${at}.mountPath`, 'is the path of another mount of the container');
    paths.add(where);
  });
}

/** No request may exceed its limit; what a quantity is, the types say. */
function checkResources(check: Check, container: Json, path: string): void {
  const resources = recordOf(own(container, 'resources'));
  const limits = recordOf(own(resources, 'limits'));
  for (const [name, request] of Object.entries(recordOf(own(resources, 'requests')))) {
    const limit = own(limits, name);
    const isMore = isQuantity(request) && isQuantity(limit) && compareQuantities(request, limit) > 0;
    if (isMore) check.fault(`${path}.resources.requests.${name}`, 'is more than its limit');
  }
}

function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** Visits the objects of a list. */
function each(owner: Json, key: string, path: string, visit: (element: Json, at: string) => void): void {
  const list = own(owner, key);
  for (const [i, element] of Array.isArray(list) ? list.entries() : []) {
    if (isRecord(element)) visit(element, `${path}.${key}[${i}]`);
  }
}
