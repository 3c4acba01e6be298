import { isRecord } from '../faults.ts';
import { type Check, own } from './check.ts';
import { compareQuantities, isQuantity } from './quantity.ts';

type Json = Readonly<Record<string, unknown>>;

const PORT_MAX = 65_535;

/**
 * Checks the types that people get wrong in a container: a patch with `command: "sleep 1"` or `value: 1` applies, but
 * what comes of it is no Pod, and the API server then refuses every Pod with an error that `failurePolicy: Ignore`
 * does not cover and that names nobody.
 */
export function checkContainerShape(check: Check, container: Json, path: string): void {
  for (const key of ['command', 'args'])
    check.strings(container, key, `${path}.${key}`, /^[\s\S]*$/, 'a string, in quotes');
  each(check, container, 'env', path, (env, at) => {
    check.string(env, 'name', `${at}.name`);
    if (own(env, 'valueFrom') === undefined) check.string(env, 'value', `${at}.value`, '');
  });
  each(check, container, 'ports', path, (port, at) => {
    if (own(port, 'containerPort') === undefined) check.fault(`${at}.containerPort`, 'is missing');
    check.integer(port, 'containerPort', `${at}.containerPort`, { min: 1, max: PORT_MAX, fallback: 1 });
  });
  checkResources(check, container, path);
  const paths = new Set<string>();
  each(check, container, 'volumeMounts', path, (mount, at) => {
    check.string(mount, 'name', `${at}.name`);
    const where = check.string(mount, 'mountPath', `${at}.mountPath`);
    if (paths.has(where)) check.fault(`${at}.mountPath`, 'is the path of another mount of the container');
    paths.add(where);
  });
}

/** No request may exceed its limit; what is a quantity is checked elsewhere. */
function checkResources(check: Check, container: Json, path: string): void {
  const resources = check.object(container, 'resources', `${path}.resources`) ?? {};
  const limits = check.object(resources, 'limits', `${path}.resources.limits`) ?? {};
  const requests = check.object(resources, 'requests', `${path}.resources.requests`) ?? {};
  for (const [name, request] of Object.entries(requests)) {
    const limit = own(limits, name);
    const isMore = isQuantity(request) && isQuantity(limit) && compareQuantities(request, limit) > 0;
    if (isMore) check.fault(`${path}.resources.requests.${name}`, 'is more than its limit');
  }
}

/** Visits the elements of a list, each of which must be an object. */
function each(check: Check, owner: Json, key: string, path: string, visit: (element: Json, at: string) => void): void {
  const list: unknown = own(owner, key) ?? [];
  if (!Array.isArray(list)) {
    check.fault(`${path}.${key}`, 'must be a list');
    return;
  }
  for (const [i, element] of list.entries()) {
    const at = `${path}.${key}[${i}]`;
    if (isRecord(element)) visit(element, at);
    else check.fault(at, 'must be an object');
  }
}
